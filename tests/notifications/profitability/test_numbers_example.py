"""The example of docs/numbers.md: its rows, through the query and the messages, give the report that it shows."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from sancrm_notifications.notifications.profitability.like_periods import like_periods
from sancrm_notifications.notifications.profitability.messages import Options, messages
from sancrm_notifications.notifications.profitability.unusual import unusual
from sancrm_notifications.notifications.profitability.unusual_lines import network_lines
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from sancrm_notifications.schedule.working_days import Calendar
from tests.include.sql.queries import create_tables, insert, run
from tests.notifications.profitability.query_rows import NO_DOUBTS, NOTHING, branch_row
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


def test_the_document_shows_the_range_that_its_wednesdays_give() -> None:
    example = " ".join(DOCUMENT.read_text(encoding="utf-8").split())
    said = re.search(r"Калуга took (.*?) thousand roubles with (\d+) orders each", example)
    line = re.search("«(Калуга: выручка 4 100 ₽.*?)»", example)
    assert said
    assert line
    wednesday = Period.containing(Kind.DAILY, date(2026, 11, 18), "Europe/Moscow")
    like = like_periods(wednesday, Calendar("RU"))
    thousands = list(map(int, re.findall(r"\d+", said[1])))
    history = [
        branch_row(1, "Калуга", period.key, **_took(taken * 1000, int(said[2])))
        for period, taken in zip(like.like, thousands, strict=True)
    ]
    found = unusual([branch_row(1, "Калуга", **_took(4_100, 60))], history, like)
    assert [each.replace("\u00a0", " ") for each in network_lines(found, {1: "Калуга"}, wednesday)] == [f"• {line[1]}"]


def _took(roubles: int, orders: int) -> dict[str, Any]:
    return NOTHING | {"rentals_count": orders, "rental_revenue_kopecks": roubles * 100}


def test_the_document_shows_the_report_that_its_rows_give(databases: Databases) -> None:
    conninfo = databases.create(databases.template("reporting_tables", create_tables))
    with psycopg.connect(conninfo, row_factory=dict_row) as connection:
        fill(connection)
        rows = list(run(connection, "profitability", query_parameters(FRIDAY.computed())))
    report = shown_text(messages(FRIDAY, rows, NO_DOUBTS, Options(written_on=SATURDAY))[0].html).replace("\u00a0", " ")
    example = re.search(r"```text\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    assert example[1] == report
