"""What is named as unusual: true outliers with their range, one line for each cause, never over doubtful data."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.notifications.profitability.like_periods import Likeness, LikePeriods, like_periods
from sancrm_notifications.notifications.profitability.unusual import FEWEST, Measure, Range, Unusual, unusual
from sancrm_notifications.notifications.profitability.unusual_lines import branch_line, network_lines
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.schedule.working_days import Calendar
from tests.notifications.profitability.query_rows import NOTHING, branch_row, pseudo_row

if TYPE_CHECKING:
    from collections.abc import Mapping

WEDNESDAY = Period.containing(Kind.DAILY, date(2026, 11, 18), "Europe/Moscow")
LIKE = like_periods(WEDNESDAY, Calendar("RU"))
KEYS = list(LIKE.computed())
SWING = (0, 2, -1, 3, -3, 1, 2, -2, 0, 4, -1, 1)  # repairs more or less than twenty


def day(branch_id: int, name: str, repairs: int, ticket: float = 1_200, **more: Any) -> dict[str, Any]:
    """Return a branch's row with so many repairs at this price in roubles."""
    figures = {"repairs_count": repairs, "repair_revenue_kopecks": round(repairs * ticket * 100)}
    return branch_row(branch_id, f"Филиал {branch_id}", name, **(NOTHING | figures | {"fixed_costs_kopecks": 0} | more))


def usual_days(*branch_ids: int, repairs: int = 20, periods: LikePeriods = LIKE) -> list[dict[str, Any]]:
    """Return like days, and those of the season, of branches with about so many repairs."""
    return [
        day(branch_id, key, repairs + SWING[(number + branch_id) % len(SWING)])
        for number, key in enumerate(periods.computed())
        for branch_id in branch_ids
    ]


def found(reported: list[dict[str, Any]], history: list[dict[str, Any]] | None = None) -> list[Unusual]:
    """Return what is unusual beside usual days of the same branches."""
    branch_ids = [row["branch_id"] for row in reported]
    return unusual(reported, usual_days(*branch_ids) if history is None else history, LIKE)


def lines(reported: list[dict[str, Any]], history: list[dict[str, Any]] | None = None) -> list[str]:
    """Return the summary's lines."""
    names = {row["branch_id"]: row["branch_name"] for row in reported}
    return [line.replace("\u00a0", " ") for line in network_lines(found(reported, history), names, WEDNESDAY)]


def test_a_usual_day_has_no_line() -> None:
    assert found([day(n, "reported", 20 + n) for n in range(1, 5)]) == []


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (day(1, "reported", 3), "• Филиал 1: выручка 3 600 ₽, обычно по средам 7–48 тыс. ₽"),
        (day(1, "reported", 0), "• Филиал 1: выручка 0 ₽, обычно по средам 7–48 тыс. ₽"),
        (day(1, "reported", 42), "• Филиал 1: 42 ремонта, обычно по средам 10–33"),
        (day(1, "reported", 20, 12_000), "• Филиал 1: средний чек ремонта 12 000 ₽, обычно по средам 300–2 300 ₽"),
    ],
)
def test_a_day_outside_of_its_range_is_named_with_it(row: dict[str, Any], line: str) -> None:
    others = [day(n, "reported", 20) for n in (2, 3, 4)]
    assert lines([row, *others]) == [line]
    assert branch_line(found([row, *others])[0], WEDNESDAY).replace("\u00a0", " ") == "Необычно: " + line[12:]


def test_the_only_bad_branch_explains_the_network() -> None:
    """Of two branches one is shut, so the network is far below its range too: one cause, one line."""
    reported = [day(1, "reported", 0), day(2, "reported", 20)]
    history = [day(1, key, 80 + SWING[n % 12]) for n, key in enumerate(KEYS)] + usual_days(2)
    assert [(each.branch_id, each.measure) for each in found(reported, history)] == [(1, Measure.REVENUE)]


def test_what_most_branches_share_is_said_of_the_network_once() -> None:
    assert [each.branch_id for each in found([day(n, "reported", 4) for n in range(1, 7)])] == [None]


def test_a_network_that_no_branch_explains_is_named_itself() -> None:
    (each,) = found([day(n, "reported", 13) for n in range(1, 13)])
    assert (each.branch_id, each.is_high) == (None, False)


def test_fewer_than_eight_like_days_say_nothing() -> None:
    reported = [day(1, "reported", 0)]
    for number, expected in ((FEWEST, 1), (FEWEST - 1, 0)):
        kept = {each.key for each in LIKE.like[:number]}
        assert len(found(reported, [row for row in usual_days(1) if row["period_name"] in kept])) == expected


def test_days_before_a_branch_opened_and_its_first_are_left_out() -> None:
    """Nine weeks old it has eight full days, eight weeks old one too few: then only the network is judged."""

    def opened(weeks: int) -> list[dict[str, Any]]:
        keys = [each.key for each in LIKE.like]
        first = [day(1, key, 20) for key in keys[: weeks - 1]] + [day(1, keys[weeks - 1], 1)]
        return [*first, *(day(1, key, 0) for key in keys[weeks:]), *usual_days(2)]

    reported = [day(1, "reported", 0), day(2, "reported", 20)]
    assert [each.branch_id for each in found(reported, opened(9))] == [1]
    assert [each.branch_id for each in found(reported, opened(8))] == [None]


