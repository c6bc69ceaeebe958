"""The sentences of a profitability report: revenue, costs, profit, counts, comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.notifications.profitability.figures import Figures, Known
from sancrm_notifications.text.markup import bold
from sancrm_notifications.text.money import KOPECKS_IN_ROUBLE, MoneyStyle, divide, percent, percent_change
from sancrm_notifications.text.russian import compared_to_text, counted

if TYPE_CHECKING:
    from sancrm_notifications.notifications.profitability.figures import Change, Subject
    from sancrm_notifications.schedule.periods import Period

NOT_COMPARABLE = "н/д"
NO_MARGIN = "—"
BEFORE_FIXED = "до постоянных расходов"


def revenue_lines(figures: Figures, style: MoneyStyle) -> tuple[str, ...]:
    """Return the revenue: total, repairs, rentals."""
    return (
        f"Выручка: {bold(style.text(figures.revenue_kopecks))}",
        f"• ремонты: {style.text(figures.repair_revenue_kopecks)}",
        f"• прокат: {style.text(figures.rental_revenue_kopecks)}",
    )


def cost_lines(figures: Figures, style: MoneyStyle) -> tuple[str, ...]:
    """Return the costs; where one kind is wholly unknown there is no total to show."""
    parts = None if _no_parts_cost_known(figures) else figures.parts_cost_kopecks
    fixed = figures.fixed_costs_kopecks
    if fixed is None and figures.fixed_costs is Known.FULLY:
        fixed = 0
    has_total = parts is not None and fixed is not None
    return (
        f"Расходы: {bold(style.text((parts or 0) + (fixed or 0)))}" if has_total else "Расходы:",
        f"• переменные (запчасти): {_known_text(parts, style)}",
        f"• постоянные: {_known_text(fixed, style)}",
    )


def _no_parts_cost_known(figures: Figures) -> bool:
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
        return NO_MARGIN
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


def change_lines(subject: Subject, period: Period, style: MoneyStyle) -> tuple[str, ...]:
    """Return one line for each period the report is compared with."""
    before = f" {BEFORE_FIXED}" if subject.figures.fixed_costs is Known.NOTHING else ""
    return tuple(
        f"{compared_to_text(base)}: выручка {_revenue_change(subject.figures, subject.changes[name])}, "
        f"прибыль{before} {_profit_change(subject.changes[name], style)}"
        for name, base in period.comparisons().items()
    )


def _revenue_change(figures: Figures, change: Change) -> str:
    if change.base_revenue_kopecks is None:
        return NOT_COMPARABLE
    return percent_change(figures.revenue_kopecks, change.base_revenue_kopecks)


def _profit_change(change: Change, style: MoneyStyle) -> str:
    if change.profit_difference_kopecks is None:
        return NOT_COMPARABLE
    return style.difference(change.profit_difference_kopecks)
