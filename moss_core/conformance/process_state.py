"""What a process has only once, such as torch's random state: noticed when changed, put back."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

_CUDNN = ("enabled", "benchmark", "deterministic")


def _numpy_state() -> Any:
    state: Any = np.random.get_state()
    return tuple(part.tolist() if isinstance(part, np.ndarray) else part for part in state)


def _set_torch_state(state: list[int]) -> None:
    torch.set_rng_state(torch.tensor(state, dtype=torch.uint8, device="cpu"))


def _set_device(device: torch.device) -> None:
    # A default that is set slows every call down, also where it is the CPU.
    torch.set_default_device(None if device.type == "cpu" else device)


def _cudnn_flags() -> dict[str, bool]:
    return {name: getattr(torch.backends.cudnn, name) for name in _CUDNN}


def _set_cudnn_flags(flags: Mapping[str, bool]) -> None:
    for name, value in flags.items():
        setattr(torch.backends.cudnn, name, value)


def _set_environment(values: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(values)


def _set_path(folders: list[str]) -> None:
    sys.path[:] = folders


_STATE: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "torch's random state": (lambda: torch.get_rng_state().tolist(), _set_torch_state),
    "NumPy's random state": (_numpy_state, np.random.set_state),
    "Python's random state": (random.getstate, random.setstate),
    "the default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "the default device": (torch.get_default_device, _set_device),
    "the gradient mode": (torch.is_grad_enabled, torch.set_grad_enabled),
    "the number of threads": (torch.get_num_threads, torch.set_num_threads),
    "the deterministic mode": (
        torch.get_deterministic_debug_mode,
        torch.set_deterministic_debug_mode,
    ),
    "cuDNN's flags": (_cudnn_flags, _set_cudnn_flags),
    "the precision of products": (
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    "the search for anomalies": (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    "NumPy's handling of errors": (np.geterr, lambda found: np.seterr(**found)),
    "environment variables": (lambda: dict(os.environ), _set_environment),
    "the working folder": (Path.cwd, os.chdir),
    "Python's search path": (lambda: list(sys.path), _set_path),
    # Put back by `catch_warnings`: there is no other public way.
    "the filters of warnings": (lambda: list(warnings.filters), lambda found: None),
}
"""How to read each, by its name in words, and how to set it."""


def process_state() -> dict[str, Any]:
    """Return what the process has only once, by its name in words."""
    return {name: read() for name, (read, _) in _STATE.items()}


def changed_since(before: Mapping[str, Any]) -> list[str]:
    """Return the names of what differs from an earlier `process_state`."""
    return [name for name, value in process_state().items() if value != before[name]]


def seed_all(seed: int) -> None:
    """Put all random states where this seed puts them."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


@contextmanager
def restoring() -> Iterator[None]:
    """Work with torch as it is when MOSS starts; afterwards the process is as it was before."""
    before = process_state()
    with warnings.catch_warnings():
        try:
            _set_device(torch.device("cpu"))
            torch.set_default_dtype(torch.float32)
            torch.set_grad_enabled(True)
            yield
        finally:
            for name in changed_since(before):
                _STATE[name][1](before[name])
