"""The first line of a report: it fits a notification, agrees with what stands below it, claims only what is known."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.notifications.profitability.headline import LONGEST, short_names
from sancrm_notifications.notifications.profitability.messages import Options, messages
from tests.notifications.profitability.query_rows import (
    FRIDAY,
    NO_DOUBTS,
    NO_FIXED_COSTS,
    NOTHING,
    NOVEMBER,
    WEEK,
    branch_row,
    pseudo_row,
)
from tests.tdlib import shown_text

if TYPE_CHECKING:
    from sancrm_notifications.schedule.periods import Period

Rows = list[dict[str, Any]]
THEN = "week_before"
MONEY = st.integers(-(10**9), 10**9) | st.integers(0, 10**5).map(lambda roubles: roubles * 100)
UNKNOWN = st.sampled_from([0, 0, 0, 1])
FIGURES = st.fixed_dictionaries(
    {
        "repairs_count": st.integers(0, 30),
        "rentals_count": st.integers(0, 10),
        "repair_revenue_kopecks": st.integers(0, 10**9),
        "rental_revenue_kopecks": st.integers(0, 10**8),
        "parts_cost_kopecks": st.integers(0, 10**9),
        "repairs_without_cost": UNKNOWN,
        "repairs_without_revenue": UNKNOWN,
        "fixed_costs_kopecks": st.none() | MONEY,
        "months_without_fixed_costs": st.sampled_from([[], [], ["2026-11-01"]]),
    }
)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=50)


def lines(period: Period, rows: Rows, options: Options | None = None) -> list[str]:
    """Return the first line of each message, written the day after, with plain spaces."""
    options = options or Options(written_on=period.last_on + timedelta(days=1))
    found = messages(period, rows, NO_DOUBTS, options)
    return [shown_text(message.html).replace("\u00a0", " ").split("\n")[0] for message in found]


def earning(roubles: float, name: str = "reported", branch_id: int = 1, **more: Any) -> dict[str, Any]:
    """Return a row of the branch «Тула» with this profit on a revenue of 100 000 roubles."""
    figures = {"repairs_count": 7, "repair_revenue_kopecks": 100_000_00}
    costs = {"fixed_costs_kopecks": 100_000_00 - round(roubles * 100)}
    return branch_row(branch_id, "Тула", name, **(NOTHING | figures | costs | more))


def compared(now: float, then: float) -> str:
    """Return the branch's first line after two days with these profits."""
    return lines(FRIDAY, [earning(now), earning(then, THEN)])[0]


@pytest.mark.parametrize(
    ("now", "then", "line"),
    [
        (12_639, 23_406, "Тула: прибыль 12 639 ₽, на 46 % меньше, чем в прошлую пятницу"),
        (30_000, 10_000, "Тула: прибыль 30 000 ₽, на 200 % больше, чем в прошлую пятницу"),
        (30_200, 10_000, "Тула: прибыль 30 200 ₽, на 20 200 ₽ больше, чем в прошлую пятницу"),
        (30, 10_000, "Тула: прибыль 30 ₽, на 9 970 ₽ меньше, чем в прошлую пятницу"),
        (10_000, 10_000, "Тула: прибыль 10 000 ₽, как и в прошлую пятницу"),
        (10_000, 10_001, "Тула: прибыль 10 000 ₽, почти как в прошлую пятницу"),
        (10_000, 0, "Тула: прибыль 10 000 ₽; в прошлую пятницу прибыли не было"),
        (10_000, -3_000, "Тула: прибыль 10 000 ₽; в прошлую пятницу был убыток 3 000 ₽"),
        (0, 3_000, "Тула: прибыль 0 ₽; в прошлую пятницу была прибыль 3 000 ₽"),
        (0, 0, "Тула: прибыль 0 ₽, как и в прошлую пятницу"),
        (-3_000, 10_000, "Тула: убыток 3 000 ₽; в прошлую пятницу была прибыль 10 000 ₽"),
        (-3_000, 0, "Тула: убыток 3 000 ₽; в прошлую пятницу убытка не было"),
        (-3_000, -2_000, "Тула: убыток 3 000 ₽, на 50 % больше, чем в прошлую пятницу"),
        (-0.3, 0.2, "Тула: убыток 0,30 ₽; в прошлую пятницу была прибыль 0,20 ₽"),
    ],
)
def test_the_profit_is_compared_in_words(now: float, then: float, line: str) -> None:
    assert compared(now, then) == line


