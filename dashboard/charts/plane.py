"""What spans the charts of candidates: shares of picture and sound, or two losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from background.snapshots import Snapshot
from charts.shared import LOSS, Row
from moss_core.objectives import Objective

_MARGIN, _BEYOND, _LEAST = 0.08, 0.2, 10.0


@dataclass(frozen=True)
class Plane:
    """Two numbers of a candidate: across and up.

    Shares are those of `Front.shares` in percent, the picture's across: more track lies left, as
    candidates are numbered, and the farther right and up, the better. Losses are the better the
    farther left and down.

    Args:
        across: name of what goes from left to right.
        up: name of what goes up.
        losses: indices of the objectives that are meant; None: shares.
    """

    across: str = "Picture like the image"
    up: str = "Sound like the track"
    losses: tuple[int, int] | None = None

    @property
    def titles(self) -> tuple[str, str]:
        """Titles of the axes."""
        unit = LOSS if self.losses else "(%)"
        return f"{self.across} {unit}", f"{self.up} {unit}"

    @property
    def number_format(self) -> str:
        """How numbers are written in tooltips."""
        return ".3f" if self.losses else ".0f"

    def point(self, snapshot: Snapshot, losses: Sequence[float]) -> tuple[float, float]:
        """Return where somebody with these losses lies; not finite where nothing was measured."""
        if self.losses:
            x, y = self.losses
            return losses[x], losses[y]
        shares = snapshot.front.shares(losses)
        measured = all(losses[k] == losses[k] for k in snapshot.active)
        if not measured or shares.picture is None or shares.sound is None:
            return float("nan"), float("nan")
        return 100 * shares.picture, 100 * shares.sound

    def extent(self, rows: Sequence[Row], whole: bool) -> tuple[tuple[float, float], ...]:
        """Return from where to where both axes go, to show all rows with pictures at them.

        Args:
            rows: with the points `x` and `y`.
            whole: whether shares go from 0 to 100 %, whatever is shown.
        """
        if whole and not self.losses:
            return (0.0, 100.0), (0.0, 100.0)
        return self._fitted([row["x"] for row in rows]), self._fitted([row["y"] for row in rows])

    def _fitted(self, values: Sequence[float]) -> tuple[float, float]:
        low, high = min(values, default=0.0), max(values, default=1.0)
        if self.losses:
            return 0.0, (1 + _BEYOND) * high or 1.0
        span = max(high - low, _LEAST)
        return max(0.0, low - _MARGIN * span), high + _BEYOND * span


SHARES = Plane()


def loss_plane(snapshot: Snapshot, across: Objective, up: Objective) -> Plane:
    """Return the plane of two objectives' losses."""
    places = snapshot.objectives.index(across), snapshot.objectives.index(up)
    return Plane(across.label, up.label, places)


def has_shares(snapshot: Snapshot) -> bool:
    """Return whether a run's candidates have shares of picture and of sound."""
    return {snapshot.objectives[k].domain for k in snapshot.active} >= {"image", "audio"}
