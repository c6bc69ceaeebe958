"""A correction says what of a report's own figures has changed, and nothing else makes one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sancrm_notifications.notifications.profitability.corrections import Correction, correction_line, is_corrected
from sancrm_notifications.text.money import MoneyStyle

AT = datetime(2026, 11, 21, 10, 40, tzinfo=UTC)
BEFORE = {"revenue_kopecks": 118_400_00, "profit_kopecks": 25_000_00, "repairs_count": 12, "fixed_costs_kopecks": None}


def line(**now: int) -> str:
    """Return the correction's line with its no-break spaces made plain."""
    style = MoneyStyle(shows_kopecks=False)
    return correction_line(Correction(BEFORE, AT), BEFORE | now, style).replace("\u00a0", " ")


def test_the_line_names_each_headline_figure_that_changed() -> None:
    assert line(revenue_kopecks=120_900_00, repairs_count=13) == (
        "<i>Уточнено 21 ноября, 10:40: выручка 118 400 ₽ → 120 900 ₽, ремонты 12 → 13.</i>"
    )


def test_costs_that_have_become_known_are_named() -> None:
    assert line(fixed_costs_kopecks=6_000_00) == (
        "<i>Уточнено 21 ноября, 10:40: постоянные расходы «нет данных» → 6 000 ₽.</i>"
    )


def test_a_change_elsewhere_is_named_too() -> None:
    assert line(branch_9_revenue_kopecks=5) == "<i>Уточнено 21 ноября, 10:40: строки таблицы или сноски.</i>"


@pytest.mark.parametrize(
    ("now", "is_one"),
    [
        ({}, False),
        ({"revenue_kopecks": 1}, True),
        ({"fixed_costs_kopecks": 0}, True),
        ({"a_figure_of_a_later_version": 5}, False),
        ({"branch_9_revenue_kopecks": 5}, True),
        ({"branch_9_revenue_kopecks": 0, "no_branch_profit_kopecks": 0}, False),
    ],
)
def test_only_the_reports_own_figures_count(now: dict[str, int], is_one: bool) -> None:
    assert is_corrected(BEFORE, BEFORE | now) is is_one
    assert is_corrected(BEFORE | now, BEFORE) is is_one