def test_what_is_not_known_is_not_claimed() -> None:
    """An unknown cost can only lower the profit, an unknown revenue raise it; both, and nothing can be said."""
    row = earning
    then = earning(20_000, THEN)
    assert lines(FRIDAY, [row(5_000, repairs_without_cost=1), then])[0] == (
        "Тула: прибыль не больше 5 000 ₽; выручка как и в прошлую пятницу"
    )
    assert lines(FRIDAY, [row(-5_000, repairs_without_cost=1)])[0] == "Тула: убыток не меньше 5 000 ₽"
    assert lines(FRIDAY, [row(5_000, rentals_without_revenue=1), then])[0] == "Тула: прибыль не меньше 5 000 ₽"
    assert lines(FRIDAY, [row(-5_000, rentals_without_revenue=1), then])[0] == (
        "Тула: выручка не меньше 100 000 ₽; прибыль неизвестна"
    )
    assert lines(FRIDAY, [row(0, repairs_without_cost=7), then])[0] == (
        "Тула: выручка 100 000 ₽, как и в прошлую пятницу; прибыль неизвестна"
    )
    assert lines(FRIDAY, [row(0, **NO_FIXED_COSTS), earning(0, THEN, **NO_FIXED_COSTS)])[0] == (
        "Тула: прибыль до постоянных расходов 100 000 ₽, как и в прошлую пятницу"
    )


def test_what_was_not_known_then_is_not_compared_with() -> None:
    then = earning(20_000, THEN, repairs_without_cost=1)
    assert lines(FRIDAY, [earning(5_000), then])[0] == "Тула: прибыль 5 000 ₽; выручка как и в прошлую пятницу"
    then = earning(20_000, THEN, repairs_without_revenue=1)
    assert lines(FRIDAY, [earning(5_000), then])[0] == "Тула: прибыль 5 000 ₽"


def test_a_day_is_called_the_last_of_its_weekday_only_before_another_has_ended() -> None:
    rows = [earning(12_000), earning(10_000, THEN)]
    of_day = {
        day: lines(FRIDAY, rows, Options(written_on=day))[-1]
        for day in (date(2026, 11, 21), date(2026, 11, 22), date(2026, 12, 24), None)
    }
    fresh, *others = of_day.values()
    assert fresh == "Прибыль сети 12 000 ₽, на 20 % больше, чем в прошлую пятницу"
    assert set(others) == {"Прибыль сети за 20 ноября — 12 000 ₽, на 20 % больше, чем 13 ноября"}


def test_weeks_and_months_are_named() -> None:
    week = [earning(12_000), earning(10_000, THEN)]
    assert lines(WEEK, week)[-1] == "Прибыль сети за неделю 12 000 ₽, на 20 % больше, чем неделей раньше"
    assert lines(WEEK, week, Options(written_on=date(2026, 11, 30)))[-1] == (
        "Прибыль сети за 16–22 ноября — 12 000 ₽, на 20 % больше, чем неделей раньше"
    )
    month = [earning(12_000), earning(10_000, "month_before"), earning(99, "year_before")]
    assert lines(NOVEMBER, month)[-1] == "Прибыль сети за ноябрь 12 000 ₽, на 20 % больше, чем в октябре"


