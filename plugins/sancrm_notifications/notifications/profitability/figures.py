"""From the rows of ``profitability.sql`` to the figures a report shows: totals, profit, comparisons.

Source: docs/numbers.md.  Money is nullable Int64 kopecks from end to end,
never a float; the only file that loads pandas.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sancrm_notifications.schedule.periods import Period

SUMMED = (
    "repairs_count",
    "rentals_count",
    "repair_revenue_kopecks",
    "rental_revenue_kopecks",
    "parts_cost_kopecks",
    "repairs_without_cost",
    "repairs_without_revenue",
    "rentals_without_revenue",
    "fixed_costs_kopecks",
)
FEW_REPAIRS, FEW_ORDERS = 20, 50
"""One repair in so many without a known cost, one order in so many without revenue, leave figures about right."""
_RESULTS = ("revenue_kopecks", "profit_kopecks")
_ACTIVITY = SUMMED[:5]
_WHOLE = "whole"
_NO_BRANCH_ID = -1


class Known(StrEnum):
    """How much of the fixed costs of a row is known."""

    FULLY = "fully"
    PARTLY = "partly"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one subject earned and spent in one period; money in kopecks.

    ``profit_kopecks`` is after those fixed costs that are known (``fixed_costs``), so before any of them when
    nothing is.  ``fixed_costs_kopecks`` is None when nothing is known.
    """

    repairs_count: int = 0
    rentals_count: int = 0
    repair_revenue_kopecks: int = 0
    rental_revenue_kopecks: int = 0
    parts_cost_kopecks: int = 0
    repairs_without_cost: int = 0
    repairs_without_revenue: int = 0
    rentals_without_revenue: int = 0
    fixed_costs_kopecks: int | None = None
    revenue_kopecks: int = 0
    profit_kopecks: int = 0
    fixed_costs: Known = Known.NOTHING


