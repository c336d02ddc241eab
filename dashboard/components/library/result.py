"""What a kept run has reached, as everyone understands it: shares of picture and sound."""

from __future__ import annotations

from moss_core.optimization import Shares
from moss_core.runs import Manifest


def opening_shares(manifest: Manifest) -> Shares | None:
    """Return what the candidate that a run opens on has reached; None where it does not say.

    Runs of an earlier version do not tell the worse ends that shares are counted from.
    """
    front = manifest.front
    losses = next((c.losses for c in front.candidates if c.index == front.opening), None)
    shares = front.shares(losses) if losses else None
    return shares if shares and None not in (shares.picture, shares.sound) else None
