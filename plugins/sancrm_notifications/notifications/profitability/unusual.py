"""What leaves its usual range in a report: each branch, and the network, against its own like periods. Pure.

Source: docs/numbers.md, What is unusual.  All is counted on the scale of square roots: there a number of customers who
come independently spreads alike on busy and on calm days, by a half.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor, sqrt
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sancrm_notifications.notifications.profitability.like_periods import Likeness, LikePeriods

FEWEST = 8
"""Of so many like periods at least a range is taken."""
SPREADS_BELOW = 3.0
"""So many spreads below the median a range begins."""
SPREADS_ABOVE = 2.6
"""So many spreads above the median it ends: few customers are a little less rare than many."""
_CHANCE = 0.5  # the spread of the root of a number of independent customers
_SQUARED_SHARE = 2.0  # of an order's revenue: mean of squares over square of the mean, as of exponential amounts
_SQUARED_SHARE_OF_PARTS = 4.0  # likewise: about half of the repairs need none
_LARGEST_SHARE_WITHOUT_COST = 0.1  # of repairs
_DEVIATION_TO_SPREAD = 1.4826  # of normal values: spread over median deviation
_LEAST_HALF_WIDTH = 0.3  # of the median: a range is never tighter
_LARGEST_UNKNOWN_SHARE = 0.02  # of orders whose revenue is unknown
_INCOMPLETE_BELOW = 0.5  # of the median of the network's revenue
_STRONGEST_SEASON = 2.0


class Measure(StrEnum):
    """Which figure is unusual."""

    REVENUE = "revenue"
    REPAIRS = "repairs"
    TICKET = "ticket"
    PARTS = "parts"


# Of several figures that one cause has moved, the first here is said: what is missing, or what there is too much of.
_TOO_LOW = (Measure.REVENUE, Measure.REPAIRS, Measure.TICKET)
_TOO_HIGH = (Measure.TICKET, Measure.REPAIRS, Measure.REVENUE, Measure.PARTS)


@dataclass(frozen=True, slots=True)
class Unusual:
    """A figure outside its usual range; money in kopecks. ``branch_id`` None: the whole network.

    ``likeness`` says of which periods the range is, ``distance`` how far the figure is from their median, in spreads.
    """

    branch_id: int | None
    measure: Measure
    likeness: Likeness
    value: int
    low: int
    high: int
    distance: float

    @property
    def is_high(self) -> bool:
        """Whether it is above its range."""
        return self.value > self.high


@dataclass(frozen=True, slots=True)
class _Figures:
    """What is used of a row of either query."""

    repairs: int = 0
    orders: int = 0
    repair_revenue: int = 0
    revenue: int = 0
    without_revenue: int = 0
    parts_cost: int = 0
    without_cost: int = 0

    def __add__(self, other: _Figures) -> _Figures:
        return _Figures(
            self.repairs + other.repairs,
            self.orders + other.orders,
            self.repair_revenue + other.repair_revenue,
            self.revenue + other.revenue,
            self.without_revenue + other.without_revenue,
            self.parts_cost + other.parts_cost,
            self.without_cost + other.without_cost,
        )

    @property
    def is_doubtful(self) -> bool:
        """Whether too much of the revenue is unknown, or it cannot be true."""
        return self.revenue < 0 or self.without_revenue > _LARGEST_UNKNOWN_SHARE * self.orders

    @property
    def ticket(self) -> float:
        return self.repair_revenue / self.repairs if self.repairs else 0


_NOTHING = _Figures()
_Table = dict[str, dict[int | None, _Figures]]
_NETWORK = None


def unusual(
    reported: Sequence[Mapping[str, Any]], history: Sequence[Mapping[str, Any]], periods: LikePeriods
) -> list[Unusual]:
    """Return what is unusual, the farthest from its range first, one line for each cause.

    ``reported`` are rows of ``profitability.sql``, ``history`` those of ``profitability_history.sql`` for
    ``periods.computed()``.
    """
    now = _table(row for row in reported if row["period_name"] == "reported").get("reported", {})
    then = _table(history)
    like = _complete([period.key for period in periods.like], then)
    if len(like) < FEWEST:
        return []
    history_of_like = [(then[key], _season(key, periods, then)) for key in like]
    active = [row["branch_id"] for row in reported if row["period_name"] == "reported" and row["is_active"]]
    found = [each for branch_id in active if (each := _of_subject(branch_id, now, history_of_like, periods.likeness))]
    network = _of_subject(_NETWORK, now, history_of_like, periods.likeness) if len(active) > 1 else None
    return sorted(_one_line_per_cause(network, found, len(active)), key=lambda each: -each.distance)


@dataclass(frozen=True, slots=True)
class Range:
    """Where usual values end, and how they spread on the scale of roots around their ``middle``."""

    middle: float
    spread: float

    @classmethod
    def of(cls, values: Sequence[float], one: float) -> Range:
        """Return the range of these values, never tighter than chance alone would make it.

        ``one`` is what one customer more or less changes: 1 of a count, of revenue twice an average order.
        """
        roots = [_root(value) for value in values]
        middle = median(roots)
        deviation = _DEVIATION_TO_SPREAD * median(abs(root - middle) for root in roots)
        least = _LEAST_HALF_WIDTH / 2 * middle / SPREADS_ABOVE
        return cls(middle, max(deviation, _CHANCE * sqrt(one), least))

    @property
    def low(self) -> float:
        """The lower end."""
        return max(self.middle - SPREADS_BELOW * self.spread, 0) ** 2

    @property
    def high(self) -> float:
        """The upper end."""
        return (self.middle + SPREADS_ABOVE * self.spread) ** 2

    def distance(self, value: float) -> float:
        """Return how far a value is from the middle, in spreads."""
        return abs(_root(value) - self.middle) / self.spread


def _root(value: float) -> float:
    return sqrt(max(value, 0))


def _table(rows: Any) -> _Table:  # noqa: ANN401 - an iterable of mappings
    """Return the figures by period and branch; the network's are the sum of all rows."""
    table: _Table = {}
    for row in rows:
        of_period = table.setdefault(row["period_name"], {_NETWORK: _NOTHING})
        figures = _Figures(
            row["repairs_count"],
            row["repairs_count"] + row["rentals_count"],
            row["repair_revenue_kopecks"],
            row["repair_revenue_kopecks"] + row["rental_revenue_kopecks"],
            row["repairs_without_revenue"] + row["rentals_without_revenue"],
            row["parts_cost_kopecks"],
            row["repairs_without_cost"],
        )
        of_period[_NETWORK] += figures
        if row["branch_id"] is not None:
            of_period[row["branch_id"]] = figures
    return table