def total(parts: Sequence[Figures]) -> Figures:
    """Return the sum of figures; of their fixed costs no more is known than of all parts."""
    known = {part.fixed_costs for part in parts}
    fixed = [part.fixed_costs_kopecks for part in parts if part.fixed_costs_kopecks is not None]
    summed = {
        name: sum(getattr(part, name) for part in parts)
        for name in (*SUMMED, *_RESULTS)
        if name != "fixed_costs_kopecks"
    }
    return Figures(
        **summed,
        fixed_costs_kopecks=sum(fixed) if fixed else None,
        fixed_costs=known.pop() if len(known) == 1 else Known.PARTLY,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A comparison: revenue then (None: no base above 0) and the profit's difference (None: not comparable).

    Of the whole network also the ids of branches that are in the report and had no figures then, ``only_now``,
    and of those that had some then and are in it no more, ``only_then``.  ``is_exact`` tells that
    every order of then has a known cost of parts and a known revenue, ``lacked_costs`` and ``lacked_revenue`` that more
    than a few have none.
    """

    base_revenue_kopecks: int | None = None
    profit_difference_kopecks: int | None = None
    is_exact: bool = True
    lacked_costs: bool = False
    lacked_revenue: bool = False
    only_now: tuple[int, ...] = ()
    only_then: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A branch, the rows without one, the network's own costs, or the whole network, in the reported period.

    ``kind`` is ``branch``, ``no_branch``, ``network`` or ``whole``; ``days`` has the figures of each day of a
    week, None where the subject has no row; ``changes`` goes by the names of ``Period.comparisons``, ``pictured`` by
    those of ``Period.pictured``.
    """

    kind: str
    branch_id: int | None
    name: str | None
    months_without_fixed_costs: tuple[str, ...]
    figures: Figures
    changes: dict[str, Change] = field(default_factory=dict)
    days: dict[date, Figures | None] = field(default_factory=dict)
    pictured: dict[str, Figures | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Network:
    """The reported rows in the order of the query, and their total; ``whole`` is the sum of ``subjects``.

    ``former_names`` has the names of those branches that only a period compared with knows, by id.
    """

    whole: Subject
    subjects: list[Subject]
    former_names: dict[int, str | None]

    @property
    def branches(self) -> list[Subject]:
        """Return the branches alone."""
        return [subject for subject in self.subjects if subject.kind == "branch"]


def network(period: Period, rows: Sequence[dict[str, Any]]) -> Network:
    """Return the figures of the reported period with its comparisons and days; ``rows`` as the query's."""
    computed = period.computed()
    days = {name: computed[name].first_on for name in computed if name == computed[name].key}
    frame = _with_totals(_frame(rows), {"reported", *days})
    figures = _figures_by_key(frame)
    changes = {name: _changes(frame, name) for name in period.comparisons()}
    subjects = [
        Subject(
            kind=row["subject"],
            branch_id=row["branch_id"],
            name=row["branch_name"],
            months_without_fixed_costs=tuple(row["months_without_fixed_costs"]),
            figures=figures["reported", key],
            changes={name: of_key.get(key, Change()) for name, of_key in changes.items()},
            days={day: figures.get((name, key)) for name, day in days.items()},
            pictured={name: figures.get((name, key)) for name in period.pictured()},
        )
        for row in [*(row for row in rows if row["period_name"] == "reported"), _WHOLE_ROW]
        for key in [_key(row["subject"], row["branch_id"])]
    ]
    reported = {subject.branch_id for subject in subjects}
    former_names = {
        row["branch_id"]: row["branch_name"]
        for row in rows
        if row["subject"] == "branch" and row["branch_id"] not in reported
    }
    return Network(subjects[-1], subjects[:-1], former_names)


_WHOLE_ROW: dict[str, Any] = {
    "subject": _WHOLE,
    "branch_id": None,
    "branch_name": None,
    "months_without_fixed_costs": (),
}


def _key(subject: str, branch_id: int | None) -> tuple[str, int]:
    return subject, _NO_BRANCH_ID if branch_id is None else branch_id


def _frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return the query's rows as a table, with what is known of the fixed costs of each."""
    frame = pd.DataFrame(
        {
            "period_name": pd.Series([row["period_name"] for row in rows], dtype="object"),
            "subject": pd.Series([row["subject"] for row in rows], dtype="object"),
            "branch_id": pd.Series([row["branch_id"] for row in rows], dtype="Int64").fillna(_NO_BRANCH_ID),
            **{name: pd.Series([row[name] for row in rows], dtype="Int64") for name in SUMMED},
        }
    )
    has_costs = frame["fixed_costs_kopecks"].notna()
    misses_months = pd.Series([bool(row["months_without_fixed_costs"]) for row in rows], dtype="bool")
    frame["has_gap"] = misses_months | ((frame["subject"] == "branch") & ~has_costs)
    return frame


def _with_totals(frame: pd.DataFrame, current: Collection[str]) -> pd.DataFrame:
    """Add each period's total row and, to all rows, revenue, profit and what of the fixed costs is known.

    ``current`` are the reported period and its days.  A branch that had nothing at all in a former period had not been
    opened: its costs are not missing in the total.
    """
    counts = frame["period_name"].isin(list(current)) | _has_figures(frame, "")
    periods = frame.groupby("period_name", sort=False)
    totals = periods[list(SUMMED)].sum(min_count=1).reset_index()
    gaps = (frame["has_gap"] & counts).groupby(frame["period_name"], sort=False)
    totals["has_gap"] = gaps.any().to_numpy()
    totals["subject"] = _WHOLE
    totals["branch_id"] = pd.Series(_NO_BRANCH_ID, index=totals.index, dtype="Int64")
    if "reported" not in set(totals["period_name"]):
        empty = dict.fromkeys(SUMMED, 0) | {"fixed_costs_kopecks": pd.NA, "has_gap": True}
        empty |= {"period_name": "reported", "subject": _WHOLE, "branch_id": _NO_BRANCH_ID}
        totals = pd.concat([totals, pd.DataFrame([empty])]).astype(dict.fromkeys(SUMMED, "Int64"))
    frame = pd.concat([frame, totals], ignore_index=True)
    frame["revenue_kopecks"] = frame["repair_revenue_kopecks"] + frame["rental_revenue_kopecks"]
    contribution = frame["revenue_kopecks"] - frame["parts_cost_kopecks"]
    frame["profit_kopecks"] = contribution - frame["fixed_costs_kopecks"].fillna(0)
    frame["fixed_costs"] = Known.FULLY
    frame.loc[frame["has_gap"], "fixed_costs"] = Known.PARTLY
    frame.loc[frame["has_gap"] & frame["fixed_costs_kopecks"].isna(), "fixed_costs"] = Known.NOTHING
    return frame


def _figures_by_key(frame: pd.DataFrame) -> dict[tuple[str, tuple[str, int]], Figures]:
    """Return the figures of each row by period name and subject."""
    columns = [_plain(frame[name]) for name in Figures.__dataclass_fields__]
    names, subjects, branch_ids = (_plain(frame[name]) for name in ("period_name", "subject", "branch_id"))
    return {
        (name, (subject, branch_id)): Figures(*values)
        for name, subject, branch_id, *values in zip(names, subjects, branch_ids, *columns, strict=True)
    }


def _plain(column: pd.Series) -> list[Any]:
    """Return a column as Python values: integers exact, missing ones None."""
    values = column.astype("object")
    return values.where(column.notna(), None).tolist()


def _changes(frame: pd.DataFrame, base_name: str) -> dict[tuple[str, int], Change]:
    """Compare the reported rows with those of another period, like with like only."""
    now = frame[frame["period_name"] == "reported"]
    base = frame[frame["period_name"] == base_name]
    both = now.merge(base, on=["subject", "branch_id"], how="outer", suffixes=("", "_base"))
    exists, existed_then = _exists(both), _has_figures(both, "_base")
    alike = _costs_alike(both)
    both["difference"] = both["profit_kopecks"] - both["profit_kopecks_base"]
    both.loc[~(exists & existed_then & alike), "difference"] = pd.NA
    is_part = both["subject"] != _WHOLE
    one_sided = (both["subject"] == "network") & (exists != existed_then)
    if (is_part & ((exists & existed_then & ~alike) | one_sided)).any():
        both.loc[~is_part, "difference"] = pd.NA
    base_revenue = both["revenue_kopecks_base"].where(both["revenue_kopecks_base"] > 0)
    keys = zip(_plain(both["subject"]), _plain(both["branch_id"]), strict=True)
    without_cost, repairs = both["repairs_without_cost_base"].fillna(0), both["repairs_count_base"].fillna(0)
    without_revenue = both["repairs_without_revenue_base"].fillna(0) + both["rentals_without_revenue_base"].fillna(0)
    orders = repairs + both["rentals_count_base"].fillna(0)
    is_exact = (without_cost == 0) & (without_revenue == 0)
    lacked_costs, lacked_revenue = without_cost * FEW_REPAIRS > repairs, without_revenue * FEW_ORDERS > orders
    columns = (base_revenue, both["difference"], is_exact, lacked_costs, lacked_revenue)
    values = zip(*map(_plain, columns), strict=True)
    changes = {key: Change(*value) for key, value in zip(keys, values, strict=True)}
    is_branch = both["subject"] == "branch"
    only_now, only_then = (
        tuple(_plain(both.loc[is_branch & on_this & ~on_that, "branch_id"]))
        for on_this, on_that in ((exists, existed_then), (existed_then, exists))
    )
    whole = _key(_WHOLE, None)
    changes[whole] = replace(changes[whole], only_now=only_now, only_then=only_then)
    return changes


def _exists(both: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows there are in the reported period: an active branch also on a day without any figure."""
    has_row = both["period_name"].notna() & both["subject"].isin(["branch", _WHOLE])
    return has_row | _has_figures(both, "")


def _has_figures(both: pd.DataFrame, suffix: str) -> pd.Series[bool]:
    """Tell which rows have any figure or known cost on one side: without them there is no base."""
    has_activity = pd.Series(data=False, index=both.index)
    for name in _ACTIVITY:
        has_activity |= both[name + suffix].fillna(0) != 0
    return has_activity | both["fixed_costs_kopecks" + suffix].notna()


def _costs_alike(both: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows know the same of their costs on both sides; two partial sides are never alike.

    The total is alike when its parts are, which its caller looks at; but a profit before fixed costs is not
    compared with one after those of a branch that has closed since.
    """
    is_whole = both["subject"] == _WHOLE
    known_then_only = (both["fixed_costs"] == Known.NOTHING) & (both["fixed_costs_base"] != Known.NOTHING)
    same_fixed = (both["fixed_costs"] == both["fixed_costs_base"]) & (both["fixed_costs"] != Known.PARTLY)
    parts_unknown, parts_unknown_then = _parts_unknown(both, ""), _parts_unknown(both, "_base")
    worked = (both["repairs_count"].fillna(0) > 0) & (both["repairs_count_base"].fillna(0) > 0)
    return (is_whole & ~known_then_only) | (same_fixed & ~(worked & (parts_unknown != parts_unknown_then)))


def _parts_unknown(both: pd.DataFrame, suffix: str) -> pd.Series[bool]:
    """Tell which rows have repairs and know the cost of parts for none of them."""
    repairs = both["repairs_count" + suffix].fillna(0)
    return (repairs > 0) & (both["repairs_without_cost" + suffix].fillna(0) == repairs)
