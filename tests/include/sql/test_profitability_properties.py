"""On random data the query agrees with the oracle, and what is shown adds up to the kopeck."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from tests.include.sql.oracle import Data, days_of, figures, kopecks, share_kopecks
from tests.include.sql.queries import insert, run

if TYPE_CHECKING:
    import psycopg

    Source = psycopg.Connection[dict[str, Any]]

ADDABLE = [
    "repairs_count",
    "rentals_count",
    "repair_revenue_kopecks",
    "rental_revenue_kopecks",
    "parts_cost_kopecks",
    "repairs_without_cost",
    "repairs_without_revenue",
    "rentals_without_revenue",
    "fixed_costs_kopecks",
]
BRANCH_IDS = [None, 1, 2, 3, 99]  # 99 is in no branches
# Each with a day whose clock changes: none, in the small hours both ways, at midnight itself both ways.
ZONES_AND_DAYS = [
    ("Europe/Moscow", date(2026, 11, 20)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Santiago", date(2026, 9, 6)),
]
EDGES = [timedelta(microseconds=-1), timedelta(0), timedelta(microseconds=1), timedelta(hours=1), timedelta(hours=-1)]

# The same example database serves all examples: each takes back its own rows.
bounded = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

amounts = st.decimals(min_value=-10_000, max_value=1_000_000, places=2)


def local_midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)


@st.composite
def data_around(draw: st.DrawFn, period: Period) -> Data:
    """Rows at and near the edges of the period's days, and of the days the comparison starts and ends on."""
    days = st.integers(-8, (period.last_on - period.first_on).days + 2).map(
        lambda n: period.first_on + timedelta(days=n)
    )
    instants = st.builds(lambda day, edge: local_midnight(day, period.time_zone) + edge, days, st.sampled_from(EDGES))
    repairs = st.fixed_dictionaries(
        {
            "branch_id": st.sampled_from(BRANCH_IDS),
            "completed_at": st.none() | instants,
            "revenue": st.none() | amounts,
            "parts_cost": st.none() | amounts,
        }
    )
    rentals = st.fixed_dictionaries(
        {
            "branch_id": st.sampled_from(BRANCH_IDS),
            "completed_at": st.none() | instants,
            "revenue": st.none() | amounts,
        }
    )
    fixed_costs = st.fixed_dictionaries(
        {
            "branch_id": st.sampled_from(BRANCH_IDS),
            "month": days.map(lambda day: day.replace(day=1)),
            "amount": amounts,
        }
    )
    return Data(
        branches=[
            {"branch_id": n, "name": f"B{n}", "code_prefix": f"{n}", "is_active": draw(st.booleans())}
            for n in (1, 2, 3)
        ],
        repairs=draw(st.lists(repairs, max_size=12)),
        rentals=draw(st.lists(rentals, max_size=6)),
        fixed_costs=draw(st.lists(fixed_costs, max_size=6)),
    )


def fill(source: Source, data: Data) -> None:
    insert(source, "branches", *data.branches)
    insert(source, "repairs", *({"repair_id": n, **row} for n, row in enumerate(data.repairs)))
    insert(source, "rentals", *({"rental_id": n, **row} for n, row in enumerate(data.rentals)))
    insert(source, "fixed_costs", *({"item": f"{n}", **row} for n, row in enumerate(data.fixed_costs)))


def totals(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Add up everything shown, by name of period."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ADDABLE, 0))
    for row in rows:
        for name in ADDABLE:
            sums[row["period_name"]][name] += row[name] or 0
    return sums


@pytest.mark.parametrize("kind", [Kind.WEEKLY, Kind.MONTHLY])
@pytest.mark.parametrize(("time_zone", "day"), ZONES_AND_DAYS)
def test_figures_agree_with_the_oracle_and_add_up(source: Source, kind: Kind, time_zone: str, day: date) -> None:
    period = Period.containing(kind, day, time_zone)
    days = {one.key: one for one in period.days}
    periods = {**period.computed(), **days}

    @bounded
    @given(data=data_around(period))
    def check(data: Data) -> None:
        with source.transaction(force_rollback=True):
            fill(source, data)
            rows = list(run(source, "profitability", query_parameters(periods)))

        assert rows == figures(data, periods)

        shown = totals(rows)
        assert {name: sum(shown[one][name] for one in days) for name in ADDABLE} == shown["reported"]
        assert shown["reported"] == _network(data, period)

    check()


def _network(data: Data, period: Period) -> dict[str, int]:
    """Add up the rows of the period whatever their branch, fixed costs of whole months as they are."""
    repairs = [row for row in data.repairs if _lies_in(row["completed_at"], period)]
    rentals = [row for row in data.rentals if _lies_in(row["completed_at"], period)]
    sums = {
        "repairs_count": len(repairs),
        "rentals_count": len(rentals),
        "repair_revenue_kopecks": kopecks(sum((row["revenue"] or Decimal(0) for row in repairs), Decimal(0))),
        "rental_revenue_kopecks": kopecks(sum((row["revenue"] or Decimal(0) for row in rentals), Decimal(0))),
        "parts_cost_kopecks": kopecks(sum((row["parts_cost"] or Decimal(0) for row in repairs), Decimal(0))),
        "repairs_without_cost": sum(row["parts_cost"] is None for row in repairs),
        "repairs_without_revenue": sum(row["revenue"] is None for row in repairs),
        "rentals_without_revenue": sum(row["revenue"] is None for row in rentals),
    }
    if period.kind is Kind.MONTHLY:
        costs = [row["amount"] for row in data.fixed_costs if row["month"] == period.first_on]
        return {**sums, "fixed_costs_kopecks": kopecks(sum(costs, Decimal(0)))}
    shares = [
        share_kopecks(row["amount"], day)
        for day in days_of(period)
        for row in data.fixed_costs
        if row["month"] == day.replace(day=1)
    ]
    return {**sums, "fixed_costs_kopecks": sum(shares)}


def _lies_in(instant: datetime | None, period: Period) -> bool:
    return instant is not None and period.start <= instant < period.end


@pytest.mark.parametrize("month", [date(2026, 2, 1), date(2028, 2, 1), date(2026, 4, 1), date(2026, 10, 1)])
def test_the_days_of_a_month_add_up_to_each_fixed_cost(source: Source, month: date) -> None:
    period = Period.containing(Kind.MONTHLY, month, "Europe/Moscow")
    days = {day.key: day for day in period.days}

    @bounded
    @given(rows=st.lists(st.decimals(-(10**12) + 1, 10**12 - 1, places=2), min_size=1, max_size=20))
    def check(rows: list[Decimal]) -> None:
        with source.transaction(force_rollback=True):
            for branch_id, amount in enumerate(rows):
                insert(source, "branches", {"branch_id": branch_id, "name": "B"})
                insert(source, "fixed_costs", {"branch_id": branch_id, "month": month, "amount": amount})
            result = run(source, "profitability", query_parameters({"reported": period, **days}))

        by_days = [0] * len(rows)
        for row in result:
            if row["period_name"] != "reported":
                by_days[row["branch_id"]] += row["fixed_costs_kopecks"]
        assert len(result) == (1 + len(days_of(period))) * len(rows)
        assert by_days == [kopecks(amount) for amount in rows]
        assert by_days == [row["fixed_costs_kopecks"] for row in result[: len(rows)]]

    check()
