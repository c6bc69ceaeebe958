"""The example of docs/numbers.md: its rows, through the query and the messages, give the report that it shows."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from sancrm_notifications.notifications.profitability.messages import Options, messages
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from tests.include.sql.queries import create_tables, insert, run
from tests.notifications.profitability.query_rows import NO_DOUBTS
from tests.tdlib import shown_text

if TYPE_CHECKING:
    from tests.conftest import Databases

DOCUMENT = Path(__file__).parents[3] / "docs" / "numbers.md"
FRIDAY = Period.containing(Kind.DAILY, date(2026, 11, 20), "Europe/Moscow")
SATURDAY = date(2026, 11, 21)
DAYS = (
    # day, repairs' revenue and parts cost, one rental's revenue
    ("2026-11-20", [(5000, 1700)] * 6 + [(8450, 1780)], 2400),
    ("2026-11-13", [(5000, 1700)] * 5 + [(9605, 2282)], 2160),
)


def fill(connection: psycopg.Connection[Any]) -> None:
    """Insert the orders and costs of the example."""
    insert(connection, "branches", {"branch_id": 1, "name": "Центральный"})
    insert(connection, "fixed_costs", {"branch_id": 1, "month": "2026-11-01", "amount": 185_000})
    for number, (day, repairs, rental) in enumerate(DAYS):
        completed = {"branch_id": 1, "completed_at": f"{day}T12:00:00+03:00"}
        for position, (revenue, parts_cost) in enumerate(repairs, 10 * number):
            insert(
                connection, "repairs", completed | {"repair_id": position, "revenue": revenue, "parts_cost": parts_cost}
            )
        for position in range(10 * number, 10 * number + 3):
            insert(connection, "rentals", completed | {"rental_id": position, "revenue": rental})


def test_the_document_shows_the_report_that_its_rows_give(databases: Databases) -> None:
    conninfo = databases.create(databases.template("reporting_tables", create_tables))
    with psycopg.connect(conninfo, row_factory=dict_row) as connection:
        fill(connection)
        rows = list(run(connection, "profitability", query_parameters(FRIDAY.computed())))
    report = shown_text(messages(FRIDAY, rows, NO_DOUBTS, Options(written_on=SATURDAY))[0].html).replace("\u00a0", " ")
    example = re.search(r"```text\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    assert example[1] == report
