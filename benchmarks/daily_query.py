"""Is the daily query as fast on ten million repairs as on a hundred thousand, with as many repairs a day?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.crm_databases import SIZES, crm_databases
from benchmarks.measurement import Answer, Limit, Row, in_turns
from benchmarks.report_query import history_milliseconds, history_periods, plain_milliseconds, report_milliseconds
from sancrm_notifications.schedule.periods import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measurement import Options

RUNS = 100
PLAIN_RUNS = 5  # it takes seconds
WARM_UP = 3


def measure(options: Options) -> Answer:
    """Measure on all sizes, without the largest when it is to be quick."""
    with crm_databases(options.cache, SIZES[:-1] if options.quick else SIZES) as databases:
        return compare(databases, options.times(RUNS), min(options.times(PLAIN_RUNS), PLAIN_RUNS))


def compare(databases: Mapping[int, str], runs: int, plain_runs: int) -> Answer:
    """Measure on the databases, by their number of repairs, in turns."""
    report = {size: partial(report_milliseconds, conninfo, Kind.DAILY) for size, conninfo in databases.items()}
    history = {size: partial(history_milliseconds, conninfo, Kind.DAILY) for size, conninfo in databases.items()}
    plain = {size: partial(plain_milliseconds, conninfo, Kind.DAILY) for size, conninfo in databases.items()}
    in_turns(report, WARM_UP, "ms")
    samples = in_turns(report, runs, "ms")
    usual = in_turns(history, plain_runs, "ms")
    beside = in_turns(plain, plain_runs, "ms")
    smallest, largest = min(databases), max(databases)
    rows = [
        Row(
            f"daily query, {size:,} repairs",
            samples[size],
            "revenue by day without an index",
            beside[size],
            Limit(50) if size == largest else None,
        )
        for size in databases
    ]
    first, last = f"daily query, {smallest:,} repairs", f"daily query, {largest:,} repairs"
    rows.append(Row(last, samples[largest], first, samples[smallest], Limit(1.2, of_ratio=True)))
    asked = f"what is usual ({len(history_periods(Kind.DAILY))} days), {largest:,} repairs"
    rows.append(Row(asked, usual[largest], last, samples[largest], Limit(250)))
    return Answer(rows)
