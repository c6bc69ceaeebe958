"""How often do the reports of quiet years name something unusual, and which planted faults do they miss?

The thresholds were chosen on other seeds (1, 2, and some from 11 to 33); those here were not looked at then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks.crm_databases import LAST_ON, require
from benchmarks.measurement import Answer, Limit, Row, Sample
from benchmarks.report_query import QUERY, TIME_ZONE
from local import demo_crm, postgres
from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.notifications.profitability.like_periods import like_periods
from sancrm_notifications.notifications.profitability.unusual import unusual
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from sancrm_notifications.schedule.working_days import Calendar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.measurement import Options
    from sancrm_notifications.notifications.profitability.unusual import Unusual

SEEDS = (41, 42, 43)
BRANCHES = 6
REPAIRS_OF_A_BRANCH = {"large": 25, "small": 5}  # a day
HISTORY_DAYS = 400
QUIET_DAYS = 2 * 365
MONTHS = 24
PLANTED_EVERY = 3  # days: in one branch after the other each of the faults
CALENDAR = Calendar("RU")
SUNDAY = 6  # no report is sent of it

QueryRow = dict[str, Any]
_NO_REPAIRS = {"repairs_count": 0, "repair_revenue_kopecks": 0, "parts_cost_kopecks": 0, "repairs_without_revenue": 0}
_NO_RENTALS = {"rentals_count": 0, "rental_revenue_kopecks": 0, "rentals_without_revenue": 0}
FAULTS: Mapping[str, Callable[[QueryRow], QueryRow]] = {
    # its repairs are booked on the next day
    "a till not closed": lambda row: row | _NO_REPAIRS,
    "a day's repairs doubled": lambda row: row | {name: 2 * row[name] for name in _NO_REPAIRS},
    "a branch shut": lambda row: row | _NO_REPAIRS | _NO_RENTALS,
    "prices ten times too high": lambda row: row | {"repair_revenue_kopecks": 10 * row["repair_revenue_kopecks"]},
}


@dataclass(frozen=True)
class Found:
    """What was named in one network: lines a branch and month of quiet years, and of each fault how many it had."""

    lines_a_month: float
    planted: Counter[str]
    named: Counter[str]

    @property
    def missed_percent(self) -> float:
        """Of all planted faults, those that no line about their branch has named."""
        return 100 * (1 - self.named.total() / self.planted.total())


def measure(options: Options) -> Answer:
    """Measure networks of large and of small branches; one seed alone when it is to be quick."""
    seeds = SEEDS[: 1 if options.quick else options.times(len(SEEDS))]
    options.cache.mkdir(parents=True, exist_ok=True)
    server = postgres.start(options.cache / "postgres")
    try:
        return compare(
            {
                name: [in_network(_database(server, name, repairs, seed)) for seed in seeds]
                for name, repairs in REPAIRS_OF_A_BRANCH.items()
            }
        )
    finally:
        server.stop()


def compare(found: Mapping[str, Sequence[Found]]) -> Answer:
    """Return the two figures for each kind of network, and what became of each fault."""
    rows: list[Row] = []
    remarks = []
    for name, networks in found.items():
        branches = f"branches of {REPAIRS_OF_A_BRANCH[name]} repairs a day"
        lines = Sample(tuple(each.lines_a_month for each in networks), "lines")
        missed = Sample(tuple(each.missed_percent for each in networks), "%")
        # Of five customers a day twice as many are no rarity: what nobody can tell from chance is not promised.
        limit = Limit(10) if name == "large" else None
        rows += [
            Row(f"lines of a quiet branch a month, {branches}", lines, limit=Limit(1)),
            Row(f"planted faults not named, {branches}", missed, limit=limit),
        ]
        named = sum((each.named for each in networks), Counter[str]())
        planted = sum((each.planted for each in networks), Counter[str]())
        each_fault = ", ".join(f"{fault} {named[fault]} of {planted[fault]}" for fault in FAULTS)
        remarks.append(f"Named, {branches}: {each_fault}.")
    return Answer(rows, remarks)


def in_network(conninfo: str) -> Found:
    """Write what every report of two quiet years would name, then what it would with faults planted."""
    lines = 0
    planted, named = Counter[str](), Counter[str]()
    branches = 0
    for kind in Kind:
        by_period = _rows(conninfo, kind)
        for number, period in enumerate(_reported(kind)):
            report = _Report(period, by_period)
            branches = max(branches, len(report.active))
            lines += len(report.found())
            if kind is Kind.DAILY and number % PLANTED_EVERY == 0:
                _plant(report, report.active[number // PLANTED_EVERY % len(report.active)], planted, named)
    return Found(lines / (branches * MONTHS), planted, named)


def _plant(report: _Report, branch_id: int, planted: Counter[str], named: Counter[str]) -> None:
    for fault, spoil in FAULTS.items():
        row = report.row_of(branch_id)
        spoilt = spoil(row)
        if spoilt == row:
            continue  # a branch without repairs that day has none to double
        planted[fault] += 1
        named[fault] += any(each.branch_id == branch_id for each in report.found(spoilt))


class _Report:
    """The rows that a report and its history would have."""

    def __init__(self, period: Period, by_period: Mapping[str, list[QueryRow]]) -> None:
        self.periods = like_periods(period, CALENDAR)
        self.rows = [row | {"period_name": "reported"} for row in by_period[period.key]]
        self.history = [row for key in self.periods.computed() for row in by_period.get(key, [])]
        self.active: list[int] = [row["branch_id"] for row in self.rows if row["is_active"]]

    def row_of(self, branch_id: int) -> QueryRow:
        return next(row for row in self.rows if row["branch_id"] == branch_id)

    def found(self, spoilt: QueryRow | None = None) -> list[Unusual]:
        """Return what is unusual, with one branch's row spoilt."""
        rows = [spoilt if spoilt and row["branch_id"] == spoilt["branch_id"] else row for row in self.rows]
        return unusual(rows, self.history, self.periods)


def _reported(kind: Kind) -> Iterator[Period]:
    """Yield the periods of the two years that have a report."""
    first_on = LAST_ON - timedelta(days=QUIET_DAYS)
    return (
        period for period in _periods(kind, first_on) if kind is not Kind.DAILY or period.first_on.weekday() != SUNDAY
    )


def _periods(kind: Kind, first_on: date) -> Iterator[Period]:
    period = Period.containing(kind, first_on, TIME_ZONE)
    while period.last_on <= LAST_ON:
        if period.first_on >= first_on:
            yield period
        period = Period.containing(kind, period.last_on + timedelta(days=1), TIME_ZONE)


def _rows(conninfo: str, kind: Kind) -> dict[str, list[QueryRow]]:
    """Return the rows of every period of the data, counted by the report's own query."""
    periods = {each.key: each for each in _periods(kind, LAST_ON - timedelta(days=HISTORY_DAYS + QUIET_DAYS))}
    by_period: dict[str, list[QueryRow]] = {}
    with psycopg.connect(conninfo) as connection:
        for row in json_rows(connection.execute(QUERY, query_parameters(periods))):
            by_period.setdefault(row["period_name"], []).append(row)
    return by_period


def _database(server: postgres.Postgres, name: str, repairs: int, seed: int) -> str:
    days = HISTORY_DAYS + QUIET_DAYS + 30
    size = demo_crm.DemoSize(
        repairs=repairs * BRANCHES * days, branches=BRANCHES, days=days, details_days=1, until=LAST_ON, seed=seed
    )
    return require(server, f"unusual_{name}_{seed}", size)
