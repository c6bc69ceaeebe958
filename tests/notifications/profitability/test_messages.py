"""The reports whatever the figures are: what is shown adds up, fits, and says what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sancrm_notifications
from sancrm_notifications.notifications.profitability.like_periods import Likeness
from sancrm_notifications.notifications.profitability.messages import Options, messages
from sancrm_notifications.notifications.profitability.unusual import Measure, Unusual
from sancrm_notifications.text.markup import split
from sancrm_notifications.text.monospace import PHONE_WIDTH, width
from tests.notifications.profitability.query_rows import (
    DECEMBER,
    FRIDAY,
    NO_DOUBTS,
    NO_FIXED_COSTS,
    NOTHING,
    NOVEMBER,
    WEEK,
    branch_row,
    pseudo_row,
)
from tests.tdlib import shown_text, utf16_length

if TYPE_CHECKING:
    from sancrm_notifications.schedule.periods import Period

Rows = list[dict[str, Any]]
MONEY = st.one_of(
    st.integers(-(10**9), 10**9), st.integers(-(10**14), 10**14), st.integers(0, 10**5).map(lambda n: n * 100)
)
PLUGINS = Path(sancrm_notifications.__file__).parents[1]
COUNT = st.integers(0, 3000)
FIGURES = st.fixed_dictionaries(
    {
        "repairs_count": COUNT,
        "rentals_count": COUNT,
        "repair_revenue_kopecks": MONEY,
        "rental_revenue_kopecks": MONEY,
        "parts_cost_kopecks": MONEY,
        "fixed_costs_kopecks": st.none() | MONEY,
        "months_without_fixed_costs": st.sampled_from([[], ["2026-11-01"]]),
    }
)
NAMES = st.text(min_size=1, max_size=50).filter(lambda name: "\x00" not in name)
AMOUNT = re.compile(r"−?[\d\u00a0]+(?:,\d\d)?")


def shown(period: Period, rows: Rows, options: Options | None = None, doubts: dict[str, Any] = NO_DOUBTS) -> list[str]:
    """Return the shown text of each message."""
    return [shown_text(message.html) for message in messages(period, rows, doubts, options or Options())]


def number(text: str) -> Fraction:
    """Return the number that an amount in a text stands for; a dash adds nothing."""
    return (
        Fraction("0")
        if text.strip() == "—"
        else Fraction(text.replace("\u00a0", "").replace("−", "-").replace(",", "."))
    )


def amount_after(label: str, text: str) -> Fraction:
    """Return the amount that follows a label."""
    match = re.search(re.escape(label) + rf": ({AMOUNT.pattern})", text)
    assert match, f"no {label} in {text}"
    return number(match[1])


def profit(text: str) -> Fraction:
    """Return the profit of a report, whatever it is called."""
    match = re.search(rf"Прибыль[^:\n]*: ({AMOUNT.pattern})", text)
    assert match
    return number(match[1])


@settings(max_examples=60)
@given(st.lists(FIGURES, min_size=2, max_size=6))
def test_the_branch_reports_add_up_to_the_summary(branches):
    rows = [branch_row(n, f"Филиал {n}", **figures) for n, figures in enumerate(branches)]
    *reports, summary = shown(FRIDAY, rows)
    for label in ("Выручка", "• ремонты", "• прокат"):
        assert sum(amount_after(label, text) for text in reports) == amount_after(label, summary)
    assert sum(profit(text) for text in reports) == profit(summary)
    for text in reports:
        assert amount_after("• ремонты", text) + amount_after("• прокат", text) == amount_after("Выручка", text)


@settings(max_examples=40)
@given(st.lists(FIGURES, min_size=2, max_size=5), FIGURES, FIGURES)
def test_the_summary_table_adds_up_to_its_total(branches, without_branch, own):
    rows = [branch_row(n, f"Филиал-{n}", **figures) for n, figures in enumerate(branches)]
    rows += [pseudo_row("no_branch", **without_branch), pseudo_row("network", **own)]
    summary = messages(FRIDAY, rows, NO_DOUBTS, Options())[-1]
    assert summary.rich_html
    cells = re.findall(r'<td align="right">(?:<b>)?([^<*]*)', summary.rich_html)
    revenues, profits = ([number(cell) for cell in cells[column::3]] for column in (0, 1))
    assert len(revenues) == len(rows) + 1
    assert sum(revenues[:-1]) == revenues[-1] == amount_after("Выручка", shown_text(summary.html))
    assert sum(profits[:-1]) == profits[-1] == profit(shown_text(summary.html))


@settings(max_examples=60)
@given(
    st.sampled_from([FRIDAY, WEEK, NOVEMBER]),
    st.lists(st.tuples(NAMES, FIGURES, FIGURES), max_size=4),
    st.booleans(),
)
def test_nothing_but_words_numbers_and_names_is_ever_shown(period, branches, whole_roubles):
    rows = [
        branch_row(n, name, period_name, **(then if period_name in period.comparisons() else now))
        for period_name in period.computed()
        for n, (name, now, then) in enumerate(branches)
    ]
    found = messages(period, rows, NO_DOUBTS, Options(whole_roubles=whole_roubles))
    assert len(found) == len(branches) + 1
    for message in found:
        parts = [shown_text(part) for part in split(message.html, 4096)]
        text = "\n".join(parts)
        assert all(utf16_length(part) <= 4096 for part in parts)
        for name, _, _ in branches:
            text = text.replace(name, "")
        assert not re.search(r"\b(nan|none|null|inf|<NA>|NaN|None)\b|∞", text)
        for table in re.findall("<pre>(.*?)</pre>", message.html, re.DOTALL):
            assert max(width(line) for line in shown_text(table).split("\n")) <= PHONE_WIDTH


def test_branch_reports_come_first_and_silently_and_the_summary_rings_and_closes():
    rows = [branch_row(7, "Центральный"), branch_row(3, "Юг"), pseudo_row("network", fixed_costs_kopecks=100)]
    found = messages(FRIDAY, rows, NO_DOUBTS, Options())
    assert [(message.subject, message.destination) for message in found] == [
        ("branch:7", "branch:7"),
        ("branch:3", "branch:3"),
        ("network", "reports"),
    ]
    assert [message.silent for message in found] == [True, True, False]
    assert [message.closes_batch for message in found] == [False, False, True]
    assert [message.label for message in found] == ["Центральный", "Юг", "Вся сеть"]
    assert [message.rich_html is not None for message in found] == [False, False, True]


def test_one_branch_can_be_asked_for_alone():
    rows = [branch_row(7, "Центральный"), branch_row(3, "Юг")]
    found = messages(FRIDAY, rows, NO_DOUBTS, Options(only_branch_id=3))
    assert [message.subject for message in found] == ["branch:3"]
    assert messages(FRIDAY, rows, NO_DOUBTS, Options(only_branch_id=4)) == []


def test_figures_are_the_periods_own():
    now = [branch_row(7, "Центральный"), branch_row(3, "Юг", **NO_FIXED_COSTS)]
    calm = messages(FRIDAY, now, NO_DOUBTS, Options())
    compared = messages(FRIDAY, [*now, branch_row(7, "Переименован", "week_before")], NO_DOUBTS, Options())
    assert [message.figures for message in calm] == [message.figures for message in compared]
    assert calm[0].html != compared[0].html
    assert calm[0].figures["profit_kopecks"] == 27_503_33
    assert calm[1].figures["fixed_costs_kopecks"] is None
    assert calm[2].figures["branch_7_profit_kopecks"] == 27_503_33
    assert all(type(figure) in {int, type(None)} for message in calm for figure in message.figures.values())


def test_money_moved_between_days_or_branches_changes_the_figures():
    week = [branch_row(7, "Центральный", name) for name in WEEK.computed()]
    moved = [row | {"repair_revenue_kopecks": 1} if row["period_name"] == "2026-11-18" else row for row in week]
    assert _figures(WEEK, week)[0] != _figures(WEEK, moved)[0]
    here = [branch_row(1, "Север", repairs_count=1), branch_row(2, "Юг", **NOTHING)]
    there = [branch_row(1, "Север", **NOTHING), branch_row(2, "Юг", repairs_count=1)]
    assert _figures(FRIDAY, here)[-1] != _figures(FRIDAY, there)[-1]


def _figures(period: Period, rows: Rows) -> list[dict[str, Any]]:
    return [dict(message.figures) for message in messages(period, rows, NO_DOUBTS, Options())]


def test_a_day_of_rentals_alone_has_no_average_ticket():
    report, _ = shown(FRIDAY, [branch_row(1, "Север", repairs_count=0, repair_revenue_kopecks=0)])
    assert "Завершено: 0\u00a0ремонтов, 3\u00a0проката" in report
    assert "чек" not in report


def test_branches_of_one_name_are_told_apart():
    *reports, summary = shown(FRIDAY, [branch_row(1, "Центральный"), branch_row(2, "Центральный")])
    assert "Центральный (№\u00a01)" in reports[0]
    assert "Центральный (№\u00a02)" in reports[1]
    assert {"Центральный (№ 1)", "Центральный (№ 2)"} <= set(summary.split("\n"))


def test_a_full_name_stands_in_the_report_and_a_shortened_one_in_the_table():
    name = "Филиал в торговом центре на проспекте Победы"
    report, _, summary = shown(FRIDAY, [branch_row(1, name), branch_row(2, "Юг")])
    assert name in report
    assert name not in summary
    assert "Филиал в торговом центре на просп…" in summary


def test_a_thousand_branches_are_all_there_exactly():
    rows = [branch_row(n, f"Филиал {n:04d}", repair_revenue_kopecks=n * 100) for n in range(1000)]
    summary = messages(FRIDAY, rows, NO_DOUBTS, Options())[-1]
    assert summary.rich_html is None
    parts = split(summary.html, 4096)
    assert len(parts) > 5
    lines = [line for part in parts for line in shown_text(part).split("\n")]
    revenues = {}
    for line in lines:
        row = re.fullmatch(rf"(Филиал \d{{4}}) +({AMOUNT.pattern})  +{AMOUNT.pattern}", line)
        if row:
            revenues[row[1]] = number(row[2])
    assert revenues == {f"Филиал {n:04d}": n + 7200 for n in range(1000)}


@pytest.mark.parametrize(
    ("newest_movement_at", "is_named"),
    [
        ("2026-11-20T13:00:00+00:00", False),
        ("2026-11-20T12:59:59+00:00", True),
        ("2026-11-21T05:00:00+03:00", False),
        (None, True),
    ],
)
def test_a_source_that_stopped_before_the_periods_end_is_named(newest_movement_at, is_named):
    texts = shown(FRIDAY, [branch_row(1, "Север")], doubts=NO_DOUBTS | {"newest_movement_at": newest_movement_at})
    assert len(texts) == 2
    assert all(("Данные могут быть неполными" in text) is is_named for text in texts)


AFTERNOON = datetime(2026, 11, 20, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "newest_movement_at", "is_named"),
    [
        ({}, "2026-11-20T18:00:00+00:00", True),
        ({}, "2026-11-20T09:00:00+00:00", False),
        ({"unfinished_as_of": AFTERNOON}, "2026-11-20T11:00:00+00:00", False),
    ],
)
def test_what_is_unusual_is_named_unless_the_source_stopped_or_the_day_goes_on(more, newest_movement_at, is_named):
    found = Unusual(1, Measure.REVENUE, Likeness.WEEKDAY, 45_650_00, 1_000_00, 20_000_00, 3.0)
    rows = [branch_row(1, "Север"), branch_row(2, "Юг")]
    options = Options(unusual=(found,), **more)
    texts = shown(FRIDAY, rows, options, NO_DOUBTS | {"newest_movement_at": newest_movement_at})
    assert ["обычно" in text for text in texts] == [is_named, False, is_named]


@pytest.mark.parametrize("branches", [1, 2])
def test_every_report_on_an_unfinished_period_says_so(branches):
    rows = [branch_row(n, f"Филиал {n}") for n in range(branches)]
    texts = shown(FRIDAY, rows, Options(unfinished_as_of=AFTERNOON))
    assert len(texts) == branches + 1
    for text in texts:
        first_note = text.replace("\u00a0", " ").split("\n\n")[-1].split("\n")[0]
        assert first_note == (
            "День ещё не закончился: данные на 20 ноября, 14:05. Постоянные расходы учтены за весь день."
        )


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (FRIDAY, "День ещё не закончился: данные на 20 ноября, 14:05."),
        (WEEK, "Неделя ещё не закончилась: данные на 20 ноября, 14:05."),
        (NOVEMBER, "Месяц ещё не закончился: данные на 20 ноября, 14:05."),
        (DECEMBER, "Месяц ещё не начался."),
    ],
)
def test_fixed_costs_of_the_whole_period_are_mentioned_only_when_there_are_any(period, words):
    report, _ = shown(period, [branch_row(1, "Север", **NO_FIXED_COSTS)], Options(unfinished_as_of=AFTERNOON))
    assert words in report.replace("\u00a0", " ").split("\n")


def test_a_source_that_stopped_in_another_year_is_dated_with_it():
    report, _ = shown(FRIDAY, [branch_row(1, "Север")], doubts={**NO_DOUBTS, "newest_movement_at": "2024-11-20T11:05Z"})
    assert "последнее событие в CRM — 20 ноября 2024, 14:05." in report.replace("\u00a0", " ")


def test_a_large_number_of_repairs_is_written_like_every_other():
    report, _ = shown(FRIDAY, [branch_row(1, "Север", repairs_count=12_345, repairs_without_cost=1_021)])
    assert "неизвестна для 1 021 ремонта из 12 345." in report.replace("\u00a0", " ")
    assert "из 12345" not in report
    assert "из\u00a012\u00a0345" in report


def test_an_amount_and_a_dash_never_begin_a_line():
    rows = [branch_row(1, "Север", repairs_without_revenue=1)]
    texts = shown(FRIDAY, rows, doubts={**NO_DOUBTS, "newest_movement_at": "2026-11-20T01:00Z"})
    assert len(texts) == 2
    assert all("как 0\u00a0₽" in text and "в CRM\u00a0— 20" in text for text in texts)
    assert not any(re.search("[ \n](?:[₽%]|— )", text) for text in texts)


def test_a_source_is_not_blamed_for_what_lies_ahead():
    moved = NO_DOUBTS | {"newest_movement_at": "2026-11-20T11:00:00+00:00"}
    texts = shown(NOVEMBER, [branch_row(1, "Север")], Options(unfinished_as_of=AFTERNOON), moved)
    assert texts
    assert not any("Данные могут быть неполными" in text for text in texts)


def test_many_branches_without_fixed_costs_are_counted_after_ten():
    rows = [branch_row(n, f"Филиал {n}", **NO_FIXED_COSTS) for n in range(1, 13)] + [branch_row(13, "Юг")]
    summary = shown(FRIDAY, rows)[-1].replace("\u00a0", " ")
    assert "Нет данных о постоянных расходах за ноябрь 2026: Филиал 1, " in summary
    assert "Филиал 10, ещё 2 филиала." in summary


def test_fixed_costs_missing_for_all_branches_are_said_once():
    rows = [branch_row(n, f"Филиал {n}", **NO_FIXED_COSTS) for n in (1, 2)]
    rows.append(pseudo_row("network", fixed_costs_kopecks=100))
    assert "за ноябрь\u00a02026: все филиалы." in shown(FRIDAY, rows)[-1]


@pytest.mark.parametrize(
    ("costs", "row"),
    [
        ({"fixed_costs_kopecks": 3_166_67}, "— −3 166,67"),
        ({"fixed_costs_kopecks": 0}, "— —"),
        ({"fixed_costs_kopecks": None, "months_without_fixed_costs": ["2026-11-01"]}, "— —*"),
    ],
)
def test_common_costs_have_no_revenue_and_a_dash_where_there_are_none(costs, row):
    rows = [branch_row(1, "Север"), branch_row(2, "Юг"), pseudo_row("network", **costs)]
    summary = " ".join(shown(FRIDAY, rows)[-1].replace("\u00a0", " ").split())
    assert f"Общие расходы сети {row} Вся сеть" in summary


def test_orders_of_no_branch_have_no_fixed_costs_at_all():
    orders: dict[str, Any] = {"repairs_count": 1, "repair_revenue_kopecks": 2_400_00, "parts_cost_kopecks": 650_50}
    summary = shown(FRIDAY, [pseudo_row("no_branch", **orders)])[-1].replace("\u00a0", " ")
    assert "Расходы: 650,50 ₽\n• переменные (запчасти): 650,50 ₽\n• постоянные: —" in summary


def test_a_month_missing_from_the_networks_own_costs_is_named():
    own = pseudo_row("network", fixed_costs_kopecks=100, months_without_fixed_costs=["2026-12-01"])
    summary = shown(WEEK, [branch_row(1, "Север"), own])[-1]
    assert "Нет данных о постоянных расходах за декабрь\u00a02026: общие расходы сети." in summary


def unlike(now: Rows, then: Rows) -> list[str]:
    """Return the lines under the summary's comparison that say which branches one side lacks."""
    rows = [*now, *({**row, "period_name": "week_before"} for row in then)]
    comparison = next(block for block in shown(FRIDAY, rows)[-1].split("\n\n") if block.startswith("К\u00a013"))
    return comparison.replace("\u00a0", " ").split("\n")[1:]


