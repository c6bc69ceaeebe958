"""The figures of ``profitability.sql``, case by case: rows that go in, rows that come out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from tests.include.sql.queries import insert, run

if TYPE_CHECKING:
    import psycopg

    Source = psycopg.Connection[dict[str, Any]]

FRIDAY = Period.containing(Kind.DAILY, date(2026, 11, 20), "Europe/Moscow")
AT_NOON = "2026-11-20T12:00:00+03:00"
NORTH = {"branch_id": 7, "name": "Север", "code_prefix": "С"}

EMPTY = {
    "repairs_count": 0,
    "rentals_count": 0,
    "repair_revenue_kopecks": 0,
    "rental_revenue_kopecks": 0,
    "parts_cost_kopecks": 0,
    "repairs_without_cost": 0,
    "repairs_without_revenue": 0,
    "rentals_without_revenue": 0,
    "fixed_costs_kopecks": None,
}


def repair(completed_at: str, revenue: str | None = "1000.00", **values: Any) -> dict[str, Any]:
    return {"repair_id": 1, "branch_id": 7, "completed_at": completed_at, "revenue": revenue, **values}


def compute(source: Source, *periods: Period) -> list[dict[str, Any]]:
    """Run the query over periods named by their keys."""
    named = {period.key: period for period in periods}
    return list(run(source, "profitability", query_parameters(named)))


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


def figures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in EMPTY}


def test_a_usual_day(source: Source) -> None:
    insert(source, "branches", NORTH)
    insert(
        source,
        "repairs",
        repair(AT_NOON, "2500.50", parts_cost="700.25"),
        repair(AT_NOON, "1499.50", repair_id=2, parts_cost=None),
        repair(AT_NOON, None, repair_id=3, parts_cost="10.00"),
    )
    insert(
        source,
        "rentals",
        {"rental_id": 1, "branch_id": 7, "completed_at": AT_NOON, "revenue": "800.00"},
        {"rental_id": 2, "branch_id": 7, "completed_at": AT_NOON, "revenue": None},
    )
    insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-11-01", "amount": "300000.00"})

    assert only(compute(source, FRIDAY)) == {
        "period_name": "2026-11-20",
        "subject": "branch",
        "branch_id": 7,
        "branch_name": "Север",
        "code_prefix": "С",
        "is_active": True,
        "repairs_count": 3,
        "rentals_count": 2,
        "repair_revenue_kopecks": 400000,
        "rental_revenue_kopecks": 80000,
        "parts_cost_kopecks": 71025,
        "repairs_without_cost": 1,
        "repairs_without_revenue": 1,
        "rentals_without_revenue": 1,
        "fixed_costs_kopecks": 1000000,
        "months_without_fixed_costs": [],
    }


def test_an_active_branch_is_reported_on_an_empty_day(source: Source) -> None:
    insert(source, "branches", NORTH)

    row = only(compute(source, FRIDAY))

    assert figures(row) == EMPTY
    assert row["months_without_fixed_costs"] == ["2026-11-01"]


@pytest.mark.parametrize(
    ("time_zone", "day", "completed_at", "counted"),
    [
        # A day starts with its first instant and ends before the next day's first.
        ("Europe/Moscow", date(2026, 11, 20), "2026-11-19T20:59:59.999999Z", False),
        ("Europe/Moscow", date(2026, 11, 20), "2026-11-19T21:00:00Z", True),
        ("Europe/Moscow", date(2026, 11, 20), "2026-11-20T20:59:59.999999Z", True),
        ("Europe/Moscow", date(2026, 11, 20), "2026-11-20T21:00:00Z", False),
        # 29 March 2026 has 23 hours in Berlin, 25 October has 25.
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T22:59:59.999999Z", False),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00:00Z", True),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T21:59:59.999999Z", True),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T22:00:00Z", False),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T21:59:59.999999Z", False),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00:00Z", True),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-25T22:59:59.999999Z", True),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-25T23:00:00Z", False),
        # In Santiago 6 September 2026 has no midnight: the day starts at 01:00.
        ("America/Santiago", date(2026, 9, 6), "2026-09-06T03:59:59.999999Z", False),
        ("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00:00Z", True),
        ("America/Santiago", date(2026, 9, 6), "2026-09-07T02:59:59.999999Z", True),
        ("America/Santiago", date(2026, 9, 6), "2026-09-07T03:00:00Z", False),
    ],
)
def test_the_local_day_decides(source: Source, time_zone: str, day: date, completed_at: str, counted: bool) -> None:
    insert(source, "branches", NORTH)
    insert(source, "repairs", repair(completed_at))
    insert(source, "rentals", {"rental_id": 1, "branch_id": 7, "completed_at": completed_at, "revenue": "1"})

    row = only(compute(source, Period.containing(Kind.DAILY, day, time_zone)))

    assert (row["repairs_count"], row["rentals_count"]) == ((1, 1) if counted else (0, 0))


def test_what_is_not_completed_does_not_count(source: Source) -> None:
    insert(source, "branches", NORTH)
    insert(source, "repairs", {"repair_id": 1, "branch_id": 7, "completed_at": None, "revenue": "900.00"})
    insert(source, "rentals", {"rental_id": 1, "branch_id": 7, "completed_at": None, "revenue": "900.00"})

    assert figures(only(compute(source, FRIDAY))) == EMPTY


@pytest.mark.parametrize("branch_ids", [[None], [99], [None, 98, 99]], ids=["none", "unknown", "both"])
def test_rows_without_a_known_branch_are_one_row_of_their_own(source: Source, branch_ids: list[int | None]) -> None:
    for number, branch_id in enumerate(branch_ids):
        insert(source, "repairs", repair(AT_NOON, repair_id=number, branch_id=branch_id, parts_cost="1.00"))

    row = only(compute(source, FRIDAY))

    assert row["subject"] == "no_branch"
    assert (row["branch_id"], row["branch_name"], row["is_active"]) == (None, None, None)
    assert row["repairs_count"] == len(branch_ids)
    assert row["repair_revenue_kopecks"] == 100000 * len(branch_ids)
    assert row["parts_cost_kopecks"] == 100 * len(branch_ids)
    assert row["months_without_fixed_costs"] == []


def test_fixed_costs_of_an_unknown_branch_are_without_a_branch_and_of_no_branch_the_networks(
    source: Source,
) -> None:
    insert(
        source,
        "fixed_costs",
        {"branch_id": 99, "month": "2026-11-01", "amount": "30.00"},
        {"branch_id": None, "month": "2026-11-01", "amount": "60.00"},
    )

    rows = compute(source, FRIDAY)

    assert [(row["subject"], row["fixed_costs_kopecks"]) for row in rows] == [
        ("no_branch", 100),
        ("network", 200),
    ]


@pytest.mark.parametrize(
    ("relation", "values"),
    [
        ("repairs", {"repair_id": 1, "completed_at": AT_NOON, "revenue": None}),
        ("rentals", {"rental_id": 1, "completed_at": AT_NOON, "revenue": None}),
        ("fixed_costs", {"month": "2026-11-01", "amount": "30000.00"}),
    ],
    ids=["repairs", "rentals", "fixed_costs"],
)
def test_an_inactive_branch_is_reported_only_with_figures(
    source: Source, relation: str, values: dict[str, Any]
) -> None:
    insert(source, "branches", {**NORTH, "is_active": False})
    assert compute(source, FRIDAY) == []

    insert(source, relation, {"branch_id": 7, **values})

    row = only(compute(source, FRIDAY))
    assert (row["subject"], row["branch_id"], row["is_active"]) == ("branch", 7, False)


@pytest.mark.parametrize(
    ("month", "day", "amount", "share_kopecks"),
    [
        (date(2026, 11, 1), 1, "100.00", 333),
        (date(2026, 11, 1), 2, "100.00", 334),
        (date(2026, 11, 1), 30, "100.00", 333),
        (date(2026, 10, 1), 31, "3100.00", 10000),
        (date(2026, 2, 1), 28, "2800.00", 10000),
        (date(2028, 2, 1), 29, "2900.00", 10000),
        # Half a kopeck goes away from zero: 1 * 15 / 30 becomes 1, and -1 * 15 / 30 becomes -1.
        (date(2026, 11, 1), 14, "0.01", 0),
        (date(2026, 11, 1), 15, "0.01", 1),
        (date(2026, 11, 1), 16, "0.01", 0),
        (date(2026, 11, 1), 14, "-0.01", 0),
        (date(2026, 11, 1), 15, "-0.01", -1),
        (date(2026, 11, 1), 16, "-0.01", 0),
        (date(2026, 11, 1), 1, "0.15", 1),
        (date(2026, 11, 1), 2, "0.15", 0),
        (date(2026, 11, 1), 1, "-0.15", -1),
        (date(2026, 11, 1), 2, "-0.15", 0),
        (date(2026, 10, 1), 1, "999999999999.99", 3225806451613),
    ],
)
def test_a_days_share_of_a_fixed_cost(source: Source, month: date, day: int, amount: str, share_kopecks: int) -> None:
    insert(source, "branches", NORTH)
    insert(source, "fixed_costs", {"branch_id": 7, "month": month, "amount": amount})

    row = only(compute(source, Period.containing(Kind.DAILY, month.replace(day=day), "Europe/Moscow")))

    assert row["fixed_costs_kopecks"] == share_kopecks


def test_each_fixed_cost_is_rounded_by_itself(source: Source) -> None:
    insert(source, "branches", NORTH)
    for item in ("Аренда", "Связь"):
        insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-11-01", "item": item, "amount": "0.15"})

    row = only(compute(source, Period.containing(Kind.DAILY, date(2026, 11, 1), "Europe/Moscow")))

    assert row["fixed_costs_kopecks"] == 2


def test_narrower_types_that_lose_nothing_are_as_good(source: Source) -> None:
    source.execute("alter table reporting.repairs alter branch_id type smallint, alter revenue type integer")
    source.execute("alter table reporting.fixed_costs alter branch_id type smallint, alter amount type integer")
    insert(source, "branches", NORTH)
    insert(source, "repairs", repair(AT_NOON, "2000000000"), repair(AT_NOON, "2000000000", repair_id=2))
    insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-11-01", "amount": "1500000000"})

    row = only(compute(source, FRIDAY))

    assert row["repair_revenue_kopecks"] == 400_000_000_000
    assert row["fixed_costs_kopecks"] == 5_000_000_000


def test_a_week_over_two_months_takes_its_days_of_each(source: Source) -> None:
    insert(source, "branches", NORTH)
    insert(
        source,
        "fixed_costs",
        {"branch_id": 7, "month": "2026-09-01", "amount": "3000.00"},
        {"branch_id": 7, "month": "2026-10-01", "amount": "6200.00"},
    )

    week = Period.containing(Kind.WEEKLY, date(2026, 9, 30), "Europe/Moscow")

    row = only(compute(source, week))
    assert row["fixed_costs_kopecks"] == 3 * 10000 + 4 * 20000
    assert row["months_without_fixed_costs"] == []


def test_months_known_in_part_are_named_on_every_level(source: Source) -> None:
    insert(source, "branches", NORTH, {"branch_id": 8, "name": "Юг"})
    insert(
        source,
        "fixed_costs",
        {"branch_id": 7, "month": "2026-09-01", "amount": "3000.00"},
        {"branch_id": None, "month": "2026-10-01", "amount": "3100.00"},
        {"branch_id": 99, "month": "2026-10-01", "amount": "3100.00"},
    )

    rows = compute(source, Period.containing(Kind.WEEKLY, date(2026, 9, 30), "Europe/Moscow"))

    gaps = {
        row["branch_name"] or row["subject"]: (row["fixed_costs_kopecks"], row["months_without_fixed_costs"])
        for row in rows
    }
    assert gaps == {
        "Север": (30000, ["2026-10-01"]),
        "Юг": (None, ["2026-09-01", "2026-10-01"]),
        "no_branch": (40000, []),
        "network": (40000, ["2026-09-01"]),
    }


def test_a_known_zero_is_not_no_data(source: Source) -> None:
    insert(source, "branches", NORTH)
    insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-11-01", "amount": "0.00"})

    row = only(compute(source, FRIDAY))

    assert row["fixed_costs_kopecks"] == 0
    assert row["months_without_fixed_costs"] == []


def test_an_unknown_amount_leaves_its_month_unknown(source: Source) -> None:
    source.execute("alter table reporting.fixed_costs alter amount drop not null")
    insert(source, "branches", NORTH)
    insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-11-01", "amount": None})

    row = only(compute(source, FRIDAY))

    assert row["fixed_costs_kopecks"] is None
    assert row["months_without_fixed_costs"] == ["2026-11-01"]


def test_rows_stand_by_period_then_subject_then_name_then_id(source: Source) -> None:
    insert(
        source,
        "branches",
        {"branch_id": 3, "name": "Б"},
        {"branch_id": 2, "name": "Б"},
        {"branch_id": 9, "name": "А"},
    )
    insert(source, "repairs", repair(AT_NOON, branch_id=None))
    insert(source, "fixed_costs", {"branch_id": None, "month": "2026-11-01", "amount": "30.00"})

    rows = compute(source, FRIDAY, FRIDAY.comparisons()["week_before"])

    assert [(row["period_name"], row["subject"], row["branch_id"]) for row in rows] == [
        ("2026-11-20", "branch", 9),
        ("2026-11-20", "branch", 2),
        ("2026-11-20", "branch", 3),
        ("2026-11-20", "no_branch", None),
        ("2026-11-20", "network", None),
        ("2026-11-13", "branch", 9),
        ("2026-11-13", "branch", 2),
        ("2026-11-13", "branch", 3),
        ("2026-11-13", "network", None),
    ]


def test_the_sessions_own_zone_and_date_style_change_nothing(source: Source) -> None:
    insert(source, "branches", NORTH, {"branch_id": 8, "name": "Юг"})
    insert(source, "repairs", repair("2026-08-31T21:30:00Z"))
    insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-09-01", "amount": "3000.00"})
    september = Period.containing(Kind.MONTHLY, date(2026, 9, 1), "Europe/Moscow")
    expected = compute(source, september)
    assert [row["repairs_count"] for row in expected] == [1, 0]

    source.execute("set local timezone to 'America/Santiago'")  # where 6 September has no midnight
    source.execute("set local datestyle to 'German'")

    assert compute(source, september) == expected
