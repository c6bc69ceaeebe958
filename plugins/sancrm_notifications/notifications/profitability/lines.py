"""The sentences of a profitability report: revenue, costs, profit, counts, comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.notifications.profitability.figures import Figures, Known
from sancrm_notifications.text.markup import bold, value
from sancrm_notifications.text.money import (
    KOPECKS_IN_ROUBLE,
    NO_BREAK_SPACE,
    MoneyStyle,
    divide,
    percent,
    percent_change,
)
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import compared_to_text, counted, plural

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sancrm_notifications.notifications.profitability.figures import Change, Subject
    from sancrm_notifications.schedule.periods import Period

NOT_COMPARABLE = "н/д"
NONE = "—"
BEFORE_FIXED = "до постоянных расходов"
_NAMED_BRANCHES = 3
_NAME_WIDTH = 40


def revenue_lines(figures: Figures, style: MoneyStyle) -> tuple[str, ...]:
    """Return the revenue: total, repairs, rentals."""
    return (
        f"Выручка: {bold(style.text(figures.revenue_kopecks))}",
        f"• ремонты: {style.text(figures.repair_revenue_kopecks)}",
        f"• прокат: {style.text(figures.rental_revenue_kopecks)}",
    )


def cost_lines(figures: Figures, style: MoneyStyle) -> tuple[str, ...]:
    """Return the costs; where one kind is wholly unknown there is no total to show."""
    parts = None if is_no_parts_cost_known(figures) else figures.parts_cost_kopecks
    fixed = figures.fixed_costs_kopecks
    has_none = fixed is None and figures.fixed_costs is Known.FULLY
    has_total = parts is not None and (fixed is not None or has_none)
    return (
        f"Расходы: {bold(style.text((parts or 0) + (fixed or 0)))}" if has_total else "Расходы:",
        f"• переменные (запчасти): {_known_text(parts, style)}",
        f"• постоянные: {NONE if has_none else _known_text(fixed, style)}",
    )


def is_no_parts_cost_known(figures: Figures) -> bool:
    """Tell whether there were repairs and the cost of parts is known for none of them."""
    return figures.repairs_count > 0 and figures.repairs_without_cost == figures.repairs_count


def _known_text(kopecks: int | None, style: MoneyStyle) -> str:
    return "нет данных" if kopecks is None else style.text(kopecks)


def profit_lines(figures: Figures, style: MoneyStyle) -> tuple[str, ...]:
    """Return profit, a loss said in a word too, and margin."""
    is_before_fixed = figures.fixed_costs is Known.NOTHING
    name = f"Прибыль {BEFORE_FIXED}" if is_before_fixed else "Прибыль"
    loss = " (убыток)" if figures.profit_kopecks < 0 else ""
    return (
        f"{name}: {bold(style.text(figures.profit_kopecks))}{loss}",
        f"Маржинальность: {margin_text(figures)}",
    )


def margin_text(figures: Figures) -> str:
    """Return profit's share of revenue, or a dash without revenue."""
    if figures.revenue_kopecks <= 0:
        return NONE
    return percent(figures.profit_kopecks, figures.revenue_kopecks)


def count_lines(figures: Figures, style: MoneyStyle) -> tuple[str, ...]:
    """Return how many repairs and rentals were completed, and what a repair brought on average."""
    if not figures.repairs_count and not figures.rentals_count:
        return ("Завершённых ремонтов и прокатов не было",)
    repairs = counted(figures.repairs_count, "ремонт", "ремонта", "ремонтов")
    rentals = counted(figures.rentals_count, "прокат", "проката", "прокатов")
    completed = f"Завершено: {repairs}, {rentals}"
    if not figures.repairs_count:
        return (completed,)
    return completed, f"Средний чек ремонта: {style.text(_shown_ticket_kopecks(figures, style))}"


def _shown_ticket_kopecks(figures: Figures, style: MoneyStyle) -> int:
    """Return the average ticket in the precision of the message: a quotient has no kopecks of its own."""
    unit = 1 if style.shows_kopecks else KOPECKS_IN_ROUBLE
    return divide(figures.repair_revenue_kopecks, figures.repairs_count * unit) * unit


def change_lines(
    subject: Subject, period: Period, style: MoneyStyle, names: Mapping[int, str] | None = None
) -> tuple[str, ...]:
    """Return for each period the report is compared with a line, and what is not alike in the network's branches.

    ``names`` are those of the branches that only one side may have.
    """
    lines = []
    for name, base in period.comparisons().items():
        change = subject.changes[name]
        revenue = _revenue_change(subject.figures, change)
        profit = _profit_change(subject.figures, change, style)
        lines.append(f"{compared_to_text(base)}: выручка {revenue}, {profit}")
        if change.base_revenue_kopecks is not None or change.profit_difference_kopecks is not None:
            lines += _unlike_lines(change, names or {})
    return tuple(lines)


def _revenue_change(figures: Figures, change: Change) -> str:
    if change.base_revenue_kopecks is None:
        return NOT_COMPARABLE
    return percent_change(figures.revenue_kopecks, change.base_revenue_kopecks)


def _profit_change(figures: Figures, change: Change, style: MoneyStyle) -> str:
    """Return the change in words: behind «прибыль», «−3 367 ₽» reads as a loss and «0 ₽» as no profit at all."""
    difference = change.profit_difference_kopecks
    before = f" {BEFORE_FIXED}" if figures.fixed_costs is Known.NOTHING else ""
    if difference is None:
        return f"прибыль{before} {NOT_COMPARABLE}"
    was_loss = figures.profit_kopecks - difference < 0
    is_loss = figures.profit_kopecks < 0 and was_loss
    word, same = ("убыток", "тот же") if is_loss else ("прибыль", "та же")
    amount = style.text(abs(difference))
    if amount == style.text(0):
        return f"{word}{before} {same}"
    is_more = (difference > 0) is not is_loss
    return f"{word}{before} {'больше' if is_more else 'меньше'} на{NO_BREAK_SPACE}{amount}"


def _unlike_lines(change: Change, names: Mapping[int, str]) -> list[str]:
    """Return which branches only the former period has, and which only this one."""
    lines = []
    if change.only_then:
        more = f"{plural(len(change.only_then), 'работал', 'работали', 'работали')} ещё"
        worked = f"работал и{NO_BREAK_SPACE}филиал" if len(change.only_then) == 1 else more
        lines.append(f"• тогда {worked} {_named(change.only_then, names, ('филиал', 'филиала', 'филиалов'))}")
    if change.only_now:
        of = "филиала " if len(change.only_now) == 1 else ""
        lines.append(f"• тогда не было цифр {of}{_named(change.only_now, names, ('филиала', 'филиалов', 'филиалов'))}")
    return lines


def _named(branch_ids: Collection[int], names: Mapping[int, str], forms: tuple[str, str, str]) -> str:
    """Return a few branches by name, of many only how many there are; ``forms`` as ``counted`` takes them."""
    quoted = [f"«{value(shortened(name, _NAME_WIDTH))}»" for name in sorted(names[each] for each in branch_ids)]
    if len(quoted) == 1:
        return quoted[0]
    how_many = counted(len(quoted), *forms)
    return f"{how_many}: {', '.join(quoted)}" if len(quoted) <= _NAMED_BRANCHES else how_many
