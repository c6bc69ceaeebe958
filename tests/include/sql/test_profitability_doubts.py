"""What ``profitability_doubts.sql`` counts about the reported period."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.include.sql.queries import insert, run

if TYPE_CHECKING:
    import psycopg

    Source = psycopg.Connection[dict[str, Any]]

WEEK = {  # 28 September to 4 October in Moscow: two months
    "period_start": "2026-09-27T21:00:00+00:00",
    "period_end": "2026-10-04T21:00:00+00:00",
    "first_on": "2026-09-28",
    "last_on": "2026-10-04",
    "as_of": "2026-10-05T06:00:00+00:00",
}
FIRST_INSTANT, LAST_INSTANT = "2026-09-27T21:00:00Z", "2026-10-04T20:59:59.999999Z"
OUTSIDE = ["2026-09-27T20:59:59.999999Z", "2026-10-04T21:00:00Z"]


def doubts(source: Source) -> dict[str, Any]:
    rows = run(source, "profitability_doubts", WEEK)
    assert len(rows) == 1
    return rows[0]


def repair(repair_id: int, completed_at: str, **values: Any) -> dict[str, Any]:
    return {"repair_id": repair_id, "branch_id": 7, "completed_at": completed_at, "revenue": "1", **values}


def test_a_source_without_rows_has_nothing_to_doubt_and_no_movement(source: Source) -> None:
    assert doubts(source) == {
        "negative_repairs": 0,
        "negative_rentals": 0,
        "negative_fixed_costs": 0,
        "unknown_branch_rows": 0,
        "newest_movement_at": None,
    }


def test_negative_amounts_of_the_period_are_counted(source: Source) -> None:
    insert(source, "branches", {"branch_id": 7, "name": "Север"})
    insert(
        source,
        "repairs",
        repair(1, FIRST_INSTANT, revenue="-0.01"),
        repair(2, LAST_INSTANT, parts_cost="-5.00"),
        repair(3, LAST_INSTANT, revenue="-1.00", parts_cost="-1.00"),
        repair(4, LAST_INSTANT, revenue="0.00", parts_cost=None),
        *(repair(5 + n, at, revenue="-1.00") for n, at in enumerate(OUTSIDE)),
    )
    insert(
        source,
        "rentals",
        {"rental_id": 1, "branch_id": 7, "completed_at": FIRST_INSTANT, "revenue": "-1.00"},
        {"rental_id": 2, "branch_id": 7, "completed_at": LAST_INSTANT, "revenue": None},
        *({"rental_id": 3, "branch_id": 7, "completed_at": at, "revenue": "-1.00"} for at in OUTSIDE),
    )
    insert(
        source,
        "fixed_costs",
        {"branch_id": 7, "month": "2026-09-01", "amount": "-1.00"},
        {"branch_id": None, "month": "2026-10-01", "amount": "-1.00"},
        {"branch_id": 7, "month": "2026-08-01", "amount": "-1.00"},
        {"branch_id": 7, "month": "2026-11-01", "amount": "-1.00"},
    )

    row = doubts(source)

    counts = (row["negative_repairs"], row["negative_rentals"], row["negative_fixed_costs"])
    assert counts == (3, 1, 2)
    assert row["unknown_branch_rows"] == 0


def test_rows_of_an_unknown_branch_are_counted_but_not_rows_of_none(source: Source) -> None:
    insert(source, "branches", {"branch_id": 7, "name": "Север"})
    for number, branch_id in enumerate([7, None, 99]):
        insert(source, "repairs", repair(number, LAST_INSTANT, branch_id=branch_id))
        insert(source, "rentals", {"rental_id": number, "branch_id": branch_id, "completed_at": LAST_INSTANT})
        insert(source, "fixed_costs", {"branch_id": branch_id, "month": "2026-10-01", "amount": "1.00"})
        insert(source, "repairs", repair(10 + number, OUTSIDE[0], branch_id=branch_id))

    assert doubts(source)["unknown_branch_rows"] == 3


@pytest.mark.parametrize(
    ("relation", "column"),
    [
        ("repairs", "created_at"),
        ("repairs", "completed_at"),
        ("rentals", "started_at"),
        ("rentals", "completed_at"),
    ],
)
def test_the_newest_movement_is_found_in_every_relation_but_not_in_the_future(
    source: Source, relation: str, column: str
) -> None:
    key = {"repairs": "repair_id", "rentals": "rental_id"}[relation]
    old = "2026-01-01T00:00:00Z"
    insert(source, "repairs", {"repair_id": 100, "created_at": old, "completed_at": old})
    insert(source, "rentals", {"rental_id": 100, "started_at": old, "completed_at": old})
    insert(source, relation, {key: 1, column: WEEK["as_of"]}, {key: 2, column: "2026-10-05T06:00:00.000001Z"})

    assert doubts(source)["newest_movement_at"] == datetime(2026, 10, 5, 6, tzinfo=UTC)


def test_a_crm_without_a_book_of_backups_is_looked_at_all_the_same(source: Source) -> None:
    source.execute("drop table reporting.backups")

    assert doubts(source)["newest_movement_at"] is None