def test_a_comparison_names_the_branches_that_only_one_side_has():
    north, south, east = branch_row(1, "Север"), branch_row(2, "Юг"), branch_row(3, "Восток")
    assert unlike([north, south], [north, south]) == []
    assert unlike([north, south], [north, south, east]) == ["• тогда работал и филиал «Восток»"]
    assert unlike([north, south], [north]) == ["• тогда не было цифр филиала «Юг»"]
    assert unlike([north, south], [east]) == [
        "• тогда работал и филиал «Восток»",
        "• тогда не было цифр 2 филиалов: «Север», «Юг»",
    ]


def test_a_comparison_counts_the_branches_when_they_are_many():
    many = [branch_row(number, f"Филиал {number}") for number in range(1, 24)]
    assert unlike(many[:2], many[:5]) == ["• тогда работали ещё 3 филиала: «Филиал 3», «Филиал 4», «Филиал 5»"]
    assert unlike(many[:2], many) == ["• тогда работал ещё 21 филиал"]
    assert unlike(many, many[:2]) == ["• тогда не было цифр 21 филиала"]


def test_an_empty_day_of_a_working_branch_is_a_decline_and_no_closing():
    idle = branch_row(2, "Юг", **NOTHING | NO_FIXED_COSTS)
    then = [branch_row(1, "Север"), branch_row(2, "Юг", **NO_FIXED_COSTS)]
    assert unlike([branch_row(1, "Север"), idle], then) == []


