"""The figures of a period computed a second time, row by row in Python, to hold the query against.

Source: docs/numbers.md. Nothing is shared with the query: a row belongs to a
period by its local day, not by instants, and fixed costs are added up day by day.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.schedule.periods import Period

Row = dict[str, Any]


@dataclass
class Data:
    """Rows of the relations, as they would be inserted."""

    branches: list[Row] = field(default_factory=list)
    repairs: list[Row] = field(default_factory=list)
    rentals: list[Row] = field(default_factory=list)
    fixed_costs: list[Row] = field(default_factory=list)


def kopecks(amount: Decimal | None) -> int:
    """Return an amount in kopecks, an unknown one as 0."""
    return int((amount or Decimal(0)) * 100)


def share_kopecks(amount: Decimal, day: date) -> int:
    """Return what one day gets of its month's amount, in kopecks."""
    length = calendar.monthrange(day.year, day.month)[1]

    def rounded(days: int) -> int:
        return int((amount * 100 * days / length).quantize(Decimal(1), ROUND_HALF_UP))

    return rounded(day.day) - rounded(day.day - 1)


def days_of(period: Period) -> list[date]:
    """Return every local day of the period."""
    return [period.first_on + timedelta(days=n) for n in range((period.last_on - period.first_on).days + 1)]


def figures(data: Data, periods: dict[str, Period]) -> list[Row]:
    """Return what ``profitability.sql`` must return for these periods, in its order."""
    return [row for name, period in periods.items() for row in _period_figures(data, name, period)]


def _period_figures(data: Data, name: str, period: Period) -> Iterator[Row]:
    known = {branch["branch_id"] for branch in data.branches}
    repairs = [row for row in data.repairs if _completed_in(row, period)]
    rentals = [row for row in data.rentals if _completed_in(row, period)]
    months = sorted({day.replace(day=1) for day in days_of(period)})
    costs = [row for row in data.fixed_costs if row["month"] in months]

    for branch in sorted(data.branches, key=lambda branch: (branch["name"], branch["branch_id"])):
        own = branch["branch_id"]
        row = _row(
            period,
            [repair for repair in repairs if repair["branch_id"] == own],
            [rental for rental in rentals if rental["branch_id"] == own],
            [cost for cost in costs if cost["branch_id"] == own],
            months,
        )
        if branch["is_active"] or _has_figures(row):
            yield {"period_name": name, "subject": "branch", **_named(branch), **row}
    row = _row(
        period,
        [repair for repair in repairs if repair["branch_id"] not in known],
        [rental for rental in rentals if rental["branch_id"] not in known],
        [cost for cost in costs if cost["branch_id"] not in known | {None}],
        [],
    )
    if _has_figures(row):
        yield {"period_name": name, "subject": "no_branch", **_named({}), **row}
    row = _row(period, [], [], [cost for cost in costs if cost["branch_id"] is None], months)
    if _has_figures(row):
        yield {"period_name": name, "subject": "network", **_named({}), **row}


def _row(period: Period, repairs: list[Row], rentals: list[Row], costs: list[Row], months: list[date]) -> Row:
    known_months = {cost["month"] for cost in costs}
    shares = [
        share_kopecks(cost["amount"], day)
        for day in days_of(period)
        for cost in costs
        if cost["month"] == day.replace(day=1)
    ]
    return {
        "repairs_count": len(repairs),
        "rentals_count": len(rentals),
        "repair_revenue_kopecks": sum(kopecks(repair["revenue"]) for repair in repairs),
        "rental_revenue_kopecks": sum(kopecks(rental["revenue"]) for rental in rentals),
        "parts_cost_kopecks": sum(kopecks(repair["parts_cost"]) for repair in repairs),
        "repairs_without_cost": sum(repair["parts_cost"] is None for repair in repairs),
        "repairs_without_revenue": sum(repair["revenue"] is None for repair in repairs),
        "rentals_without_revenue": sum(rental["revenue"] is None for rental in rentals),
        "fixed_costs_kopecks": sum(shares) if costs else None,
        "months_without_fixed_costs": [month.isoformat() for month in months if month not in known_months],
    }


def _named(branch: Row) -> Row:
    return {
        "branch_id": branch.get("branch_id"),
        "branch_name": branch.get("name"),
        "code_prefix": branch.get("code_prefix"),
        "is_active": branch.get("is_active"),
    }


def _has_figures(row: Row) -> bool:
    return bool(row["repairs_count"] or row["rentals_count"] or row["fixed_costs_kopecks"])


def _completed_in(row: Row, period: Period) -> bool:
    completed_at: datetime | None = row["completed_at"]
    if completed_at is None:
        return False
    return period.first_on <= completed_at.astimezone(ZoneInfo(period.time_zone)).date() <= period.last_on
