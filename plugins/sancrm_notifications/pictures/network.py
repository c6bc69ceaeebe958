"""The upper part of a picture: what the network earned, in one line and as large bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.pictures.amounts import claimed_text, profit_text, unit_for
from sancrm_notifications.pictures.bars import Frame, amounts, bars, edges
from sancrm_notifications.pictures.grid import rows, shown_branches
from sancrm_notifications.pictures.marks import Ink, Label, Line
from sancrm_notifications.pictures.names import width
from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.text.claims import Claim
from sancrm_notifications.text.russian import MONTHS_SHORT, WEEKDAYS, period_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.pictures.chart import Chart
    from sancrm_notifications.pictures.marks import Mark

BEFORE_FIXED = "до постоянных расходов"
WEEK_BEFORE = "неделей раньше"
HEAD_HEIGHT = 62.0
_BARS_HEIGHT, _LOW_BARS_HEIGHT = 152.0, 116.0
_MANY_ROWS = 3
_BIG, _USUAL, _SMALL = 16.0, 10.5, 9.5
_ABOVE, _BELOW = 16.0, 28.0  # pixels for amounts above the bars, and for days or months below them
_PERIOD_ROOM = 232.0  # beside the unit
_SAMPLE = 14.0  # how long the line is that says what the lines are


def head(chart: Chart, left: float) -> Iterator[Mark]:
    """Yield the lines that say what is shown: the sum, the period, and what it is compared with."""
    name, amount = profit_text(chart.reported_kopecks(chart.network), chart.network.claim, " сети")
    yield Label(left, 26, f"{name} {amount}", _BIG, is_bold=True)
    yield Label(left, 42, _period(chart), _USUAL, Ink.MUTED)
    words = compared_words(chart)
    if not words:
        return
    at = left
    if chart.kind is Kind.WEEKLY:
        yield Line(at, 53.5, at + _SAMPLE, 53.5, Ink.TEXT, 1.4)
        at += _SAMPLE + 5
    yield Label(at, 57, words, _USUAL, Ink.MUTED)


def _period(chart: Chart) -> str:
    """Return the reported period, and that its profit is before fixed costs, where there is room for both."""
    period = period_text(chart.period)
    whole = f"{period}, {BEFORE_FIXED}"
    has_room = width(whole, _USUAL) <= _PERIOD_ROOM
    return whole if has_room and chart.is_before_fixed_costs else period


def compared_words(chart: Chart) -> str:
    """Return ``неделей раньше 52,1 тыс. ₽`` or ``год назад 1,2 млн ₽, месяцем раньше 1,3 млн ₽``; "" without any."""
    network = chart.network
    if chart.kind is Kind.WEEKLY:
        compared = [(WEEK_BEFORE, network.compared_total_kopecks)]
    else:
        compared = [("год назад", network.profit_kopecks[0]), ("месяцем раньше", network.profit_kopecks[-2])]
    claims = chart.compared_claims or (Claim.EXACT,) * len(compared)
    said = [
        f"{when} {claimed_text(profit, claim)}"
        for (when, profit), claim in zip(compared, claims, strict=True)
        if profit is not None and claim is not Claim.NONE
    ]
    has_lines = chart.kind is Kind.WEEKLY and network.compared_total_kopecks is not None
    return ", ".join(said) or (WEEK_BEFORE if has_lines else "")


@dataclass(frozen=True, slots=True)
class _Value:
    """An amount beside its bar."""

    number: int
    text: str
    is_bold: bool


def bars_height(chart: Chart) -> float:
    """Return how high the bars are with all that is around them: lower, where many branches stand below them."""
    return _BARS_HEIGHT if rows(len(shown_branches(chart))) <= _MANY_ROWS else _LOW_BARS_HEIGHT


def network_bars(chart: Chart, left: float, top: float, room: float) -> Iterator[Mark]:
    """Yield the network's bars with their amounts, and the days or months below them."""
    shown = amounts([chart.network])
    unit = unit_for(shown)
    by = "по дням" if chart.kind is Kind.WEEKLY else "по месяцам"
    yield Label(left + room, 42, f"{by}, {unit.name}", _SMALL, Ink.MUTED, "end")
    highest, lowest = edges(shown)
    # Below the lowest bar its amount needs as much room as above the highest.
    under = _ABOVE if lowest < 0 else 0
    height = bars_height(chart) - _ABOVE - under - _BELOW
    frame = Frame(left, top + _ABOVE, room, height, highest, lowest)
    yield from bars(chart.network, frame, chart.kind)
    step = room / len(chart.starts)
    for value in _values(chart):
        x = left + step * (value.number + 0.5)
        yield Label(x, _y_of_value(chart, frame, value.number), value.text, _SMALL, Ink.TEXT, "middle", value.is_bold)
    yield from _axis(chart, left, top + bars_height(chart) - _BELOW + 13, step)


def _values(chart: Chart) -> Iterator[_Value]:
    """Yield the amounts that are written out: of a week all, of months the first, the last and the extremes."""
    profits = chart.network.profit_kopecks
    unit = unit_for(amounts([chart.network]))
    known = {number: profit for number, profit in enumerate(profits) if profit is not None}
    if not known:
        return
    extremes = [max(known, key=known.__getitem__), min(known, key=known.__getitem__)]
    if chart.kind is Kind.WEEKLY:
        chosen = sorted(known)
    else:
        chosen = []
        for number in (len(profits) - 1, 0, *extremes):
            if number in known and all(abs(number - other) > 1 for other in chosen):
                chosen.append(number)
    for number in chosen:
        is_bold = number in extremes if chart.kind is Kind.WEEKLY else number == len(profits) - 1
        yield _Value(number, unit.number(known[number]), is_bold)


def _y_of_value(chart: Chart, frame: Frame, number: int) -> float:
    """Return the base line of an amount: above its bar or below it, clear of the week before's line."""
    profit = chart.network.profit_kopecks[number] or 0
    compared = (*chart.network.compared_kopecks, *[None] * len(chart.starts))[number]
    lines = [frame.y_of(profit), frame.y_of(0)]
    if compared is not None:
        lines.append(frame.y_of(compared))
    if profit < 0:
        edge = frame.y_of(profit)
        near = [y for y in lines if edge <= y < edge + _SMALL + 4]
        return max(near) + _SMALL + 1
    edge = frame.y_of(profit)
    near = [y for y in lines if edge - _SMALL - 4 < y <= edge]
    return min(near) - 4


def _axis(chart: Chart, left: float, y: float, step: float) -> Iterator[Mark]:
    """Yield the weekdays with their dates, or the months with their years where one begins."""
    for number, start in enumerate(chart.starts):
        x = left + step * (number + 0.5)
        if chart.kind is Kind.WEEKLY:
            yield Label(x, y, WEEKDAYS[number], _USUAL, Ink.TEXT, "middle")
            yield Label(x, y + 12, str(start.day), _SMALL, Ink.MUTED, "middle")
            continue
        yield Label(x, y, MONTHS_SHORT[start.month - 1], _SMALL, Ink.TEXT, "middle", number == len(chart.starts) - 1)
        if start.month == 1 or (number == 0 and chart.starts[1].month != 1):
            at = x - width(MONTHS_SHORT[0], _SMALL) / 2
            yield Label(at, y + 12, str(start.year), _SMALL, Ink.MUTED)