def few(roubles: float, name: str = "reported", **more: Any) -> dict[str, Any]:
    """Return a row with this profit on 2 million roubles of 200 repairs, of which three have no known cost."""
    figures = {"repairs_count": 200, "repair_revenue_kopecks": 2_000_000_00, "repairs_without_cost": 3}
    costs = {"fixed_costs_kopecks": 2_000_000_00 - round(roubles * 100)}
    return branch_row(1, "Тула", name, **(NOTHING | figures | costs | more))


@pytest.mark.parametrize(
    ("now", "then", "line"),
    [
        (314_159, 280_000, "около 314 тыс. ₽, примерно на 12 % больше, чем в прошлую пятницу"),
        (1_149_999, 1_149_999, "около 1,1 млн ₽, почти как в прошлую пятницу"),
        (300_000, -200_400, "около 300 тыс. ₽; в прошлую пятницу был убыток около 200 тыс. ₽"),
        (29_000, 300_000, "не больше 29 000 ₽; выручка как и в прошлую пятницу"),
    ],
)
def test_a_profit_of_which_little_is_unknown_is_about_right(now: float, then: float, line: str) -> None:
    """Three orders of ten thousand each may be 30 000 roubles of cost: a smaller profit might be none at all."""
    assert lines(FRIDAY, [few(now), few(then, THEN)])[0] == f"Тула: прибыль {line}"


def test_an_exact_profit_is_roughly_compared_with_one_that_is_about_right() -> None:
    then = few(280_000, THEN)
    (line, _) = lines(FRIDAY, [few(314_159, repairs_without_cost=0), then])
    assert line == "Тула: прибыль 314 159 ₽, примерно на 12 % больше, чем в прошлую пятницу"


@pytest.mark.parametrize(
    ("losing", "of", "words"),
    [
        ([], 3, ""),
        ([2], 3, "; в минусе Тула 2"),
        ([2, 3], 3, "; в минусе Тула 3 и Тула 2"),
        ([2, 3, 4], 9, "; в минусе Тула 4, Тула 3 и Тула 2"),
        ([2, 3, 4, 5], 9, "; в минусе Тула 5, Тула 4 и ещё 2"),
        ([1, 2, 3], 3, "; в минусе все 3 филиала"),
        ([1, 2], 2, "; в минусе Тула 2 и Тула 1"),
        ([1], 1, ""),
    ],
)
def test_branches_that_make_a_loss_are_named_the_worst_first(losing: list[int], of: int, words: str) -> None:
    rows = [
        branch_row(n, f"Тула {n}, ул. Ленина", fixed_costs_kopecks=(60_000_00 + n * 100) if n in losing else 0)
        for n in range(1, of + 1)
    ]
    *_, summary = lines(FRIDAY, rows)
    assert summary.partition(" ₽")[2] == words


def test_a_loss_that_an_unknown_revenue_may_have_caused_is_none() -> None:
    rows = [
        branch_row(n, f"Тула {n}", fixed_costs_kopecks=60_000_00 * n, repairs_without_revenue=n - 1) for n in (1, 2)
    ]
    assert lines(FRIDAY, rows)[-1].endswith("; в минусе Тула 1")


def test_names_that_do_not_fit_give_way_to_their_number() -> None:
    rows = [branch_row(n, f"Филиал на перекрёстке {n}", name, fixed_costs_kopecks=90_000_00 * n)
            for name in ("reported", THEN) for n in range(1, 4)] + [branch_row(4, "Юг")]  # fmt: skip
    assert lines(FRIDAY, rows)[-1].endswith("; в минусе 3 филиала")


def test_a_branch_is_called_by_its_city_where_it_is_the_only_one_there() -> None:
    names = {1: "Тула, ул. Ленина", 2: "Калуга, ул. Ленина", 3: "Калуга, пр. Мира", 4: "Рязань", 5: ", без города"}
    assert short_names(names) == {
        1: "Тула",
        2: "Калуга, ул. Ленина",
        3: "Калуга, пр. Мира",
        4: "Рязань",
        5: ", без города",
    }


