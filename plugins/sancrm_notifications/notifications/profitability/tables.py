"""The tables of a profitability report: the days of a week, the branches of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.notifications.profitability.figures import Figures, Known
from sancrm_notifications.notifications.profitability.lines import NONE, margin_text
from sancrm_notifications.notifications.profitability.notes import INCOMPLETE_MARK
from sancrm_notifications.text.layout import Row, Table
from sancrm_notifications.text.russian import WEEKDAYS

if TYPE_CHECKING:
    from sancrm_notifications.notifications.profitability.figures import Network, Subject
    from sancrm_notifications.text.money import MoneyStyle

NETWORK_NAME = "Вся сеть"
ROW_NAMES = {"no_branch": "Без филиала", "network": "Общие расходы сети"}


def days_table(subject: Subject, style: MoneyStyle) -> Table:
    """Return revenue and profit of each day of the week."""
    days = {day: figures or Figures(fixed_costs=Known.FULLY) for day, figures in subject.days.items()}
    marks = _marks(list(days.values()))
    rows = tuple(
        Row(
            name=f"{WEEKDAYS[day.weekday()].capitalize()} {day.day}",
            cells=(style.number(figures.revenue_kopecks), style.number(figures.profit_kopecks) + mark),
        )
        for (day, figures), mark in zip(days.items(), marks, strict=True)
    )
    return Table(_caption("По дням", list(days.values())), ("День", "Выручка", "Прибыль"), rows)


def branches_table(network: Network, names: dict[int, str], style: MoneyStyle) -> Table:
    """Return revenue, profit and margin of each row of the network, and their total."""
    marks = _marks([subject.figures for subject in network.subjects])
    rows = [
        _row(subject, row_name(subject, names), mark, style)
        for subject, mark in zip(network.subjects, marks, strict=True)
    ]
    total_mark = INCOMPLETE_MARK if INCOMPLETE_MARK in marks else "".join(set(marks))
    total = _row(network.whole, NETWORK_NAME, total_mark, style, is_total=True)
    caption = _caption("По филиалам", [subject.figures for subject in network.subjects])
    return Table(caption, ("Филиал", "Выручка", "Прибыль", "Маржа"), (*rows, total))


def row_name(subject: Subject, names: dict[int, str]) -> str:
    """Return what a row of the network is called."""
    return ROW_NAMES[subject.kind] if subject.branch_id is None else names[subject.branch_id]


def has_marks(table: Table) -> bool:
    """Tell whether some rows are marked as incomplete, so that the mark needs explaining."""
    return any(cell.endswith(INCOMPLETE_MARK) for row in table.rows for cell in row.cells)


def _row(subject: Subject, name: str, mark: str, style: MoneyStyle, *, is_total: bool = False) -> Row:
    figures = subject.figures
    # The network's own row has costs alone: a revenue of 0,00 would read as one that somebody has counted.
    is_costs = subject.kind == "network"
    revenue, profit = (
        NONE if is_costs and not kopecks else style.number(kopecks)
        for kopecks in (figures.revenue_kopecks, figures.profit_kopecks)
    )
    return Row(name, (revenue, profit + mark, margin_text(figures)), subject.branch_id, is_total)


def _caption(words: str, figures: list[Figures]) -> str:
    """Return the table's caption, which says so when no row's profit has fixed costs in it."""
    if figures and all(row.fixed_costs is Known.NOTHING for row in figures):
        return f"{words}, ₽; прибыль до постоянных расходов"
    return f"{words}, ₽"


def _marks(figures: list[Figures]) -> list[str]:
    """Mark the incomplete ones, if they differ from the rest; a blank keeps the digits in line."""
    is_incomplete = [row.fixed_costs is not Known.FULLY for row in figures]
    if all(is_incomplete) or not any(is_incomplete):
        return [""] * len(figures)
    return [INCOMPLETE_MARK if incomplete else " " for incomplete in is_incomplete]
