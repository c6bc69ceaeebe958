"""The footer of a profitability report: what is missing or doubtful in its figures, each in one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sancrm_notifications.notifications.profitability.figures import Known
from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.text.markup import value
from sancrm_notifications.text.money import NO_BREAK_SPACE, grouped
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import counted, month_text, plural, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.notifications.profitability.figures import Figures, Network, Subject
    from sancrm_notifications.schedule.periods import Period

ROUNDED = "Каждая сумма округлена до рубля, поэтому итоги могут немного расходиться."
NO_BRANCHES = "В CRM нет ни одного действующего филиала."
INCOMPLETE_MARK = "*"
MARKED = f"{INCOMPLETE_MARK} Без постоянных расходов, о которых нет данных."

_NO_FIXED_COSTS = "Нет данных о постоянных расходах"
_PERIOD_WORDS = {
    Kind.DAILY: ("День", "закончился", "начался", "весь день"),
    Kind.WEEKLY: ("Неделя", "закончилась", "началась", "всю неделю"),
    Kind.MONTHLY: ("Месяц", "закончился", "начался", "весь месяц"),
}
_LONGEST_LIST = 10
_NAME_WIDTH = 40


def unfinished_notes(figures: Figures, period: Period, as_of: datetime) -> list[str]:
    """Say that the period had not ended at ``as_of``, and that its fixed costs are those of the whole nevertheless."""
    word, ended, begun, whole = _PERIOD_WORDS[period.kind]
    at = time_text(as_of.astimezone(ZoneInfo(period.time_zone)))
    is_begun = as_of >= period.start
    note = f"{word} ещё не {ended}: данные на {at}." if is_begun else f"{word} ещё не {begun}."
    if figures.fixed_costs_kopecks is not None:
        note += f" Постоянные расходы учтены за {whole}."
    return [note]


def figures_notes(figures: Figures) -> list[str]:
    """Name completed orders whose cost or revenue is unknown."""
    notes = []
    if figures.repairs_without_cost:
        unknown = counted(figures.repairs_without_cost, "ремонта", "ремонтов", "ремонтов")
        total = f"из{NO_BREAK_SPACE}{grouped(figures.repairs_count)}"
        notes.append(f"Стоимость запчастей неизвестна для {unknown} {total}.")
    without_revenue = [
        counted(figures.repairs_without_revenue, "ремонт", "ремонта", "ремонтов"),
        counted(figures.rentals_without_revenue, "прокат", "проката", "прокатов"),
    ]
    named = [text for text in without_revenue if not text.startswith("0")]
    if named:
        notes.append(f"Завершены без суммы и учтены как 0{NO_BREAK_SPACE}₽: {', '.join(named)}.")
    return notes


def branch_cost_notes(branch: Subject) -> list[str]:
    """Name the months whose fixed costs are missing, when others are known."""
    if branch.figures.fixed_costs is not Known.PARTLY:
        return []
    return [f"{_NO_FIXED_COSTS}{_months(branch.months_without_fixed_costs)}."]


def network_cost_notes(network: Network, names: Mapping[int, str]) -> list[str]:
    """Name whose fixed costs are missing, and for which months, when others are known."""
    if network.whole.figures.fixed_costs is not Known.PARTLY:
        return []
    missing: dict[tuple[str, ...], list[Subject]] = {}
    for subject in network.subjects:
        if subject.figures.fixed_costs is not Known.FULLY:
            missing.setdefault(subject.months_without_fixed_costs, []).append(subject)
    return [
        f"{_NO_FIXED_COSTS}{_months(months)}: {_whose(subjects, network, names)}."
        for months, subjects in missing.items()
    ]


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
    notes = [f"Отрицательные суммы, проверьте в CRM: {', '.join(negative)}."] if negative else []
    if unknown := doubts["unknown_branch_rows"]:
        rows = counted(unknown, "запись", "записи", "записей")
        counted_in = plural(unknown, "учтена", "учтены", "учтены")
        notes.append(f"{rows} с неизвестным филиалом {counted_in} в строке «Без филиала».")
    return notes


def stopped_source_notes(
    doubts: Mapping[str, Any], period: Period, quiet_hours: int, unfinished_as_of: datetime | None
) -> list[str]:
    """Warn when nothing moved in the source for so many hours before the period's end, as far as it has come."""
    newest = doubts["newest_movement_at"]
    if newest is None:
        return ["Данные могут быть неполными: в CRM нет ни одного события."]
    newest_at = datetime.fromisoformat(newest)
    seen_until = period.end if unfinished_as_of is None else unfinished_as_of
    if newest_at >= seen_until - timedelta(hours=quiet_hours):
        return []
    local = newest_at.astimezone(ZoneInfo(period.time_zone))
    at = time_text(local, with_year=local.year != period.last_on.year)
    return [f"Данные могут быть неполными: последнее событие в CRM{NO_BREAK_SPACE}— {at}."]


def _whose(subjects: list[Subject], network: Network, names: Mapping[int, str]) -> str:
    """Name the subjects, the network's own costs first; a long list ends with how many more there are."""
    branches = [subject for subject in subjects if subject.kind == "branch"]
    listed = ["общие расходы сети"] if len(branches) < len(subjects) else []
    if len(branches) == len(network.branches) > 1:
        return ", ".join([*listed, "все филиалы"])
    listed += [value(shortened(names[branch.branch_id or 0], _NAME_WIDTH)) for branch in branches]
    if (more := len(listed) - _LONGEST_LIST) > 0:
        listed[_LONGEST_LIST:] = [f"ещё {counted(more, 'филиал', 'филиала', 'филиалов')}"]
    return ", ".join(listed)


def _months(months: tuple[str, ...]) -> str:
    named = [month_text(datetime.fromisoformat(month).date()) for month in months]
    return f" за {', '.join(named)}" if named else ""
