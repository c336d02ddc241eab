"""In processes of their own: what a thread has of its own is only seen where nothing was set."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import threading
import torch
from moss_core.machine.cores import default_cores, on_one_core, stay_on_one_core

def new_thread(function=torch.get_num_threads):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]

torch.set_num_threads(3)
torch.get_num_threads()
"""


def printed(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", START + code], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_thread_divides_nothing_inside_and_what_it_did_again_outside() -> None:
    code = """
with on_one_core():
    with on_one_core():
        print(torch.get_num_threads())
    print(torch.get_num_threads(), new_thread())
print(torch.get_num_threads(), new_thread())
"""
    assert printed(code) == ["1", "1", "3", "3", "3"]


@pytest.mark.parametrize("own", [1, 2, 5])
def test_what_a_thread_has_of_its_own_is_no_default_for_others(own: int) -> None:
    code = f"""
torch.set_num_threads({own})
new_thread(lambda: torch.set_num_threads(3))
with on_one_core():
    pass
print(torch.get_num_threads(), new_thread())
"""
    assert printed(code) == [str(own), "3"]


def test_a_thread_that_stays_on_one_core_leaves_others_as_they_are() -> None:
    code = """
def stay():
    stay_on_one_core()
    return torch.get_num_threads()

print(new_thread(stay), torch.get_num_threads(), new_thread())
"""
    assert printed(code) == ["1", "3", "3"]


def test_a_function_that_fails_leaves_the_thread_as_it_was() -> None:
    code = """
@on_one_core()
def fail():
    print(torch.get_num_threads())
    raise ValueError

for _ in range(2):
    try:
        fail()
    except ValueError:
        print(torch.get_num_threads())
"""
    assert printed(code) == ["1", "3", "1", "3"]


def test_the_default_is_what_new_threads_have_whatever_this_one_has() -> None:
    code = """
with on_one_core():
    print(default_cores())
print(new_thread(lambda: (stay_on_one_core(), default_cores())[1]))
"""
    assert printed(code) == ["3", "3"]