def _complete(keys: Sequence[str], then: _Table) -> list[str]:
    """Return those periods, the latest first, in which the CRM has not stopped half-way."""
    revenues = {key: then.get(key, {}).get(_NETWORK, _NOTHING).revenue for key in keys}
    least = _INCOMPLETE_BELOW * median([each for each in revenues.values() if each > 0] or [0])
    return [key for key, revenue in revenues.items() if revenue > 0 and revenue >= least]


def _season(key: str, periods: LikePeriods, then: _Table) -> float:
    """Return what to multiply a like period by: how the network's season went on from it, a year before."""
    seasons = dict(periods.seasons)
    if key not in seasons:
        return 1
    reported = next(iter(seasons))
    level, level_of_like = (
        median([then.get(each.key, {}).get(_NETWORK, _NOTHING).revenue for each in seasons[name]] or [0])
        for name in (reported, key)
    )
    if level <= 0 or level_of_like <= 0:
        return 1
    return float(min(max(level / level_of_like, 1 / _STRONGEST_SEASON), _STRONGEST_SEASON))


def _of_subject(
    branch_id: int | None,
    now: Mapping[int | None, _Figures],
    history: Sequence[tuple[Mapping[int | None, _Figures], float]],
    likeness: Likeness,
) -> Unusual | None:
    """Return the figure that tells best what is unusual of a branch or the network, if any is."""
    figures = now.get(branch_id, _NOTHING)
    like = _since_it_opened([(then.get(branch_id, _NOTHING), factor) for then, factor in history])
    found = {each.measure: each for each in _outside(branch_id, likeness, figures, like)}
    low = [found[measure] for measure in _TOO_LOW if measure in found and not found[measure].is_high]
    high = [found[measure] for measure in _TOO_HIGH if measure in found and found[measure].is_high]
    return next(iter([*low, *high]), None)