def test_where_nothing_is_compared_no_branch_is_missed():
    then = [branch_row(number, name, **NOTHING | NO_FIXED_COSTS) for number, name in ((1, "Север"), (2, "Юг"))]
    assert unlike([branch_row(1, "Север"), branch_row(2, "Юг")], then) == []


def test_a_closed_branch_is_told_from_a_working_one_of_its_name():
    now = [branch_row(1, "Север"), branch_row(2, "Юг")]
    assert unlike(now, [*now, branch_row(7, "Юг")]) == ["• тогда работал и филиал «Юг (№ 7)»"]
    assert unlike(now, [*now, branch_row(8, " ")]) == ["• тогда работал и филиал «Филиал (№ 8)»"]


@pytest.mark.parametrize(
    ("now_roubles", "then_roubles", "words"),
    [
        (30_000, 26_000, "прибыль больше на 4 000 ₽"),
        (26_000, 30_000, "прибыль меньше на 4 000 ₽"),
        (30_000, 30_000, "прибыль та же"),
        (-1_000, 3_000, "прибыль меньше на 4 000 ₽"),
        (3_000, -1_000, "прибыль больше на 4 000 ₽"),
        (0, -1_000, "прибыль больше на 1 000 ₽"),
        (-1_000, 0, "прибыль меньше на 1 000 ₽"),
        (-1_000, -5_000, "убыток меньше на 4 000 ₽"),
        (-5_000, -1_000, "убыток больше на 4 000 ₽"),
        (-5_000, -5_000, "убыток тот же"),
    ],
)
def test_a_change_of_profit_is_said_in_words(now_roubles, then_roubles, words):
    now, then = (
        NOTHING | {"repair_revenue_kopecks": 100_000_00, "fixed_costs_kopecks": (100_000 - profit) * 100}
        for profit in (now_roubles, then_roubles)
    )
    report, _ = shown(FRIDAY, [branch_row(1, "Север", **now), branch_row(1, "Север", "week_before", **then)])
    assert report.replace("\u00a0", " ").endswith(f"выручка 0,0 %, {words}")


