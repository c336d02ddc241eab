from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import torch

from moss_core.machine import resources as machine

CPU = torch.device("cpu")


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The control groups of a process in the group a/b, without limits."""
    own = tmp_path / "own"
    own.write_text("0::/a/b\n")
    (tmp_path / "cgroup/a/b").mkdir(parents=True)
    monkeypatch.setattr(machine, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "_OWN_GROUP", own)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 64)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    return tmp_path / "cgroup"


@pytest.mark.parametrize(
    ("inner", "outer", "found"),
    [
        ("max 100000", "max 100000", 16),
        ("200000 100000", "max 100000", 2),
        ("max 100000", "150000 100000", 2),
        ("50000 100000", "400000 100000", 1),
        ("nonsense", "", 16),
    ],
)
def test_processors_are_those_of_the_smallest_quota(groups, inner, outer, found) -> None:
    (groups / "a/b/cpu.max").write_text(inner)
    (groups / "a/cpu.max").write_text(outer)
    assert machine.processors() == found


def test_processors_are_never_more_than_affinity_and_what_was_asked_of_pytorch(
    groups, monkeypatch
) -> None:
    assert machine.processors() == 16
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    assert machine.processors() == 3


def test_free_memory_is_what_the_smallest_limit_leaves(groups) -> None:
    everything = machine.free_memory(CPU)
    assert 0 < everything <= psutil.virtual_memory().total
    (groups / "a/memory.max").write_text("2000000\n")
    (groups / "a/memory.current").write_text("1500000\n")
    assert machine.free_memory(CPU) == 500_000
    (groups / "a/memory.stat").write_text("anon 1\ninactive_file 300000\n")
    assert machine.free_memory(CPU) == 800_000
    (groups / "a/b/memory.max").write_text("max\n")
    (groups / "a/b/memory.current").write_text("1500000\n")
    assert machine.free_memory(CPU) == 800_000
    (groups / "a/memory.current").write_text("2500000\n")
    assert machine.free_memory(CPU) == 0


def test_a_system_without_control_groups(groups) -> None:
    machine._OWN_GROUP.unlink()
    assert machine.processors() == 16
    assert machine.free_memory(CPU) > 0


def test_control_groups_of_the_first_version_limit_too(groups, tmp_path) -> None:
    (tmp_path / "own").write_text("5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/\n")
    for controller in ("cpu", "memory"):
        (groups / controller / "docker/x").mkdir(parents=True)
    (groups / "cpu/docker/x/cpu.cfs_quota_us").write_text("-1\n")
    (groups / "cpu/docker/x/cpu.cfs_period_us").write_text("100000\n")
    assert machine.processors() == 16
    (groups / "cpu/docker/cpu.cfs_quota_us").write_text("250000\n")
    (groups / "cpu/docker/cpu.cfs_period_us").write_text("100000\n")
    assert machine.processors() == 3
    (groups / "memory/docker/x/memory.limit_in_bytes").write_text("2000000\n")
    (groups / "memory/docker/x/memory.usage_in_bytes").write_text("1500000\n")
    (groups / "memory/docker/x/memory.stat").write_text("total_inactive_file 100000\n")
    assert machine.free_memory(CPU) == 600_000


def test_what_moss_allows_itself_limits_memory_as_the_system_does(groups, monkeypatch) -> None:
    used = psutil.Process().memory_info().rss
    monkeypatch.setenv("MOSS_MEMORY", str(used / 1e6 + 500))
    assert 300e6 < machine.free_memory(CPU) < 700e6
    run, whose = machine.room_for_run()
    assert "MOSS_MEMORY" in whose
    whole = run + machine.room_for_rest() + machine.room_for_caches()
    assert whole <= used + 500e6
