"""The figures of a report: exact, summed to the kopeck, compared like with like only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.notifications.profitability.figures import SUMMED, Known, network
from tests.notifications.profitability.query_rows import (
    FRIDAY,
    NO_FIXED_COSTS,
    NOTHING,
    NOVEMBER,
    USUAL,
    WEEK,
    branch_row,
    pseudo_row,
)

MONEY = st.integers(-(10**15), 10**15)
COUNTS = st.integers(0, 10**6)
FIGURES = st.fixed_dictionaries(
    {name: MONEY if name.endswith("kopecks") else COUNTS for name in SUMMED}
    | {"fixed_costs_kopecks": st.none() | MONEY}
)
THEN = "week_before"


def difference(now: list[dict[str, Any]], then: list[dict[str, Any]]) -> int | None:
    """Return the network's profit difference between rows of now and of a week before."""
    rows = [*now, *({**row, "period_name": THEN} for row in then)]
    return network(FRIDAY, rows).whole.changes[THEN].profit_difference_kopecks


def test_profit_is_revenue_less_known_costs():
    branch = network(FRIDAY, [branch_row(1, "Север")]).branches[0].figures
    assert branch.revenue_kopecks == 45_650_00
    assert branch.profit_kopecks == 45_650_00 - 11_980_00 - 6_166_67
    assert branch.fixed_costs is Known.FULLY


@pytest.mark.parametrize(
    ("costs", "known"),
    [
        ({}, Known.FULLY),
        ({"fixed_costs_kopecks": 0}, Known.FULLY),
        ({"months_without_fixed_costs": ["2026-12-01"]}, Known.PARTLY),
        (NO_FIXED_COSTS, Known.NOTHING),
    ],
)
def test_a_null_is_not_a_zero(costs, known):
    figures = network(FRIDAY, [branch_row(1, "Север", **costs)])
    assert figures.branches[0].figures.fixed_costs is known
    assert figures.whole.figures.fixed_costs is known


def test_one_branch_of_two_without_costs_makes_the_network_incomplete():
    rows = [branch_row(1, "Север"), branch_row(2, "Юг", **NO_FIXED_COSTS)]
    whole = network(FRIDAY, rows).whole.figures
    assert whole.fixed_costs is Known.PARTLY
    assert whole.fixed_costs_kopecks == 6_166_67


def test_rows_without_a_branch_lack_no_fixed_costs():
    rows = [branch_row(1, "Север"), pseudo_row("no_branch", repair_revenue_kopecks=100)]
    assert network(FRIDAY, rows).whole.figures.fixed_costs is Known.FULLY


@given(st.lists(FIGURES, min_size=1, max_size=8), FIGURES, FIGURES)
def test_the_network_is_the_sum_of_its_rows(branches, without_branch, own):
    rows = [branch_row(number, f"Филиал {number}", **figures) for number, figures in enumerate(branches)]
    rows += [pseudo_row("no_branch", **without_branch), pseudo_row("network", **own)]
    figures = network(FRIDAY, rows)
    for name in (*SUMMED, "revenue_kopecks", "profit_kopecks"):
        known = [getattr(subject.figures, name) for subject in figures.subjects]
        summed = [value for value in known if value is not None]
        assert getattr(figures.whole.figures, name) == (sum(summed) if summed else None)


@given(FIGURES)
def test_integers_stay_exact(figures):
    shown = network(FRIDAY, [branch_row(2**53 + 1, "Север", **figures)]).branches[0]
    assert shown.branch_id == 2**53 + 1
    assert {name: getattr(shown.figures, name) for name in SUMMED} == figures
    parts_and_fixed = figures["parts_cost_kopecks"] + (figures["fixed_costs_kopecks"] or 0)
    assert shown.figures.profit_kopecks == shown.figures.revenue_kopecks - parts_and_fixed


def test_a_kopeck_beyond_the_precision_of_a_float_survives():
    rows = [branch_row(1, "Север", fixed_costs_kopecks=2**60 + 1), branch_row(2, "Юг", **NO_FIXED_COSTS)]
    assert network(FRIDAY, rows).whole.figures.fixed_costs_kopecks == 2**60 + 1


def test_a_comparison_has_then_and_the_difference():
    rows = [branch_row(1, "Север"), branch_row(1, "Север", THEN, repair_revenue_kopecks=30_000_00)]
    change = network(FRIDAY, rows).branches[0].changes[THEN]
    assert change.base_revenue_kopecks == 37_200_00
    assert change.profit_difference_kopecks == 8_450_00


def test_a_month_is_compared_with_the_month_and_the_year_before():
    rows = [branch_row(1, "Север", name) for name in NOVEMBER.computed()]
    assert set(network(NOVEMBER, rows).whole.changes) == {"month_before", "year_before"}


@pytest.mark.parametrize("revenue_kopecks", [0, -100])
def test_no_growth_without_a_base_above_zero(revenue_kopecks):
    then = {"repair_revenue_kopecks": revenue_kopecks, "rental_revenue_kopecks": 0}
    rows = [branch_row(1, "Север"), branch_row(1, "Север", THEN, **then)]
    assert network(FRIDAY, rows).whole.changes[THEN].base_revenue_kopecks is None


