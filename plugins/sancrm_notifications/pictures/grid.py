"""The lower part of a picture: each branch small, from the highest profit to the lowest, all in one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.pictures.amounts import unit_for
from sancrm_notifications.pictures.bars import Frame, amounts, bars, edges
from sancrm_notifications.pictures.marks import Ink, Label, Line
from sancrm_notifications.pictures.names import fitted
from sancrm_notifications.schedule.periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.pictures.chart import Chart, Panel
    from sancrm_notifications.pictures.marks import Mark

MOST_BRANCHES = 40
_TITLE_HEIGHT = 26.0
_GAP = 14.0  # between two columns
_USUAL, _SMALL = 10.5, 9.5


@dataclass(frozen=True, slots=True)
class _Form:
    """How branches stand: in how many columns, how high one is, and whether its amount stands beside its bars."""

    columns: int
    height: float
    bars_height: float
    is_compact: bool


# For so many branches at most: a picture much taller than wide would be shown smaller, with everything in it.
_FORMS = {
    4: _Form(2, 82, 48, is_compact=False),
    6: _Form(3, 66, 34, is_compact=False),
    9: _Form(3, 58, 27, is_compact=False),
    12: _Form(3, 50, 20, is_compact=False),
    MOST_BRANCHES: _Form(4, 25, 11, is_compact=True),
}


def rows(branches: int) -> int:
    """Return in how many rows branches stand."""
    return -(-branches // _form(branches).columns)


def shown_branches(chart: Chart) -> list[Panel]:
    """Return the branches that are shown, the most profitable first; of too many those at both ends."""
    ordered = chart.ordered_branches
    if len(ordered) <= MOST_BRANCHES:
        return ordered
    return [*ordered[: MOST_BRANCHES // 2], *ordered[-MOST_BRANCHES // 2 :]]


def height(branches: int) -> float:
    """Return how high the part is."""
    return _TITLE_HEIGHT + _form(branches).height * rows(branches)


def grid(chart: Chart, left: float, top: float, room: float) -> Iterator[Mark]:
    """Yield the title and each branch's name, profit and bars."""
    shown = shown_branches(chart)
    form = _form(len(shown))
    width = (room - _GAP * (form.columns - 1)) / form.columns
    unit = unit_for([chart.reported_kopecks(panel) for panel in shown])
    span = "за неделю" if chart.kind is Kind.WEEKLY else "за месяц"
    yield Line(left, top + 4, left + room, top + 4, Ink.RULE, 0.8)
    yield Label(left, top + 19, f"Филиалы, {span}, {unit.name}", _USUAL, Ink.MUTED)
    yield Label(left + room, top + 19, "в одном масштабе", _SMALL, Ink.MUTED, "end")
    scale = edges(amounts(shown))
    names = fitted([panel.name for panel in shown], width, _SMALL)
    for number, (panel, name) in enumerate(zip(shown, names, strict=True)):
        row, column = divmod(number, form.columns)
        x, y = left + column * (width + _GAP), top + _TITLE_HEIGHT + row * form.height
        profit = unit.number(chart.reported_kopecks(panel))
        yield Label(x, y + 11, name, _SMALL, is_bold=True)
        yield from _branch(chart, panel, profit, form, Frame(x, y, width, form.bars_height, *scale))


def _branch(chart: Chart, panel: Panel, profit: str, form: _Form, cell: Frame) -> Iterator[Mark]:
    is_loss = chart.reported_kopecks(panel) < 0
    ink = Ink.LOSS if is_loss else Ink.TEXT
    if form.is_compact:
        beside = cell.width * 0.42
        yield Label(cell.x, cell.y + 21.5, profit, _SMALL, ink)
        frame = Frame(cell.x + beside, cell.y + 13, cell.width - beside, cell.height, cell.highest, cell.lowest)
    else:
        yield Label(cell.x, cell.y + 23, profit, _SMALL, ink)
        if _is_new(chart, panel):
            words = "первая неделя" if chart.kind is Kind.WEEKLY else "первый месяц"
            yield Label(cell.x + cell.width, cell.y + 23, words, _SMALL, Ink.MUTED, "end")
        frame = Frame(cell.x, cell.y + 27, cell.width, cell.height, cell.highest, cell.lowest)
    yield from bars(panel, frame, chart.kind)


def _is_new(chart: Chart, panel: Panel) -> bool:
    """Tell whether the branch had no figures before the reported period."""
    before = panel.compared_kopecks if chart.kind is Kind.WEEKLY else panel.profit_kopecks[:-1]
    return all(profit is None for profit in before)


def _form(branches: int) -> _Form:
    return next(form for most, form in _FORMS.items() if branches <= most)
