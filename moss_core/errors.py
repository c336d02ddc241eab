"""The one error that MOSS raises for input it cannot use."""

from __future__ import annotations


class MossError(ValueError):
    """Input that cannot be used, said in four parts so that the reader knows what to do.

    Args:
        thing: what is wrong, by its name (a file, an option, an objective).
        rule: what it has to be.
        found: the value that was found instead.
        remedy: what to do about it, a sentence.
    """

    def __init__(self, thing: str, rule: str, found: object, remedy: str) -> None:
        self.thing = thing
        self.rule = rule
        self.found = found
        self.remedy = remedy
        super().__init__(f"{thing}: {rule}; found {found}. {remedy}")