@pytest.mark.parametrize("now", [{}, NO_FIXED_COSTS])
@pytest.mark.parametrize("then", [[], [branch_row(1, "Север", THEN, **NOTHING | NO_FIXED_COSTS)]])
def test_a_branch_that_was_not_there_has_no_base(now, then):
    change = network(FRIDAY, [branch_row(1, "Север", **now), *then]).branches[0].changes[THEN]
    assert change.base_revenue_kopecks is None
    assert change.profit_difference_kopecks is None


PARTIAL = {"months_without_fixed_costs": ["2026-12-01"]}
NO_PARTS_COST = {"repairs_without_cost": 7, "parts_cost_kopecks": 0}


@pytest.mark.parametrize(
    ("now", "then", "comparable"),
    [
        ({}, {}, True),
        (NO_FIXED_COSTS, NO_FIXED_COSTS, True),
        (NO_FIXED_COSTS, {}, False),
        ({}, NO_FIXED_COSTS, False),
        (PARTIAL, {}, False),
        (PARTIAL, PARTIAL, False),
        (NO_PARTS_COST, {}, False),
        ({}, NO_PARTS_COST, False),
        (NO_PARTS_COST, NO_PARTS_COST, True),
        ({"repairs_without_cost": 2}, {}, True),
    ],
)
def test_profit_is_compared_only_where_the_same_costs_are_known(now, then, comparable):
    rows = [branch_row(1, "Север", **now), branch_row(1, "Север", THEN, **then)]
    figures = network(FRIDAY, rows)
    for subject in (figures.branches[0], figures.whole):
        assert (subject.changes[THEN].profit_difference_kopecks is not None) is comparable


def test_one_incomparable_branch_makes_the_network_incomparable():
    then = [branch_row(1, "Север"), branch_row(2, "Юг")]
    assert difference([branch_row(1, "Север"), branch_row(2, "Юг", **NO_FIXED_COSTS)], then) is None


def test_branches_without_costs_on_both_sides_are_compared_before_them():
    rows = [branch_row(1, "Север"), branch_row(2, "Юг", **NO_FIXED_COSTS)]
    assert difference(rows, rows) == 0


def test_a_new_branch_is_growth():
    assert difference([branch_row(1, "Север"), branch_row(2, "Юг")], [branch_row(1, "Север")]) == 27_503_33


def test_a_closed_branch_is_decline():
    assert difference([branch_row(1, "Север")], [branch_row(1, "Север"), branch_row(2, "Юг")]) == -27_503_33


def test_an_active_branch_with_an_empty_day_is_compared_though_no_fixed_costs_are_known():
    rows = [
        branch_row(1, "Север", **NOTHING | NO_FIXED_COSTS),
        branch_row(1, "Север", THEN, **NO_FIXED_COSTS),
    ]
    figures = network(FRIDAY, rows)
    for subject in (figures.branches[0], figures.whole):
        assert subject.changes[THEN].profit_difference_kopecks == -33_670_00


def test_an_empty_day_whose_costs_were_known_only_then_is_incomparable():
    rows = [branch_row(1, "Север", **NOTHING | NO_FIXED_COSTS), branch_row(1, "Север", THEN)]
    rows += [branch_row(2, "Юг"), branch_row(2, "Юг", THEN)]
    figures = network(FRIDAY, rows)
    assert [branch.changes[THEN].profit_difference_kopecks for branch in figures.branches] == [None, 0]
    assert figures.whole.changes[THEN].profit_difference_kopecks is None


def test_a_profit_before_fixed_costs_is_not_compared_with_one_after_those_of_a_closed_branch():
    then = [branch_row(1, "Север", **NO_FIXED_COSTS), branch_row(2, "Юг")]
    assert difference([branch_row(1, "Север", **NO_FIXED_COSTS)], then) is None


def test_network_costs_known_on_one_side_only_are_incomparable():
    own = pseudo_row("network", fixed_costs_kopecks=100)
    assert difference([branch_row(1, "Север"), own], [branch_row(1, "Север")]) is None
    assert difference([branch_row(1, "Север")], [branch_row(1, "Север"), own]) is None
    assert difference([branch_row(1, "Север"), own], [branch_row(1, "Север"), own]) == 0


def test_a_week_has_its_days():
    rows = [branch_row(1, "Север", name) for name in WEEK.computed() if name != "2026-11-22"]
    days = network(WEEK, rows).branches[0].days
    assert [day.day for day in days] == [16, 17, 18, 19, 20, 21, 22]
    assert [figures and figures.repairs_count for figures in days.values()] == [7, 7, 7, 7, 7, 7, None]


def test_no_rows_are_an_empty_network():
    figures = network(WEEK, [])
    assert figures.subjects == []
    assert figures.whole.figures.profit_kopecks == 0
    assert figures.whole.figures.fixed_costs is Known.NOTHING


def test_the_usual_day_is_what_these_tests_think():
    assert USUAL["repair_revenue_kopecks"] + USUAL["rental_revenue_kopecks"] == 45_650_00
