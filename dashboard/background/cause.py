"""Why a run rests, in words, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GRACE_SECONDS = 180.0
"""A run that nobody has looked at for so long pauses."""

Kind = Literal[
    "paused", "stopped", "replaced", "deleted", "unwatched", "objective", "unfinished", "full"
]
_BY_HAND = {"paused": "Paused", "stopped": "Stopped"}
_NEXT = {
    "paused": "Nothing is lost: **Resume** goes on from here.",
    "stopped": "All that was learned is there; it can learn some more steps at any time.",
}


@dataclass(frozen=True)
class Cause:
    """Why a run rests.

    Args:
        kind: what happened.
        by: the tab in which somebody asked for it; "" where nobody did.
        what: name of the objective that failed, where one did.
    """

    kind: Kind
    by: str = ""
    what: str = ""

    def words(self, tab: str) -> str:
        """Return it for people, in Markdown, with what to do next.

        Args:
            tab: in which they read it.
        """
        if self.kind == "paused" or self.kind == "stopped":
            elsewhere = self.by and self.by != tab
            where = " in another tab, or before this page was reloaded" if elsewhere else ""
            return f"{_BY_HAND[self.kind]} by you{where}. {_NEXT[self.kind]}"
        return {
            "replaced": "Paused when you started another run: one learns at a time. Nothing is "
            "lost: **Resume** puts it in line behind the other.",
            "deleted": "Paused when it was deleted from the library. Put it back to keep it, and "
            "**Resume** to go on.",
            "unwatched": "Paused because nobody was watching for "
            f"{GRACE_SECONDS / 60:g} minutes; a page counts while it is open and in sight. "
            f"{_NEXT['paused']}",
            "full": "Paused because as many runs learn or wait already as may at once, yours or "
            "those of all visitors. Nothing is lost: pause another of yours, or **Resume** later.",
            "objective": f"Stopped because the objective {self.what} failed. All that was learned "
            "is there; go on without it, or start again without it.",
            "unfinished": f"It had steps left when it was closed. {_NEXT['paused']}",
        }[self.kind]
