"""Giving a command several options at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def with_options(
    command: Callable[..., Any], options: Iterable[Callable[..., Any]]
) -> Callable[..., Any]:
    """Give a command options, which its help shows in their order."""
    for option in reversed(list(options)):  # one that is added later stands earlier in the help
        command = option(command)
    return command
