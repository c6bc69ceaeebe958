"""The lines on what is unusual: «Калуга: выручка 4 100 ₽, обычно по средам 18–31 тыс. ₽».

Source: docs/numbers.md, What is unusual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.notifications.profitability.like_periods import Likeness
from sancrm_notifications.notifications.profitability.unusual import Measure, Unusual
from sancrm_notifications.text.markup import escape
from sancrm_notifications.text.money import KOPECKS_IN_ROUBLE, NO_BREAK_SPACE, MoneyStyle, grouped
from sancrm_notifications.text.russian import counted, on_weekdays_text, tied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sancrm_notifications.schedule.periods import Period

NETWORK = "Вся сеть"
_MOST_LINES = 5
_ROUBLES = MoneyStyle(shows_kopecks=False)
# From which upper end on a range is written in which unit, rounded to which step, all in roubles.
_UNITS = ((1_000_000, 1_000_000, 100_000, "млн"), (10_000, 1_000, 1_000, "тыс."), (1_000, 1, 100, ""), (0, 1, 10, ""))


def branch_line(found: Unusual, period: Period) -> str:
    """Return a branch's line in its own report, as HTML."""
    return escape(f"Необычно: {_statement(found, period)}")


def network_lines(found: Sequence[Unusual], names: Mapping[int, str], period: Period) -> tuple[str, ...]:
    """Return the summary's lines as HTML: the farthest from their range, of many how many more there are."""
    shown = found[:_MOST_LINES]
    lines = [
        escape(f"• {NETWORK if each.branch_id is None else names[each.branch_id]}: {_statement(each, period)}")
        for each in shown
    ]
    if more := len(found) - len(shown):
        lines.append(f"• и{NO_BREAK_SPACE}ещё у{NO_BREAK_SPACE}{counted(more, 'филиала', 'филиалов', 'филиалов')}")
    return tuple(lines)


def _statement(found: Unusual, period: Period) -> str:
    return tied(f"{_value(found)}, обычно {_when(period, found.likeness)}{NO_BREAK_SPACE}{_range(found)}")


def _value(found: Unusual) -> str:
    match found.measure:
        case Measure.REVENUE:
            return f"выручка {_ROUBLES.text(found.value)}"
        case Measure.TICKET:
            return f"средний чек ремонта {_ROUBLES.text(found.value)}"
        case Measure.PARTS:
            return f"запчасти {_ROUBLES.text(found.value)}"
        case Measure.REPAIRS:
            return counted(found.value, "ремонт", "ремонта", "ремонтов") if found.value else "ни одного ремонта"


def _when(period: Period, likeness: Likeness) -> str:
    match likeness:
        case Likeness.WEEKDAY | Likeness.NONE:
            return on_weekdays_text(period.first_on.weekday())
        case Likeness.HOLIDAY:
            return "по праздникам"
        case Likeness.WEEK:
            return "за неделю"
        case Likeness.MONTH:
            return "за месяц"


def _range(found: Unusual) -> str:
    """Return the range; the end that was passed is rounded inwards, so that the figure is seen to be outside."""
    if found.measure is Measure.REPAIRS:
        return _from_to(grouped(found.low), grouped(found.high), "")
    top = found.high // KOPECKS_IN_ROUBLE
    unit, step, word = next((unit, step, word) for least, unit, step, word in _UNITS if top >= least)
    low, high = _rounded(found, step * KOPECKS_IN_ROUBLE)
    if low >= high:
        unit, word = 1, ""
        low, high = _rounded(found, KOPECKS_IN_ROUBLE)
    from_, to = (_in_units(kopecks // KOPECKS_IN_ROUBLE, unit, step) for kopecks in (low, high))
    return _from_to(from_, to, f"{word}{NO_BREAK_SPACE}₽" if word else "₽")


def _rounded(found: Unusual, step: int) -> tuple[int, int]:
    if found.is_high:
        return round(found.low / step) * step, found.high // step * step
    return -(-found.low // step) * step, round(found.high / step) * step


def _in_units(roubles: int, unit: int, step: int) -> str:
    if step >= unit:
        return grouped(roubles // unit)
    tenths = roubles * 10 // unit
    return grouped(roubles) if unit == 1 else f"{grouped(tenths // 10)},{tenths % 10}"


def _from_to(low: str, high: str, unit: str) -> str:
    unit = f"{NO_BREAK_SPACE}{unit}" if unit else ""
    is_from_nothing = low in {"0", "0,0"}
    return f"до{NO_BREAK_SPACE}{high}{unit}" if is_from_nothing else f"{low}–{high}{unit}"