def test_names_that_begin_alike_for_long_are_told_apart_by_their_number() -> None:
    long = "Филиал на перекрёстке проспекта Ленина и улицы"
    assert short_names({7: f"{long} Садовой", 8: f"{long} Полевой"}) == {
        7: "Филиал на перекрё… (№\u00a07)",
        8: "Филиал на перекрё… (№\u00a08)",
    }


def test_names_with_commas_are_quoted_where_they_stand_in_a_list() -> None:
    costs: dict[str, Any] = {"fixed_costs_kopecks": 90_000_00}
    rows = [branch_row(n, f"Тула, дом {n}", **(costs if n < 3 else {})) for n in range(1, 4)]
    *_, third, summary = lines(FRIDAY, rows)
    assert third.startswith("Тула, дом 3: прибыль")
    assert summary.endswith("; в минусе «Тула, дом 1» и «Тула, дом 2»")


def amount(text: str) -> float:
    """Return the roubles of an amount."""
    return float(re.sub(r"[^\d,−]", "", text).replace("−", "-").replace(",", "."))


def profit_below(text: str) -> float:
    """Return the profit that the message shows below its first line."""
    found = re.search(r"^Прибыль[^:\n]*: (−?[\d ]+(?:,\d\d)?) ₽", text, re.MULTILINE)
    assert found
    return amount(found[1])


@settings(max_examples=60)
@given(
    st.sampled_from([FRIDAY, WEEK, NOVEMBER]),
    st.lists(st.tuples(NAMES, FIGURES, FIGURES), min_size=1, max_size=4),
    st.sampled_from([1, 30]),
    st.booleans(),
)
def test_the_first_line_never_contradicts_what_stands_below_it(
    period: Period, branches: list[tuple[str, Any, Any]], days_later: int, has_own_costs: bool
) -> None:
    rows = [
        branch_row(n, name, period_name, **(then if period_name in period.comparisons() else now))
        for period_name in period.computed()
        for n, (name, now, then) in enumerate(branches)
    ]
    rows += [pseudo_row("network", fixed_costs_kopecks=123_45)] if has_own_costs else []
    options = Options(written_on=period.last_on + timedelta(days=days_later))
    for message in messages(period, rows, NO_DOUBTS, options):
        text = shown_text(message.html).replace("\u00a0", " ")
        first = text.split("\n")[0]
        assert len(first) <= LONGEST
        claimed = re.search(
            r"(рибыль|быток)[^;,]*? (не больше |не меньше |около )?(\d[\d ]*(?:,\d+)?) (тыс\. |млн )?₽", first
        )
        below = profit_below(text)
        if claimed and "рибыль неизвестна" not in first:
            unit = {"тыс. ": 1_000, "млн ": 1_000_000}.get(claimed[4] or "", 1)
            assert (claimed[1] == "быток") is (below < 0)
            assert abs(amount(claimed[3]) * unit - abs(below)) <= 0.5 * (unit / 10 if unit == 1_000_000 else unit)
        compared = re.search("^К .*", text, re.MULTILINE)  # the summary of one branch leaves that to its report
        for side, sign in (("больше", r"\+"), ("меньше", "−")):
            if (found := re.search(rf"выручка [^;]*?на (\d+) % {side}", first)) and compared:
                shown = re.search(rf"выручка {sign}([\d ]+,\d) %", compared[0])
                assert shown
                assert abs(amount(shown[1]) - int(found[1])) <= 0.6
        for word in ("прибыль", "убыток"):
            if (found := re.search(rf"{word[1:]}[^;]*, на [\d ,]+[₽%] (больше|меньше), чем", first)) and compared:
                assert re.search(rf"{word}( до постоянных расходов)? {found[1]} на", compared[0])
        # What is unknown is named in the footer, and then no profit is claimed as known.
        if "Стоимость запчастей неизвестна" in text or "Завершены без суммы" in text:
            assert claimed is None or claimed[2] or "рибыль неизвестна" in first
