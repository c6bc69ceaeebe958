"""Charts to vary: a week and a month of the network and its branches."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sancrm_notifications.pictures.chart import Chart, Panel
from sancrm_notifications.schedule.periods import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

MONDAY = date(2026, 11, 16)
NOVEMBER = date(2026, 11, 1)
DAYS = (12_000_00, 9_500_00, 15_300_00, 11_000_00, 18_200_00, 7_400_00, -3_200_00)
MONTHS = tuple(300_000_00 + 20_000_00 * month for month in range(13))


def panel(name: str, profits: Sequence[int | None] = DAYS, before: Sequence[int | None] | None = None) -> Panel:
    """Return a branch, or the network, of which all costs are known."""
    compared = tuple(before) if before is not None else tuple(profits) if len(profits) == 7 else ()
    return Panel(name, tuple(profits), (False,) * len(profits), compared)


def week(*branches: Panel, network: Panel | None = None, corrected: str | None = None) -> Chart:
    """Return the week of 16 November 2026; the network's days are the sums of its branches' unless it is given."""
    return Chart(Kind.WEEKLY, MONDAY, network or _whole(branches), branches, corrected)


def months(*branches: Panel, network: Panel | None = None) -> Chart:
    """Return November 2026 with the twelve months before it."""
    return Chart(Kind.MONTHLY, NOVEMBER, network or _whole(branches), branches)


def _whole(branches: Sequence[Panel]) -> Panel:
    def sums(columns: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        steps = zip(*columns, strict=True)
        return tuple(None if all(v is None for v in step) else sum(v or 0 for v in step) for step in steps)

    profits = sums([branch.profit_kopecks for branch in branches])
    return Panel("Вся сеть", profits, (False,) * len(profits), sums([branch.compared_kopecks for branch in branches]))