def test_a_change_that_rounds_to_nothing_is_none():
    rows = [branch_row(1, "Север"), branch_row(1, "Север", "week_before", parts_cost_kopecks=11_980_40)]
    report, _ = shown(FRIDAY, rows, Options(whole_roubles=True))
    assert "прибыль та же" in report.replace("\u00a0", " ")


def test_kopecks_are_shown_in_all_amounts_below_the_first_line_or_in_none():
    with_kopecks = shown(FRIDAY, [branch_row(1, "Север")])[0].partition("\n")[2]
    without = shown(FRIDAY, [branch_row(1, "Север", fixed_costs_kopecks=6_000_00)])[0]
    amounts = re.findall(r"([\d\u00a0,]+)\u00a0₽", with_kopecks)
    assert len(amounts) == 8
    assert all(re.search(r",\d\d$", amount) for amount in amounts)
    assert not re.search(r",\d\d\u00a0₽", without)


def test_kopecks_of_two_branches_that_make_a_rouble_are_shown_in_the_summary():
    odd: dict[str, Any] = {"repair_revenue_kopecks": 100_50, "fixed_costs_kopecks": 0}
    summary = shown(FRIDAY, [branch_row(1, "Север", **odd), branch_row(2, "Юг", **odd)])[-1].replace("\u00a0", " ")
    assert "• ремонты: 201,00 ₽" in summary
    assert summary.count("7 300,50") == 2


@pytest.mark.parametrize(("branches", "has_rich_form"), [(480, True), (500, False)])
def test_a_table_of_too_many_rows_has_no_rich_form(branches, has_rich_form):
    summary = messages(FRIDAY, [branch_row(n, f"Ф{n}") for n in range(branches)], NO_DOUBTS, Options())[-1]
    assert (summary.rich_html is not None) is has_rich_form


def test_this_room_knows_no_airflow_database_or_telegram_and_pandas_only_for_figures():
    program = (
        "import sys, sancrm_notifications.{0}; "
        "print(*sorted({{'pandas', 'airflow', 'psycopg', 'telegram'}} & set(sys.modules)))"
    )
    plain = ("schedule.periods", "text.money", "text.russian", "text.markup", "text.monospace")
    for module, loaded in [*((name, "") for name in plain), ("notifications.profitability.messages", "pandas")]:
        command = [sys.executable, "-c", program.format(module)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(PLUGINS)})
        assert answer.stdout.strip() == loaded
