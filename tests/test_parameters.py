from __future__ import annotations

import pytest

from moss_core import MossError, Needs, Objective, Parameter
from moss_core.objectives.contract import Site
from moss_core.objectives.parameters import as_text

BANDS = Parameter(64, "How many.", unit="bands", least=16, most=128)
LEVEL = Parameter(0.5, "How loud.", least=0, most=1)
POOLING = Parameter("mean", "How it is pooled.", choices=("mean", "deviation"))
SWITCH = Parameter(True, "Whether.")


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (BANDS, "80", 80),
        (BANDS, "16", 16),
        (BANDS, "128", 128),
        (LEVEL, "0.25", 0.25),
        (LEVEL, "1", 1.0),
        (POOLING, "deviation", "deviation"),
        (SWITCH, "off", False),
        (SWITCH, "on", True),
        (SWITCH, "False", False),
    ],
)
def test_text_becomes_a_value_and_back(parameter, text, value):
    found = parameter.read(text, "it")
    assert found == value
    assert type(found) is type(parameter.default)
    assert parameter.read(as_text(found), "it") == found


@pytest.mark.parametrize(
    ("parameter", "text", "rule"),
    [
        (BANDS, "15", "a whole number from 16 to 128 bands"),
        (BANDS, "129", "a whole number from 16 to 128 bands"),
        (BANDS, "64.5", "a whole number"),
        (BANDS, "many", "a whole number"),
        (LEVEL, "1.01", "a number from 0 to 1"),
        (LEVEL, "nan", "a number from 0 to 1"),
        (LEVEL, "-inf", "a number from 0 to 1"),
        (POOLING, "median", "one of mean, deviation"),
        (SWITCH, "1", "on or off"),
    ],
)
def test_text_that_will_not_do(parameter, text, rule):
    with pytest.raises(MossError) as error:
        parameter.read(text, "mine.it")
    assert error.value.thing == "mine.it"
    assert rule in error.value.rule
    assert text in str(error.value.found)


@pytest.mark.parametrize("value", [True, "64", None, 64.5, float("nan"), [64]])
def test_a_whole_number_is_nothing_else(value):
    with pytest.raises(MossError, match="must be a whole number from 16 to 128 bands"):
        BANDS.checked(value, "bands")


def test_numbers_from_a_file_of_another_kind_are_taken():
    assert BANDS.checked(64.0, "bands") == 64
    assert type(BANDS.checked(64.0, "bands")) is int
    assert type(LEVEL.checked(1, "level")) is float


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"default": None}, "a default that is"),
        ({"default": 3}, "must have least and most"),
        ({"default": 3, "least": 0}, "must have least and most"),
        ({"default": 3, "least": 0, "most": float("inf")}, "finite"),
        ({"default": 9, "least": 0, "most": 8}, "must be a whole number from 0 to 8"),
        ({"default": "mean"}, "must have choices"),
        ({"default": "mean", "choices": ("sum",)}, "must be one of sum"),
        ({"default": 3, "least": 0, "most": 8, "choices": ("a",)}, "must have choices"),
        ({"default": True, "least": 0}, "must have no range"),
        ({"default": True, "help": ""}, "help text"),
    ],
)
def test_a_parameter_is_declared_whole(parts, said):
    with pytest.raises(MossError, match=said):
        Parameter(**{"help": "What it does."} | parts)


def test_what_people_read():
    assert BANDS.title("bands") == "Bands"
    assert LEVEL.title("full_scale_level") == "Full scale level"
    assert Parameter(0.5, "x", unit="dB", least=0, most=1).title("level") == "Level (dB)"
    assert Parameter(True, "x", label="Fast").title("is_fast") == "Fast"


def objective(**parts):
    return Objective("mine", "Mine", "image", "https://example.org", lambda target: None, **parts)


def test_an_objective_fills_in_defaults():
    mine = objective(parameters={"bands": BANDS, "pooling": POOLING})
    assert mine.settings({}) == {"bands": 64, "pooling": "mean"}
    assert mine.settings({"bands": 32}) == {"bands": 32, "pooling": "mean"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"band": 32}, "parameter mine.band: must be one that the objective has; found none of"),
        ({"bands": 8}, "mine.bands: must be a whole number from 16 to 128 bands; found 8"),
    ],
)
def test_an_objective_refuses_other_settings(given, said):
    with pytest.raises(MossError, match=said):
        objective(parameters={"bands": BANDS}).settings(given)


@pytest.mark.parametrize("declared", [{"Bands": BANDS}, {"bands": 64}, {3: BANDS}, [BANDS]])
def test_parameters_are_declared_by_name(declared):
    with pytest.raises(MossError, match="must be a mapping from argument names"):
        objective(parameters=declared)


HERE = Site(seconds=2.0, sample_rate=16_000, device="cpu", megabytes=500)


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        (Needs(colour=True), "needs colour, where MOSS gives gray"),
        (Needs(stereo=True), "needs stereo, where MOSS gives the mono mix"),
        (Needs(seconds=3), "at least 3 s; found 2.00 s"),
        (Needs(sample_rate=22_050), "at least 22050 Hz; found 16000 Hz"),
        (Needs(devices=("cuda",)), "must run on cuda; found cpu"),
        (Needs(megabytes=1000), "1,000 MB of free memory; found 500 MB"),
    ],
)
def test_what_an_objective_cannot_do_without_is_said(needs, said):
    with pytest.raises(MossError, match=r"^objective mine: ") as error:
        needs.check("mine", HERE)
    assert said in str(error.value)


def test_needs_that_are_met():
    Needs(seconds=2.0003).check("mine", HERE)  # less than a sample at 1 kHz
    Needs(seconds=2, sample_rate=16_000, megabytes=500, devices=("cpu",)).check("mine", HERE)
