"""Corrections of a report that is in the chat: whether its own figures have changed, and the line that says so.

Source: docs/delivery.md, Corrections.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sancrm_notifications.text.markup import italic
from sancrm_notifications.text.money import grouped
from sancrm_notifications.text.russian import time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from sancrm_notifications.text.money import MoneyStyle

_ARROW = " → "
_ELSEWHERE = "строки таблицы или сноски"
_UNKNOWN = "«нет данных»"
_MONEY = {
    "revenue_kopecks": "выручка",
    "parts_cost_kopecks": "запчасти",
    "fixed_costs_kopecks": "постоянные расходы",
    "profit_kopecks": "прибыль",
}
CORRECTED_AMOUNTS = tuple(_MONEY)
_COUNTS = {"repairs_count": "ремонты", "rentals_count": "прокаты"}
# A branch that is in the table now and was not, or the other way round, counts as one with nothing.
_OF_A_ROW = re.compile(r"(?:branch_\d+|no_branch|network)_(?:revenue|profit)_kopecks")


@dataclass(frozen=True, slots=True)
class Correction:
    """The figures that the chat shows until now, and when the new ones were computed (an instant, local)."""

    before: Mapping[str, Any]
    at: datetime


def is_corrected(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether any of the report's own figures has changed.

    A figure that only one of the two versions of the package knows is no change.
    """
    return any(_differs(name, before, now) for name in before.keys() | now.keys())


def correction_line(correction: Correction, now: Mapping[str, Any], style: MoneyStyle) -> str:
    """Return «Уточнено 21 ноября, 10:40: выручка 118 400 ₽ → 120 900 ₽.» as HTML."""
    changes = [
        *_changes(_MONEY, correction.before, now, style.text),
        *_changes(_COUNTS, correction.before, now, grouped),
    ]
    said = ", ".join(changes or [_ELSEWHERE])
    return italic(f"Уточнено {time_text(correction.at)}: {said}.")


def _changes(
    names: Mapping[str, str], before: Mapping[str, Any], now: Mapping[str, Any], text: Callable[[int], str]
) -> Iterator[str]:
    for name, words in names.items():
        if name in before and name in now and before[name] != now[name]:
            was, is_now = (_UNKNOWN if value is None else text(value) for value in (before[name], now[name]))
            if was != is_now:
                yield f"{words} {was}{_ARROW}{is_now}"


def _differs(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    if name in before and name in now:
        return bool(before[name] != now[name])
    return bool(_OF_A_ROW.fullmatch(name) and (before.get(name) or now.get(name)))
