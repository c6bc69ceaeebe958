"""The bars of one subject in their frame: how high each is, and how it is filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.pictures.marks import Box, Fill, Ink, Line
from sancrm_notifications.schedule.periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sancrm_notifications.pictures.chart import Panel
    from sancrm_notifications.pictures.marks import Mark

_LEAST = 1.0  # pixels: what is not nothing is seen
_BAR_SHARE = 0.7  # of a step
_BESIDE = 0.04  # of a step: so far the line of the week before stands out on both sides
_NARROW = 8.0  # pixels: of a narrower step the lines are thinner


@dataclass(frozen=True, slots=True)
class Frame:
    """Where bars stand, and which amounts its upper and its lower edge mean; 0 lies within."""

    x: float
    y: float
    width: float
    height: float
    highest: int
    lowest: int

    def y_of(self, kopecks: int) -> float:
        """Return how deep an amount lies."""
        span = self.highest - self.lowest
        return self.y + self.height * ((self.highest - kopecks) / span if span else 1.0)


def amounts(panels: Iterable[Panel]) -> list[int]:
    """Return every amount that these panels show."""
    return [
        amount for panel in panels for amount in (*panel.profit_kopecks, *panel.compared_kopecks) if amount is not None
    ]


def edges(shown: Iterable[int]) -> tuple[int, int]:
    """Return the highest and the lowest amount of a scale that has 0 in it."""
    found = [0, *shown]
    return max(found), min(found)


def bars(panel: Panel, frame: Frame, kind: Kind) -> Iterator[Mark]:
    """Yield the bars from left to right, the line of nothing, and the lines of the week before over the bars."""
    step = frame.width / len(panel.profit_kopecks)
    nothing = frame.y_of(0)
    for number, profit in enumerate(panel.profit_kopecks):
        if profit:
            height = max(abs(frame.y_of(profit) - nothing), _LEAST)
            left = frame.x + step * (number + (1 - _BAR_SHARE) / 2)
            top = nothing - (height if profit > 0 else 0)
            yield Box(left, top, step * _BAR_SHARE, height, *_look(panel, number, kind))
    yield Line(frame.x, nothing, frame.x + frame.width, nothing, Ink.MUTED, 0.8)
    thickness = 1.4 if step > _NARROW else 0.9
    for number, compared in enumerate(panel.compared_kopecks):
        if compared is not None:
            left = frame.x + step * (number + (1 - _BAR_SHARE) / 2 - _BESIDE)
            right = left + step * (_BAR_SHARE + 2 * _BESIDE)
            yield Line(left, frame.y_of(compared), right, frame.y_of(compared), Ink.TEXT, thickness)


def _look(panel: Panel, number: int, kind: Kind) -> tuple[Ink, Fill]:
    """Return how a bar looks: a loss is hatched, a profit before unknown costs hollow, what is long over pale."""
    is_loss = (panel.profit_kopecks[number] or 0) < 0
    ink = Ink.LOSS if is_loss else Ink.PROFIT
    if panel.is_before_fixed_costs[number]:
        return ink, Fill.HOLLOW
    if is_loss:
        return ink, Fill.HATCHED
    is_reported = kind is Kind.WEEKLY or number == len(panel.profit_kopecks) - 1
    return ink if is_reported else Ink.FORMER, Fill.SOLID
