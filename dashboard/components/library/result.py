"""What a kept run has reached, as everyone understands it: shares of picture and sound."""

from __future__ import annotations

from moss_core.optimization import Candidate, Front, Shares
from moss_core.runs import Manifest


def shares_of(manifest: Manifest, candidate: Candidate) -> Shares | None:
    """Return what a candidate of a run has reached; None where the run does not say."""
    found = _front(manifest).shares(candidate.losses)
    return None if found.picture is None or found.sound is None else found


def opening_shares(manifest: Manifest) -> Shares | None:
    """Return what the candidate that a run opens on has reached; None where it does not say."""
    opening = _front(manifest).opening
    found = next((c for c in manifest.candidates if c.index == opening), None)
    return shares_of(manifest, found) if found else None


def _front(manifest: Manifest) -> Front:
    # Runs of before worse ends were kept have none, and so no shares.
    front: Front = getattr(manifest, "front", Front())
    return front
