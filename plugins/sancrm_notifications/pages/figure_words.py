"""Figures of a message in words: what each correction has changed, old → new."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sancrm_notifications.text.money import NO_BREAK_SPACE, MoneyStyle, grouped
from sancrm_notifications.text.russian import day_and_month

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

_NAMES = {
    "revenue_kopecks": "выручка",
    "repair_revenue_kopecks": "выручка за ремонты",
    "rental_revenue_kopecks": "выручка за прокат",
    "parts_cost_kopecks": "запчасти",
    "fixed_costs_kopecks": "постоянные расходы",
    "profit_kopecks": "прибыль",
    "repairs_count": "ремонты",
    "rentals_count": "прокаты",
    "repairs_without_cost": "ремонты без стоимости запчастей",
    "repairs_without_revenue": "ремонты без выручки",
    "rentals_without_revenue": "прокаты без выручки",
}
_KOPECKS = "_kopecks"
_OF_BRANCH = re.compile(r"(?:branch_(?P<id>\d+)_)?(?P<what>revenue|profit)(?:_on_(?P<day>[\d-]{10}))?_kopecks")
_UNKNOWN = "нет данных"


@dataclass(frozen=True, slots=True)
class Changed:
    """One figure, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What one edit has changed; ``at`` is when the text before it was replaced."""

    revision: int
    at: datetime
    changes: list[Changed]


def corrections(revisions: Sequence[Mapping[str, Any]], present: Mapping[str, Any]) -> list[Correction]:
    """Return each edit with its changes, the latest first; ``revisions`` are the replaced figures in order."""
    later = [*(revision["figures"] for revision in revisions), present][1:]
    found = [
        Correction(revision["revision"] + 1, revision["replaced_at"], list(differences(revision["figures"], after)))
        for revision, after in zip(revisions, later, strict=True)
    ]
    return found[::-1]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Changed]:
    """Yield the figures that differ; what only one side knows is «нет данных» on the other."""
    if "repairs" in after and isinstance(after["repairs"], list):
        yield from _repairs(before.get("repairs", []), after["repairs"])
        return
    for name in [*after, *(name for name in before if name not in after)]:
        if before.get(name) != after.get(name):
            yield Changed(figure_name(name), _text(name, before.get(name)), _text(name, after.get(name)))


def figure_name(name: str) -> str:
    """Return what a figure is called."""
    if found := _OF_BRANCH.fullmatch(name):
        what = "выручка" if found["what"] == "revenue" else "прибыль"
        branch = f"филиал №{NO_BREAK_SPACE}{found['id']}: " if found["id"] else ""
        day = f" {day_and_month(date.fromisoformat(found['day']))}" if found["day"] else ""
        return f"{branch}{what}{day}"
    return _NAMES.get(name, name)


def _repairs(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Changed]:
    """Yield what changed in a list of repairs, in numbers: who they are stands in the message."""
    counts = [(len(repairs), sum(bool(each.get("called_at")) for each in repairs)) for repairs in (before, after)]
    for position, name in enumerate(("ремонты", "снято с обзвона")):
        was, is_now = counts[0][position], counts[1][position]
        if was != is_now:
            yield Changed(name, grouped(was), grouped(is_now))


def _text(name: str, value: object) -> str:
    if value is None:
        return _UNKNOWN
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, int):
        return (
            MoneyStyle.for_amounts([value], whole_roubles=False).text(value)
            if name.endswith(_KOPECKS)
            else grouped(value)
        )
    return str(value)
