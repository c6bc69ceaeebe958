"""Money and shares are written exactly, in Russian, and can be read back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.text.money import MoneyStyle, divide, percent, percent_change

KOPECKS = st.integers(-(10**17), 10**17)
EXACT = MoneyStyle(shows_kopecks=True)
WHOLE = MoneyStyle(shows_kopecks=False)


def read_back(text: str) -> Fraction:
    """Return the number that a reader sees in a formatted amount or percentage."""
    plain = text.replace("\u00a0", "").replace("−", "-").replace(",", ".").rstrip("₽%")
    return Fraction(plain)


@pytest.mark.parametrize(
    ("kopecks", "exact", "whole"),
    [
        (0, "0,00 ₽", "0 ₽"),
        (123456700, "1 234 567,00 ₽", "1 234 567 ₽"),
        (123450, "1 234,50 ₽", "1 235 ₽"),
        (-123450, "−1 234,50 ₽", "−1 235 ₽"),
        (5, "0,05 ₽", "0 ₽"),
        (-49, "−0,49 ₽", "0 ₽"),
        (-50, "−0,50 ₽", "−1 ₽"),
        (99950, "999,50 ₽", "1 000 ₽"),
    ],
)
def test_amounts(kopecks, exact, whole):
    assert EXACT.text(kopecks) == exact.replace(" ", "\u00a0")
    assert WHOLE.text(kopecks) == whole.replace(" ", "\u00a0")


@given(KOPECKS)
def test_an_exact_amount_reads_back_as_itself(kopecks):
    assert read_back(EXACT.text(kopecks)) * 100 == kopecks


@given(KOPECKS)
def test_a_rounded_amount_is_the_nearest_rouble_half_away_from_zero(kopecks):
    shown = read_back(WHOLE.text(kopecks))
    assert abs(shown - Fraction(kopecks, 100)) <= Fraction(1, 2)
    if abs(kopecks) % 100 == 50:
        assert abs(shown) * 100 > abs(kopecks)


def test_one_amount_with_kopecks_shows_them_in_all():
    assert MoneyStyle.for_amounts([100, 250, None], whole_roubles=False).shows_kopecks
    assert not MoneyStyle.for_amounts([100, -300, None], whole_roubles=False).shows_kopecks
    assert not MoneyStyle.for_amounts([100, 250], whole_roubles=True).shows_kopecks


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (3, 8, "37,5 %"),
        (1, 3, "33,3 %"),
        (2, 3, "66,7 %"),
        (1, 2000, "0,1 %"),
        (-1, 2000, "−0,1 %"),
        (-1, 2001, "0,0 %"),
        (123, 1, "12 300,0 %"),
        (10**18 + 1, 10**18, "100,0 %"),
    ],
)
def test_percent(part, whole, text):
    assert percent(part, whole) == text.replace(" ", "\u00a0")


@given(KOPECKS, st.integers(1, 10**17))
def test_a_percentage_is_right_to_half_a_tenth(part, whole):
    assert abs(read_back(percent(part, whole)) - Fraction(100 * part, whole)) <= Fraction(1, 20)


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(1125, 1000, "+12,5 %"), (970, 1000, "−3,0 %"), (1000, 1000, "0,0 %"), (0, 5, "−100,0 %"), (-5, 5, "−200,0 %")],
)
def test_growth_has_its_sign(now, before, text):
    assert percent_change(now, before) == text.replace(" ", "\u00a0")


def test_nothing_is_divided_by_zero():
    with pytest.raises(ValueError, match="must be positive, not 0"):
        divide(1, 0)
