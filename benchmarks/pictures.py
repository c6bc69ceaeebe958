"""What does a picture cost: time to draw it, the memory of the delivery that draws it, and its size?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.fresh_process import last_line
from benchmarks.measurement import Answer, Limit, Row, Sample

if TYPE_CHECKING:
    from benchmarks.measurement import Options

BRANCHES = (5, 40)
RUNS = 5
# A reservation waits for ten seconds; a machine may be several times slower than this one.
LONGEST_MS = 2500.0
# What a reverse proxy lets through that nobody has configured.
LARGEST_KB = 1024.0


def measure(options: Options) -> Answer:
    """Draw for few branches and for many, each time in a fresh process."""
    return compare(BRANCHES, options.times(RUNS))


def compare(branches: tuple[int, ...], runs: int) -> Answer:
    """Draw ``runs`` times for each number of branches."""
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in branches}
    for _ in range(runs):
        for number in branches:
            found[number].append(json.loads(last_line("benchmarks.drawing", str(number))))
    return Answer([row for number, costs in found.items() for row in _rows(number, costs)])


def _rows(branches: int, costs: list[dict[str, Any]]) -> list[Row]:
    def sample(name: str, unit: str) -> Sample:
        return Sample(tuple(cost[name] for cost in costs), unit)

    what = f"a picture of {branches} branches"
    return [
        Row(f"{what}, the first", sample("first_ms", "ms"), "another", sample("again_ms", "ms"), Limit(LONGEST_MS)),
        Row(f"{what}, its size", sample("kilobytes", "KB"), limit=Limit(LARGEST_KB)),
        Row(f"{what}, growth of memory", sample("grown_mb", "MB"), "before it", sample("resting_mb", "MB")),
    ]
