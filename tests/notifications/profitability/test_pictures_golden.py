"""The pictures' captions as they were read and found right: each says what its picture shows, and no more exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.notifications.profitability.corrections import Correction
from sancrm_notifications.notifications.profitability.messages import Options, messages
from sancrm_notifications.notifications.profitability.pictures import NetworkPicture
from tests.notifications.profitability.query_rows import (
    NO_DOUBTS,
    NO_FIXED_COSTS,
    NOTHING,
    NOVEMBER,
    WEEK,
    branch_row,
    scaled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sancrm_notifications.schedule.periods import Period
    from tests.golden import Golden

Row = dict[str, Any]
COSTS = {"fixed_costs_kopecks": 6_000_00}
MONTHLY_COSTS = {"fixed_costs_kopecks": 180_000_00}
DAYS = (0.8, 0.7, 1.1, 0.9, 1.4, 0.6, 0.1)
MONTHS = (17.9, 21.3, 14.2, 12.1, 15.0, 16.8, 19.0, 20.2, 20.9, 22.0, 21.4, 24.1, 22.4)
NAMES = ("Калуга", "Тула", "Рязань")


@dataclass(frozen=True)
class Case:
    """The rows of a report, and what the chat had before its correction."""

    period: Period
    rows: list[Row]
    before: dict[str, int] = field(default_factory=dict)

    @property
    def correction(self) -> Correction | None:
        """The correction, when there is one."""
        return Correction(self.before, datetime(2026, 12, 2, 7, 5, tzinfo=UTC)) if self.before else None


def _rows(period: Period, change: Callable[[str, int], Row], names: tuple[str, ...] = NAMES[:2]) -> list[Row]:
    """Return rows of the branches for each period; ``change`` has what is unlike for a period's name and a branch."""
    is_month = period is NOVEMBER
    steps = list(period.pictured())
    shares = dict(zip(steps, MONTHS if is_month else DAYS * 2, strict=True))
    costs = MONTHLY_COSTS if is_month else COSTS
    rows = []
    for name in period.computed():
        whole = shares.get(name, 5.6)
        own = costs if name in shares else {"fixed_costs_kopecks": 42_000_00}
        for number, title in enumerate(names, 1):
            usual = scaled(whole * (1 - 0.1 * (number % 7))) | own
            rows.append(branch_row(number, title, name, **(usual | change(name, number))))
    return rows


def _usual(_name: str, _branch: int) -> Row:
    return {}


def _bad_week(name: str, branch: int) -> Row:
    if name.startswith(("before/", "week_before")):
        return {}
    return {"repair_revenue_kopecks": (4_000_00 if branch == 1 else 9_000_00) * (7 if name == "reported" else 1)}


def _new_branch(name: str, branch: int) -> Row:
    return NOTHING if branch == 3 and name.startswith(("before/", "week_before", "month_before", "year_before")) else {}


def _few_unknown(name: str, _branch: int) -> Row:
    return {"repairs_without_cost": 1} if name == "reported" else {}


def _some_unknown(name: str, branch: int) -> Row:
    return {"repairs_without_cost": 20} if name == "reported" and branch == 1 else {}


def _no_parts(name: str, branch: int) -> Row:
    lacking = scaled(5.6)["repairs_count"] if name == "reported" else 0
    return {"repairs_count": lacking, "repairs_without_cost": lacking} if name == "reported" and branch < 3 else {}


def _costs_unwritten(name: str, _branch: int) -> Row:
    return NO_FIXED_COSTS if name == "reported" else {}


def _no_fixed_costs(_name: str, _branch: int) -> Row:
    return NO_FIXED_COSTS


def _all_alike(name: str, _branch: int) -> Row:
    return scaled(1 if name not in {"reported", "week_before"} else 7)


FORTY = tuple(f"Мастерская № {number}, ул. Ленина" for number in range(1, 41))

CASES = {
    "usual_week": Case(WEEK, _rows(WEEK, _usual)),
    "bad_week": Case(WEEK, _rows(WEEK, _bad_week)),
    "first_week_of_a_branch": Case(WEEK, _rows(WEEK, _new_branch, NAMES)),
    "week_of_forty_branches": Case(WEEK, _rows(WEEK, _usual, FORTY)),
    "week_of_one_branch": Case(WEEK, _rows(WEEK, _usual, NAMES[:1])),
    "week_without_fixed_costs": Case(WEEK, _rows(WEEK, _no_fixed_costs)),
    "week_without_costs_of_parts": Case(WEEK, _rows(WEEK, _no_parts)),
    "week_of_equal_days": Case(WEEK, _rows(WEEK, _all_alike)),
    "usual_month": Case(NOVEMBER, _rows(NOVEMBER, _usual)),
    "first_month_of_a_branch": Case(NOVEMBER, _rows(NOVEMBER, _new_branch, NAMES)),
    "month_with_a_few_unknown": Case(NOVEMBER, _rows(NOVEMBER, _few_unknown)),
    "month_with_some_unknown": Case(NOVEMBER, _rows(NOVEMBER, _some_unknown)),
    "month_before_its_costs_are_written": Case(NOVEMBER, _rows(NOVEMBER, _costs_unwritten)),
    "corrected_month": Case(
        NOVEMBER, _rows(NOVEMBER, _usual), {"revenue_kopecks": 1_700_000_00, "profit_kopecks": 812_300_00}
    ),
    "corrected_month_with_a_few_unknown": Case(
        NOVEMBER, _rows(NOVEMBER, _few_unknown), {"revenue_kopecks": 1_700_000_00, "profit_kopecks": 812_300_00}
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_captions_are_as_they_were_reviewed(golden: Golden, name: str) -> None:
    """The file begins with the summary's first line: the caption must agree with it."""
    case = CASES[name]
    summary = messages(case.period, case.rows, NO_DOUBTS, Options())[-1]
    names = {f"branch:{row['branch_id']}": row["branch_name"] for row in case.rows}
    picture = NetworkPicture(case.period, case.rows).message(names, case.correction)
    golden.check(f"picture_{name}.txt", f"{summary.html.partition(chr(10))[0]}\n\n{picture.html}")