def test_days_on_which_the_crm_had_stopped_are_left_out() -> None:
    """Six of the twelve days lack all branches' figures: of the rest there are too few to say anything."""
    stopped = {each.key for each in LIKE.like[:6]}
    history = [row | (NOTHING if row["period_name"] in stopped else {}) for row in usual_days(1, 2)]
    assert found([day(1, "reported", 0), day(2, "reported", 20)], history) == []


def test_days_with_unknown_revenue_are_no_measure_of_revenue() -> None:
    history = [row | {"repairs_without_revenue": 5} for row in usual_days(1)]
    assert [each.measure for each in found([day(1, "reported", 0)], history)] == [Measure.REPAIRS]


def test_too_low_a_revenue_is_not_named_where_some_of_it_is_unknown() -> None:
    assert found([day(1, "reported", 20, 100, repairs_without_revenue=15)]) == []


def test_costs_too_high_are_named_where_no_revenue_explains_them_and_costs_too_low_are_not() -> None:
    cheap, dear = {"parts_cost_kopecks": 6_000_00}, {"parts_cost_kopecks": 60_000_00}
    history = [row | cheap for row in usual_days(1)]
    assert lines([day(1, "reported", 20, **dear)], history) == [
        "• Филиал 1: запчасти 60 000 ₽, обычно по средам 1–15 тыс. ₽"
    ]
    assert [each.measure for each in found([day(1, "reported", 60, **dear)], history)] == [Measure.REPAIRS]
    assert found([day(1, "reported", 20)], history) == []


def test_days_with_unknown_costs_are_no_measure_of_costs() -> None:
    history = [row | {"repairs_without_cost": 3} for row in usual_days(1)]
    assert found([day(1, "reported", 20, parts_cost_kopecks=60_000_00)], history) == []


def test_a_closed_branch_and_orders_without_any_are_no_finding() -> None:
    closed = day(1, "reported", 1) | {"is_active": False}
    orders = pseudo_row("no_branch", repairs_count=90, repair_revenue_kopecks=9_000_00)
    assert [each for each in found([closed, day(2, "reported", 20), orders], usual_days(1, 2)) if each.branch_id] == []


def test_the_season_of_a_year_ago_moves_the_range() -> None:
    """A year ago the network doubled from its autumn to this week: as many as then are usual now."""
    around = {each.key for each in dict(LIKE.seasons)[WEDNESDAY.key]}
    history = [row | (day(1, row["period_name"], 40) if row["period_name"] in around else {}) for row in usual_days(1)]
    assert found([day(1, "reported", 40)], history) == []
    assert [each.measure for each in found([day(1, "reported", 40)])] == [Measure.REPAIRS]


def test_many_are_counted_after_the_farthest_five() -> None:
    reported = [day(n, "reported", 0 if n < 8 else 20) for n in range(1, 21)]
    written = lines(reported)
    assert len(written) == 6
    assert written[-1] == "• и ещё у 2 филиалов"


@pytest.mark.parametrize(
    ("likeness", "words"),
    [
        (Likeness.HOLIDAY, "по праздникам"),
        (Likeness.WEEK, "за неделю"),
        (Likeness.MONTH, "за месяц"),
    ],
)
def test_a_range_says_of_what_it_is(likeness: Likeness, words: str) -> None:
    each = Unusual(1, Measure.REVENUE, likeness, 100_000_00, 1_180_000_00, 1_640_000_00, 4.0)
    line = branch_line(each, WEDNESDAY).replace("\u00a0", " ")
    assert line == f"Необычно: выручка 100 000 ₽, обычно {words} 1,2–1,6 млн ₽"


AMOUNTS = st.integers(0, 10**9)


@settings(max_examples=100)
@given(AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from([Measure.REVENUE, Measure.TICKET]))
def test_the_figure_is_seen_to_be_outside_of_the_range_that_is_shown(
    first: int, second: int, third: int, of: Measure
) -> None:
    low, middle, high = sorted((first, second + 10_000, third + 20_000))
    for value, ends in ((low, (middle, high)), (high, (low, middle))):
        if not ends[0] <= value <= ends[1] and ends[0] < ends[1]:
            text = branch_line(Unusual(1, of, Likeness.WEEKDAY, value, *ends, 3.0), WEDNESDAY).replace("\u00a0", " ")
            shown = _shown_range(text)
            roubles = round(value / 100)
            assert roubles <= shown["low"] if value < ends[0] else roubles >= shown["high"]


def _shown_range(text: str) -> Mapping[str, float]:
    words = text.partition("обычно по средам ")[2].replace("до ", "0–")
    unit = 1_000_000 if "млн" in words else 1_000 if "тыс" in words else 1
    low, high = (float(end.replace(" ", "").replace(",", ".")) * unit for end in words.strip("₽ млнтыс.").split("–"))
    return {"low": low, "high": high}


@settings(max_examples=100)
@given(st.lists(st.integers(0, 10**9), min_size=FEWEST, max_size=12), st.integers(1, 10**6))
def test_a_range_holds_the_median_and_is_never_tighter_than_chance(values: list[int], one: int) -> None:
    usual = Range.of(values, one)
    middle = sorted(values)[len(values) // 2]
    assert 0 <= usual.low <= usual.high
    assert usual.distance(middle) < 1.5 or usual.low <= middle <= usual.high
    assert usual.high - usual.low >= one * 0.5
