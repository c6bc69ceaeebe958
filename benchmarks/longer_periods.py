"""Do the weekly and the monthly query grow with their period and not with the history before it?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.crm_databases import REPAIRS_PER_DAY, SIZES, crm_databases
from benchmarks.measurement import Answer, Limit, Row, in_turns
from benchmarks.report_query import days_read, last_period, report_milliseconds
from sancrm_notifications.schedule.periods import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measurement import Options, Sample

RUNS = 30
WARM_UP = 2


def measure(options: Options) -> Answer:
    """Measure on all sizes, without the largest when it is to be quick."""
    with crm_databases(options.cache, SIZES[:-1] if options.quick else SIZES) as databases:
        return compare(databases, options.times(RUNS))


def compare(databases: Mapping[int, str], runs: int) -> Answer:
    """Measure on the databases, by their number of repairs, in turns."""
    work = {
        (kind, size): partial(report_milliseconds, conninfo, kind)
        for kind in Kind
        for size, conninfo in databases.items()
    }
    in_turns(work, WARM_UP, "ms")
    samples = in_turns(work, runs, "ms")
    rows: list[Row] = []
    for kind in (Kind.WEEKLY, Kind.MONTHLY):
        rows += [
            Row(_name(kind, size), samples[kind, size], "daily query on the same", samples[Kind.DAILY, size])
            for size in databases
        ]
        rows += _without_history(kind, {size: samples[kind, size] for size in databases})
    return Answer(rows)


def _without_history(kind: Kind, samples: Mapping[int, Sample]) -> list[Row]:
    """Hold the largest database against the smallest that has the days of all comparisons."""
    days_needed = (last_period(kind).last_on - min(p.first_on for p in last_period(kind).computed().values())).days
    whole = [size for size in samples if size >= days_needed * REPAIRS_PER_DAY]
    if len(whole) < 2:
        return []
    smallest, largest = min(whole), max(whole)
    limit = Limit(1.2, of_ratio=True)
    return [Row(_name(kind, largest), samples[largest], _name(kind, smallest), samples[smallest], limit)]


def _name(kind: Kind, size: int) -> str:
    return f"{kind} query ({days_read(kind)} days), {size:,} repairs"
