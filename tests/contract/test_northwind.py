"""Data that nobody here wrote: Northwind through the views of docs/adopting.md, against figures computed from its file.

The file is not part of the repository: a PostgreSQL dump of the Northwind sample database, as published by the project
``northwind_psql``. The environment variable NORTHWIND_SQL says where it is; docs/adopting.md says how to get it.
"""

from __future__ import annotations

import os
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.rows import dict_row

from sancrm_notifications.contract import check
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Databases

ROOT = Path(__file__).parents[2]
NORTHWIND = Path(os.environ.get("NORTHWIND_SQL", ""))
CENT = Decimal("0.01")

# A path that leads nowhere is a mistake, and fails.
pytestmark = pytest.mark.skipif(
    not os.environ.get("NORTHWIND_SQL"),
    reason="NORTHWIND_SQL is not set: docs/adopting.md says how to get the file and run these tests",
)


class Order(NamedTuple):
    """What the dump says of an order; amounts in cents' exactness."""

    shipped_on: str
    revenue: Decimal
    freight: Decimal


def _cents(text: str) -> Decimal:
    """Prices and discounts of the dump are binary floats that were written out: 9.80000019 was 9.80."""
    return Decimal(text).quantize(CENT, ROUND_HALF_UP)


def _orders_of_the_file() -> list[Order]:
    text = NORTHWIND.read_text(encoding="utf-8")
    revenue: dict[str, Decimal] = {}
    for values in re.findall(r"^INSERT INTO order_details VALUES \((.+)\);$", text, re.MULTILINE):
        order_id, _product, price, quantity, discount = values.split(", ")
        line = (_cents(price) * int(quantity) * (1 - _cents(discount))).quantize(CENT, ROUND_HALF_UP)
        revenue[order_id] = revenue.get(order_id, Decimal(0)) + line
    row = r"^INSERT INTO orders VALUES \((\d+), '\w+', \d+, '[\d-]+', '[\d-]+', (?:NULL|'([\d-]+)'), \d, ([\d.]+),"
    rows = re.findall(row, text, re.MULTILINE)
    assert len(rows) == len(revenue) == 830
    return [Order(shipped_on, revenue[order_id], _cents(freight)) for order_id, shipped_on, freight in rows]


def _fill(connection: psycopg.Connection) -> None:
    connection.execute(NORTHWIND.read_bytes())
    connection.execute((ROOT / "docs" / "northwind_views.sql").read_bytes())


@pytest.fixture
def connection(databases: Databases) -> Iterator[psycopg.Connection]:
    assert NORTHWIND.is_file(), f"NORTHWIND_SQL = {NORTHWIND}: there is no such file"
    with psycopg.connect(databases.create(databases.template("northwind", _fill))) as connection:
        yield connection


def _network(connection: psycopg.Connection, period: Period) -> tuple[int, Decimal, Decimal]:
    """Orders, revenue and costs of the whole period, as the report's own query says."""
    query = (ROOT / "include" / "sql" / "profitability.sql").read_bytes()
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, query_parameters(period.computed())).fetchall()
    reported = [row for row in rows if row["period_name"] == "reported"]
    assert {row["branch_name"] for row in reported} == {"Eastern", "Western", "Northern", "Southern"}
    return (
        sum(row["repairs_count"] for row in reported),
        Decimal(sum(row["repair_revenue_kopecks"] for row in reported)) / 100,
        Decimal(sum(row["parts_cost_kopecks"] for row in reported)) / 100,
    )


def test_the_views_keep_the_contract(connection):
    assert check(connection) == []


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        # order 10250 alone: 10 × 7.70 + 35 × 42.40 × 0.85 + 15 × 16.80 × 0.85
        (Kind.DAILY, date(1996, 7, 12), (1, Decimal("1552.60"), Decimal("65.83"))),
        (Kind.DAILY, date(1998, 4, 10), (8, Decimal("14024.69"), Decimal("468.77"))),
        (Kind.WEEKLY, date(1998, 3, 18), (19, Decimal("30471.17"), Decimal("1413.99"))),
        (Kind.MONTHLY, date(1997, 10, 1), (36, Decimal("74305.19"), Decimal("4578.25"))),
    ],
)
def test_a_period_says_what_the_file_says(connection, kind, day, expected):
    period = Period.containing(kind, day, "Europe/Moscow")
    shipped = [
        order
        for order in _orders_of_the_file()
        if period.first_on.isoformat() <= order.shipped_on <= period.last_on.isoformat()
    ]
    of_the_file = (len(shipped), sum(order.revenue for order in shipped), sum(order.freight for order in shipped))
    assert of_the_file == expected
    assert _network(connection, period) == of_the_file


def test_every_months_figures_are_the_files(connection):
    orders = _orders_of_the_file()
    months = sorted({order.shipped_on[:7] for order in orders if order.shipped_on})
    assert len(months) == 23
    for month in months:
        shipped = [order for order in orders if order.shipped_on.startswith(month)]
        period = Period.containing(Kind.MONTHLY, date.fromisoformat(f"{month}-01"), "Europe/Moscow")
        expected = (len(shipped), sum(order.revenue for order in shipped), sum(order.freight for order in shipped))
        assert _network(connection, period) == expected


def test_a_day_is_found_by_the_index_on_the_views_expression(connection):
    connection.execute("set enable_seqscan = off")
    plan = connection.execute(
        "explain select revenue from reporting.repairs where completed_at >= %s and completed_at < %s",
        [datetime(1998, 4, day, tzinfo=ZoneInfo("Europe/Moscow")) for day in (10, 11)],
    ).fetchall()
    assert any("orders_completed_at" in line for (line,) in plan)
