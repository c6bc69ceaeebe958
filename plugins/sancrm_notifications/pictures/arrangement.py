"""Where each mark of a picture stands: the network large, below it each branch small, below that what to know.

Measured for a message as a phone shows it, 340 pixels wide; much taller than wide it would be shown smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.pictures import grid, network
from sancrm_notifications.pictures.marks import Box, Drawing, Fill, Ink, Label
from sancrm_notifications.pictures.words import HOLLOW
from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.pictures.chart import Chart
    from sancrm_notifications.pictures.marks import Mark

WIDTH = 340.0
_MARGIN = 12.0
_ROOM = WIDTH - 2 * _MARGIN
_NOTE_HEIGHT, _NOTE_SIZE = 15.0, 9.5


def arranged(chart: Chart) -> Drawing:
    """Return the drawing of a chart."""
    top = network.HEAD_HEIGHT
    marks: list[Mark] = [
        *network.head(chart, _MARGIN),
        *network.network_bars(chart, _MARGIN, top, _ROOM),
    ]
    top += network.bars_height(chart)
    if len(chart.branches) > 1:
        marks += grid.grid(chart, _MARGIN, top, _ROOM)
        top += grid.height(len(grid.shown_branches(chart)))
    for text, is_of_hollow in _notes(chart):
        top += _NOTE_HEIGHT
        marks += _note(text, top, is_of_hollow=is_of_hollow)
    return Drawing(WIDTH, top + _MARGIN, tuple(marks))


def _notes(chart: Chart) -> Iterator[tuple[str, bool]]:
    """Yield what is to be known of the bars, and whether it is said of hollow ones."""
    if chart.has_unknown_costs:
        yield HOLLOW, True
    if len(chart.branches) > grid.MOST_BRANCHES:
        shown = counted(grid.MOST_BRANCHES, "филиал", "филиала", "филиалов")
        yield f"{shown} из {len(chart.branches)}: с наибольшей и с наименьшей прибылью", False
    if chart.corrected:
        yield f"уточнено {chart.corrected}", False


def _note(text: str, y: float, *, is_of_hollow: bool) -> list[Mark]:
    if not is_of_hollow:
        return [Label(_MARGIN, y, text, _NOTE_SIZE, Ink.MUTED)]
    sample = Box(_MARGIN, y - 8, 7, 8, Ink.PROFIT, Fill.HOLLOW)
    return [sample, Label(_MARGIN + 12, y, text, _NOTE_SIZE, Ink.MUTED)]
