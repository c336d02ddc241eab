"""What a push, an undo or a branch sets going, said before it is pressed."""

from __future__ import annotations

from background.commands import MORE_STEPS
from background.snapshots import Snapshot
from moss_core.optimization import Shares


def takes_effect(snapshot: Snapshot) -> str:
    """Return when something that is asked of a run happens, as a sentence ends."""
    if snapshot.phase == "paused":
        return "it shows when you resume"
    if snapshot.at_work:
        return "from the next step on"
    return f"the run goes on for {MORE_STEPS} steps"


def undo_words(snapshot: Snapshot, candidate: int) -> str:
    """Return what Undo does to a candidate, as a sentence begins; "" where there is none."""
    if candidate not in snapshot.undoable:
        return ""
    before = snapshot.undoable[candidate]
    now = next((c.losses for c in snapshot.candidates if c.index == candidate), ())
    change = ""
    if before and now:
        change = _change(snapshot.front.shares(now), snapshot.front.shares(before))
    return f"Back to before the last push{f' ({change})' if change else ''}; " + takes_effect(
        snapshot
    )


def _change(now: Shares, then: Shares) -> str:
    """Return how shares will change: "picture 82 → 78 %, sound 61 → 70 %"."""
    named = {"picture": (now.picture, then.picture), "sound": (now.sound, then.sound)}
    return ", ".join(
        f"{name} {100 * one:.0f} \u2192 {100 * other:.0f} %"
        for name, (one, other) in named.items()
        if one is not None and other is not None
    )