def _since_it_opened(like: list[tuple[_Figures, float]]) -> list[tuple[_Figures, float]]:
    """Return the like periods, the latest first, without those before the branch's first full one."""
    last = max((number for number, (figures, _) in enumerate(like) if figures.orders), default=-1)
    opened_within = last + 1 < len(like)
    return like[:last] if opened_within else like


def _outside(
    branch_id: int | None, likeness: Likeness, now: _Figures, like: list[tuple[_Figures, float]]
) -> Iterator[Unusual]:
    """Yield each figure that is outside its range."""
    known = [(figures, factor) for figures, factor in like if not figures.is_doubtful]
    for measure, value, values, one in (
        _revenue(now, known),
        (Measure.REPAIRS, now.repairs, [figures.repairs * factor for figures, factor in like], 1.0),
        _ticket(now, known),
        _parts(now, like),
    ):
        if len(values) < FEWEST or median(values) <= 0:
            continue
        usual = Range.of(values, one)
        # What an unknown revenue would add can explain a figure that is too low; low costs are no fault.
        is_explained = measure is Measure.PARTS or (measure is not Measure.REPAIRS and now.is_doubtful)
        if value > usual.high or (value < usual.low and not is_explained):
            low, high = _ends(measure, usual)
            yield Unusual(branch_id, measure, likeness, value, low, high, usual.distance(value))


def _ends(measure: Measure, usual: Range) -> tuple[int, int]:
    """Return the ends as whole numbers; of a count those that are still within the range."""
    low, high = usual.low, usual.high
    return (ceil(low), floor(high)) if measure is Measure.REPAIRS else (round(low), round(high))


def _revenue(now: _Figures, like: list[tuple[_Figures, float]]) -> tuple[Measure, int, list[float], float]:
    values = [figures.revenue * factor for figures, factor in like]
    orders = sum(figures.orders for figures, _ in like)
    mean = sum(figures.revenue for figures, _ in like) / orders if orders else 0
    return Measure.REVENUE, now.revenue, values, _SQUARED_SHARE * mean


def _ticket(now: _Figures, like: list[tuple[_Figures, float]]) -> tuple[Measure, int, list[float], float]:
    """Return the average ticket: it has no season, and of few repairs it spreads more."""
    values = [figures.ticket for figures, _ in like if figures.repairs] if now.repairs else []
    one = _SQUARED_SHARE * median(values) / now.repairs if values else 0
    return Measure.TICKET, round(now.ticket), values, one


def _parts(now: _Figures, like: list[tuple[_Figures, float]]) -> tuple[Measure, int, list[float], float]:
    """Return the cost of parts: unknown ones could only add to one that is too high."""
    known = [(then, factor) for then, factor in like if then.without_cost <= _LARGEST_SHARE_WITHOUT_COST * then.repairs]
    repairs = sum(then.repairs for then, _ in known)
    mean = sum(then.parts_cost for then, _ in known) / repairs if repairs else 0
    values = [then.parts_cost * factor for then, factor in known]
    return Measure.PARTS, now.parts_cost, values, _SQUARED_SHARE_OF_PARTS * max(mean, 0)


def _one_line_per_cause(network: Unusual | None, branches: list[Unusual], active: int) -> list[Unusual]:
    """Return the network's line or those of its branches: what several share is one cause, a few explain the whole."""
    if network is None:
        return branches
    alike = [each for each in branches if each.is_high is network.is_high]
    if alike and len(alike) * 2 <= active:
        return branches
    return [network, *(each for each in branches if each.is_high is not network.is_high)]
