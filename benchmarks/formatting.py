"""How long do the reports of a thousand branches take to write?"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.measurement import Answer, Limit, Row, in_turns, milliseconds
from benchmarks.report_query import last_period
from sancrm_notifications.notifications.profitability.messages import Options as ReportOptions
from sancrm_notifications.notifications.profitability.messages import messages
from sancrm_notifications.schedule.periods import Kind

if TYPE_CHECKING:
    from benchmarks.measurement import Options
    from sancrm_notifications.schedule.periods import Period

BRANCHES = 1000
RUNS = 7
NO_DOUBTS: dict[str, Any] = {
    "negative_repairs": 0,
    "negative_rentals": 0,
    "negative_fixed_costs": 0,
    "unknown_branch_rows": 0,
    "newest_movement_at": None,
}


def measure(options: Options) -> Answer:
    """Measure daily, weekly and monthly reports."""
    return compare(BRANCHES, options.times(RUNS))


def compare(branches: int, runs: int) -> Answer:
    """Write the reports of so many branches, in turns with the plain way."""
    rows = {kind: query_rows(last_period(kind), branches) for kind in Kind}
    report = {kind: partial(milliseconds, partial(_report, kind, rows[kind])) for kind in Kind}
    plain = {kind: partial(milliseconds, partial(plain_texts, rows[kind])) for kind in Kind}
    in_turns({**report}, 1, "ms")
    samples = in_turns(
        {("report", kind): work for kind, work in report.items()}
        | {("plain", kind): work for kind, work in plain.items()},
        runs,
        "ms",
    )
    return Answer(
        [
            Row(
                f"{kind} reports of {branches:,} branches",
                samples["report", kind],
                "six figures by DataFrame.iterrows",
                samples["plain", kind],
                Limit(1000),
            )
            for kind in Kind
        ]
    )


def _report(kind: Kind, rows: list[dict[str, Any]]) -> None:
    written = messages(last_period(kind), rows, NO_DOUBTS, ReportOptions())
    if len(written) <= len(rows) / len(last_period(kind).computed()) - 2:
        raise ValueError("reports are missing: the measurement would be of less work")


def plain_texts(rows: list[dict[str, Any]]) -> list[str]:
    """Write what first comes to mind: the query's rows one by one, six figures each, nothing compared."""
    return [
        f"{row['branch_name']}\n"
        f"Выручка: {(row['repair_revenue_kopecks'] + row['rental_revenue_kopecks']) / 100:,.2f} ₽\n"
        f"Ремонты: {row['repair_revenue_kopecks'] / 100:,.2f} ₽ ({row['repairs_count']})\n"
        f"Прокат: {row['rental_revenue_kopecks'] / 100:,.2f} ₽ ({row['rentals_count']})\n"
        f"Запчасти: {row['parts_cost_kopecks'] / 100:,.2f} ₽\n"
        for _, row in pd.DataFrame(rows).iterrows()
    ]


def query_rows(period: Period, branches: int) -> list[dict[str, Any]]:
    """Return rows as ``profitability.sql`` gives them, the same at every call."""
    chance = random.Random(branches)  # noqa: S311 - figures for a measurement
    return [
        _row(name, branch_id, chance) for name in period.computed() for branch_id in [*range(1, branches + 1), None]
    ]


def _row(period_name: str, branch_id: int | None, chance: random.Random) -> dict[str, Any]:
    repairs = chance.randint(0, 40)
    return {
        "period_name": period_name,
        "subject": "no_branch" if branch_id is None else "branch",
        "branch_id": branch_id,
        "branch_name": branch_id and f"Тула, ул. Ленина, {branch_id}",
        "code_prefix": branch_id and f"T{branch_id}",
        "is_active": branch_id and True,
        "repairs_count": repairs,
        "rentals_count": repairs // 3,
        "repair_revenue_kopecks": repairs * chance.randint(100_000, 900_000),
        "rental_revenue_kopecks": repairs * chance.randint(10_000, 90_000),
        "parts_cost_kopecks": repairs * chance.randint(10_000, 90_000),
        "repairs_without_cost": repairs // 20,
        "repairs_without_revenue": 0,
        "rentals_without_revenue": 0,
        "fixed_costs_kopecks": branch_id and chance.randint(300_000, 900_000),
        "months_without_fixed_costs": [],
    }
