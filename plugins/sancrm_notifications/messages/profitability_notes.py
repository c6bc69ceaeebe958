"""The footer of a profitability report: what is missing or doubtful in its figures, each in one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sancrm_notifications.figures import Known
from sancrm_notifications.markup import value
from sancrm_notifications.monospace import shortened
from sancrm_notifications.russian import counted, month_text, plural, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.figures import Figures, Network, Subject
    from sancrm_notifications.periods import Period

ROUNDED = "Каждая сумма округлена до рубля, поэтому итоги могут немного расходиться."
INCOMPLETE_MARK = "*"
MARKED = f"{INCOMPLETE_MARK} Без недостающих постоянных расходов."

_LONGEST_LIST = 10
_NAME_WIDTH = 40


def figures_notes(figures: Figures) -> list[str]:
    """Name completed orders whose cost or revenue is unknown."""
    notes = []
    if figures.repairs_without_cost:
        unknown = counted(figures.repairs_without_cost, "ремонта", "ремонтов", "ремонтов")
        notes.append(f"Стоимость запчастей неизвестна для {unknown} из {figures.repairs_count}.")
    without_revenue = [
        counted(figures.repairs_without_revenue, "ремонт", "ремонта", "ремонтов"),
        counted(figures.rentals_without_revenue, "прокат", "проката", "прокатов"),
    ]
    named = [text for text in without_revenue if not text.startswith("0")]
    if named:
        notes.append(f"Завершены без суммы и учтены как 0 ₽: {', '.join(named)}.")
    return notes


def branch_cost_notes(branch: Subject) -> list[str]:
    """Name the months whose fixed costs are missing, when others are known."""
    if branch.figures.fixed_costs is not Known.PARTLY:
        return []
    return [f"Постоянные расходы неполны: нет данных за {_months(branch)}."]


def network_cost_notes(network: Network) -> list[str]:
    """Name whose fixed costs are missing, and for which months, when others are known."""
    if network.whole.figures.fixed_costs is not Known.PARTLY:
        return []
    missing = [_missing_text(subject) for subject in network.subjects if _has_gap(subject)]
    shown = missing[:_LONGEST_LIST]
    if more := len(missing) - len(shown):
        shown.append(f"ещё {counted(more, 'филиал', 'филиала', 'филиалов')}")
    return [f"Постоянные расходы неполны, нет данных: {'; '.join(shown)}."]


def doubt_notes(doubts: Mapping[str, Any]) -> list[str]:
    """Name what looks wrong in the source's rows; ``doubts`` as ``profitability_doubts.sql`` returns it."""
    negative = [
        counted(number, *forms)
        for number, forms in (
            (doubts["negative_repairs"], ("ремонт", "ремонта", "ремонтов")),
            (doubts["negative_rentals"], ("прокат", "проката", "прокатов")),
            (doubts["negative_fixed_costs"], ("статья расходов", "статьи расходов", "статей расходов")),
        )
        if number
    ]
    notes = [f"С отрицательной суммой: {', '.join(negative)}."] if negative else []
    if unknown := doubts["unknown_branch_rows"]:
        rows = counted(unknown, "запись", "записи", "записей")
        refer = plural(unknown, "относится", "относятся", "относятся")
        notes.append(f"{rows} {refer} к неизвестному филиалу и учтены в строке «Без филиала».")
    return notes


def stopped_source_notes(doubts: Mapping[str, Any], period: Period, quiet_hours: int) -> list[str]:
    """Warn when nothing moved in the source for so many hours before the period's end."""
    newest = doubts["newest_movement_at"]
    if newest is None:
        return ["Данные могут быть неполными: в CRM нет ни одного события."]
    newest_at = datetime.fromisoformat(newest)
    if newest_at >= period.end - timedelta(hours=quiet_hours):
        return []
    local = newest_at.astimezone(ZoneInfo(period.time_zone))
    return [f"Данные могут быть неполными: последнее событие в CRM — {time_text(local)}."]


def _has_gap(subject: Subject) -> bool:
    return subject.figures.fixed_costs is not Known.FULLY


def _missing_text(subject: Subject) -> str:
    name = "общие расходы сети" if subject.kind == "network" else value(shortened(subject.name or "", _NAME_WIDTH))
    return f"{name} ({_months(subject)})" if subject.months_without_fixed_costs else name


def _months(subject: Subject) -> str:
    months = [datetime.fromisoformat(month).date() for month in subject.months_without_fixed_costs]
    return ", ".join(month_text(month) for month in months)
