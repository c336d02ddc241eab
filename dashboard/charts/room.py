"""Room in a chart: what is drawn at points is left out where it would cover something else.

How wide a chart is, only the browser knows. So each label and each picture gets the least width
of the plot at which it covers nothing that was placed before it, and the chart leaves out what
needs more than there is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from charts.shared import Row

_MARK, _RING = 7.0, 12.0
_LETTER, _LINE = 6.8, 14.0
_ASIDE, _OFF, _BESIDE = 11, 12, 15
_GAP = 4.0
_WIDEST = 4000.0
"""What needs a wider plot than any screen has is left out for good."""

Extent = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Box:
    """A rectangle that hangs on a point of the plot.

    Args:
        x: where the point is, as a share of the plot's width from the left.
        y: in pixels from the top.
        left: edge of the rectangle, in pixels to the right of the point.
        top: in pixels below it.
        width: in pixels.
        height: in pixels.
    """

    x: float
    y: float
    left: float
    top: float
    width: float
    height: float

    def apart_from(self, other: Box) -> float:
        """Return the width of the plot, in pixels, from which on they do not touch."""
        above, below = sorted((self, other), key=lambda box: box.y + box.top)
        if above.y + above.top + above.height <= below.y + below.top:
            return 0.0
        first, last = sorted((self, other), key=lambda box: box.x)
        needed = first.left + first.width - last.left
        if needed <= 0 or (first.x == last.x and last.left + last.width <= first.left):
            return 0.0
        between = last.x - first.x
        return needed / between if between > 0 else math.inf

    @property
    def inside(self) -> float:
        """Width of the plot, in pixels, from which on it lies between its sides."""
        to_the_left = -self.left / self.x if self.x > 0 else (0.0 if self.left >= 0 else math.inf)
        beyond = self.left + self.width
        rest = 1 - self.x
        to_the_right = beyond / rest if rest > 0 else (0.0 if beyond <= 0 else math.inf)
        return max(to_the_left, to_the_right)


class Room:
    """The plot of a chart, in which rows get room for pictures and for labels.

    Args:
        extent: from where to where its axes go, across and up.
        height: of the plot in pixels.
    """

    def __init__(self, extent: Extent, height: float) -> None:
        (self._left, self._right), (self._low, self._high) = extent
        self._height = height
        self._taken: list[tuple[Box, float]] = []

    def take(self, rows: Iterable[Row]) -> None:
        """Keep labels clear of the marks of these rows."""
        for row in rows:
            size = _RING if row.get("picked") else _MARK
            self._taken.append((self._at(row, -size, -size, 2 * size, 2 * size), 0.0))

    def place_pictures(self, rows: Sequence[Row], size: tuple[int, int]) -> None:
        """Note in `room` from which width of the plot on a row's picture covers no other.

        Call it before anything else takes room: pictures lie below marks and labels.

        Args:
            rows: in the order in which they get room.
            size: of a picture, in pixels: width and height.
        """
        left, top = picture_corner(size)
        for row in rows:
            box = self._at(row, left, top, size[0] + _GAP, size[1] + _GAP)
            needed = self._clear(box)
            if needed < _WIDEST:
                row["room"] = needed
                self._taken.append((box, needed))

    def place_labels(self, rows: Sequence[Row]) -> None:
        """Note in `named` from which width on a row's label covers nothing, and where it stands.

        The first row's label is always shown, where it covers the least.

        Args:
            rows: in the order in which they get room.
        """
        for row in rows:
            offered = [(self._label(row, *side), side) for side in _SIDES]
            free = [(max(box.inside, self._clear(box)), side, box) for box, side in offered]
            needed, (aside, off), box = min(free, key=lambda place: place[0])
            row |= {"aside": aside, "off": off}
            if row is rows[0]:
                needed = 0.0
            if needed < _WIDEST:
                row["named"] = needed
                self._taken.append((box, needed))

    def _clear(self, box: Box) -> float:
        """Return the width of the plot from which on a rectangle touches nothing that is there."""
        needed = 0.0
        for other, shown in self._taken:
            apart = box.apart_from(other)
            if apart > max(needed, shown):  # below `shown` the other is not there
                needed = apart
        return needed

    def _label(self, row: Row, aside: int, off: int) -> Box:
        width = _LETTER * len(row["label"])
        left = aside if aside > 0 else aside - width
        return self._at(row, left, off - _LINE / 2, width, _LINE)

    def _at(self, row: Row, left: float, top: float, width: float, height: float) -> Box:
        x = (row["x"] - self._left) / (self._right - self._left)
        y = self._height * (1 - (row["y"] - self._low) / (self._high - self._low))
        return Box(x, y, left, top, width, height)


_SIDES = (
    (-_ASIDE, _OFF),
    (_ASIDE, -_OFF),
    (-_ASIDE, -_OFF),
    (_ASIDE, _OFF),
    (-_BESIDE, 0),
    (_BESIDE, 0),
)
"""Where a label may stand: how far aside of its point, and how far below it."""


def picture_corner(size: tuple[int, int]) -> tuple[int, int]:
    """Return where the upper left corner of a picture of this size is, from its point."""
    return 10, -size[1] - 8


def spread_out(rows: Sequence[Row], first: Callable[[Row], bool]) -> list[Row]:
    """Return rows, those that come first in front, and then so that any few are spread out.

    First come the leftmost and the rightmost, then the middle of every gap.
    """
    head = [row for row in rows if first(row)]
    rest = sorted((row for row in rows if not first(row)), key=lambda row: float(row["x"]))
    order, gaps = [0, len(rest) - 1], [(0, len(rest) - 1)]
    while gaps:
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return head + [rest[place] for place in dict.fromkeys(order) if rest]
