"""Names in tables keep to their columns, whatever letters they are written in."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sancrm_notifications.text.monospace import left, right, shortened, width

JOINING = "aЖ \U000e0100\u0301\u0600🏻👩\u200d🔧🇷🇺각각क्ष❤\ufe0f修\u093e"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Центр", 5),
        ("修理店", 6),
        ("🔧", 2),
        ("👩\u200d🔧", 2),
        ("❤\ufe0f", 2),
        ("e\u0301", 1),
        ("👍🏽", 2),
        ("🇷🇺", 2),
        ("\u1100\u1161\u11a8", 2),
        ("각", 2),
        ("1\ufe0f\u20e3", 2),
        ("\u2068שלב\u2069", 3),
        ("", 0),
    ],
)
def test_width_is_what_a_fixed_width_font_takes(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize(
    ("name", "columns", "shown"),
    [
        ("Центральный", 11, "Центральный"),
        ("Центральный", 8, "Централ…"),
        ("На Садовой улице", 4, "На…"),
        ("修理店", 5, "修理…"),
        ("a👩\u200d🔧b", 3, "a…"),
        ("two\nlines", 20, "two lines"),
        ("שלום עולם", 5, "\u2068שלום…\u2069"),
    ],
)
def test_a_long_name_ends_with_an_ellipsis_between_characters(name, columns, shown):
    assert shortened(name, columns) == shown


@given(
    st.text(max_size=40) | st.text(JOINING, max_size=12),
    st.integers(1, 34),
)
@example("🏻", 3)
@example("🏻\ufe0f🏻", 5)
@example("🏻\U000e0100\u200d🏻", 5)
@example("\U000e0100", 1)
def test_a_shortened_name_fits_and_aligns(name, columns):
    short = shortened(name, columns)
    assert width(short) <= columns
    assert width(left(short, columns)) == width(right(short, columns)) == columns
