"""The history that usual ranges are taken from says of each period and branch what the report's own query says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from tests.include.sql.queries import insert, run

if TYPE_CHECKING:
    import psycopg

FIGURES = (
    "repairs_count",
    "rentals_count",
    "repair_revenue_kopecks",
    "rental_revenue_kopecks",
    "parts_cost_kopecks",
    "repairs_without_cost",
    "repairs_without_revenue",
    "rentals_without_revenue",
)
DAYS = [Period.containing(Kind.DAILY, date(2026, 11, day), "Europe/Moscow") for day in (18, 11, 4)]
PERIODS = {day.key: day for day in DAYS}
INSTANTS = (  # the edges of the first day, and within others
    "2026-11-17T21:00:00Z",
    "2026-11-17T20:59:59.999999Z",
    "2026-11-18T20:59:59.999999Z",
    "2026-11-18T21:00:00Z",
    "2026-11-11T09:00:00Z",
    "2026-11-04T09:00:00Z",
)


def test_it_agrees_with_the_report_about_every_branch_that_completed_anything(
    source: psycopg.Connection[dict[str, Any]],
) -> None:
    insert(source, "branches", *({"branch_id": n, "name": f"Филиал {n}"} for n in (1, 2, 3)))
    for number, at in enumerate(INSTANTS):
        for branch_id, revenue in ((1, "1200.50"), (1, None), (2, "-3.01"), (None, "7")):
            order = {"branch_id": branch_id, "completed_at": at, "revenue": revenue}
            row_id = 10 * number + 2 * (branch_id or 0) + (revenue is None)
            insert(source, "repairs", order | {"repair_id": row_id, "parts_cost": None if number % 2 else "1.01"})
            if branch_id != 2:
                insert(source, "rentals", order | {"rental_id": row_id})
    insert(source, "repairs", {"repair_id": 900, "branch_id": 3, "completed_at": None})

    report = run(source, "profitability", query_parameters(PERIODS))
    history = run(source, "profitability_history", query_parameters(PERIODS))

    assert _told(history) == _told(report)
    assert len(history) == 9  # three branches' worth on each of three days, one of them «none»
    assert [row["period_name"] for row in history][::3] == list(PERIODS)


def _told(rows: Any) -> dict[tuple[str, int | None], tuple[int, ...]]:
    figures = {(row["period_name"], row["branch_id"]): tuple(row[name] for name in FIGURES) for row in rows}
    return {key: values for key, values in figures.items() if any(values)}
