"""Times the query of the reports as a run sends it: a fresh connection, the DAG's own parameters, rows fetched."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.crm_databases import LAST_ON
from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.notifications.profitability.like_periods import like_periods
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from sancrm_notifications.schedule.working_days import Calendar

TIME_ZONE = "Europe/Moscow"
SQL = Path(__file__).parents[1] / "include" / "sql"
QUERY = (SQL / "profitability.sql").read_bytes()
HISTORY_QUERY = (SQL / "profitability_history.sql").read_bytes()
# What a plain report asks: the day of each repair, compared with the one wanted. No index can answer that.
PLAIN_QUERY = b"""
    select
        branch_id,
        count(*),
        sum(revenue),
        sum(parts_cost)
    from reporting.repairs
    where (completed_at at time zone %(time_zone)s)::date between %(first_on)s and %(last_on)s
    group by branch_id
    order by branch_id
"""


def last_period(kind: Kind) -> Period:
    """Return the last period of this kind that the generated data holds whole."""
    period = Period.containing(kind, LAST_ON, TIME_ZONE)
    return period if period.last_on <= LAST_ON else period.before


def days_read(kind: Kind) -> int:
    """Return over how many days the query adds up, those of the comparisons among them."""
    return sum(len(period.days) for period in last_period(kind).computed().values())


def report_milliseconds(conninfo: str, kind: Kind) -> float:
    """Return how long the query of a report takes, without connecting."""
    return _milliseconds(conninfo, QUERY, query_parameters(last_period(kind).computed()))


def history_milliseconds(conninfo: str, kind: Kind) -> float:
    """Return how long it takes to ask what is usual, without connecting."""
    return _milliseconds(conninfo, HISTORY_QUERY, query_parameters(history_periods(kind)))


def history_periods(kind: Kind) -> dict[str, Period]:
    """Return the periods that the report of the last one is held against."""
    return like_periods(last_period(kind), Calendar("RU")).computed()


def plain_milliseconds(conninfo: str, kind: Kind) -> float:
    """Return how long the plain query takes for the reported period alone, without rentals and costs."""
    period = last_period(kind)
    days = {"first_on": period.first_on, "last_on": period.last_on}
    return _milliseconds(conninfo, PLAIN_QUERY, {"time_zone": TIME_ZONE, **days})


def _milliseconds(conninfo: str, query: bytes, parameters: dict[str, object]) -> float:
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(query, parameters)
        rows = json_rows(cursor)
        seconds = time.perf_counter() - began
    if not rows:
        raise ValueError(f"the query found nothing at {datetime.now(UTC)}: the measurement would be of no work")
    return seconds * 1000
