"""How things are measured: in turns, several times, as median and spread, beside something in the same run."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. ``runs`` None: each question's own number; ``quick``: leave out what takes long.

    ``only`` names cases of a question that has several; none: all of them.
    """

    cache: Path
    runs: int | None = None
    quick: bool = False
    only: tuple[str, ...] = ()

    def times(self, usual: int) -> int:
        """Return how often to measure what is usually measured ``usual`` times."""
        return self.runs or usual


@dataclass(frozen=True, slots=True)
class Sample:
    """The same thing measured several times, in ``unit``: "ms", "s", "MB" or "1/s"."""

    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        """The median, which one disturbed run does not move."""
        return statistics.median(self.values)

    @property
    def worst(self) -> float:
        """The 95th percentile; of fewer than twenty values the greatest."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


@dataclass(frozen=True, slots=True)
class Limit:
    """What was promised: the median, or its ratio to what stands beside it, is at most this."""

    at_most: float
    of_ratio: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; without a limit it is there to be read."""

    what: str
    measured: Sample
    beside: str = ""
    base: Sample | None = None
    limit: Limit | None = None

    @property
    def ratio(self) -> float | None:
        """The median over the median of what stands beside it."""
        return None if self.base is None else self.measured.median / self.base.median

    @property
    def is_held(self) -> bool | None:
        """Whether the limit is kept; None without one."""
        if self.limit is None:
            return None
        value = self.ratio if self.limit.of_ratio else self.measured.median
        return value is not None and value <= self.limit.at_most


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question found out: its rows, and sentences that belong to them."""

    rows: list[Row]
    remarks: list[str] = field(default_factory=list)


def in_turns(work: Mapping[Name, Callable[[], float]], times: int, unit: str) -> dict[Name, Sample]:
    """Measure each thing ``times`` times, one after the other in changing order, so that all share the same weather."""
    values: dict[Name, list[float]] = {name: [] for name in work}
    names = list(work)
    for _ in range(times):
        for name in names:
            values[name].append(work[name]())
        names = [*names[1:], names[0]]
    return {name: Sample(tuple(found), unit) for name, found in values.items()}


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
