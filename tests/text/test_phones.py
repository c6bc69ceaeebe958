"""A phone that is one becomes dialable and readable; anything else is shown as it was typed."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.text.phones import dialable, is_region

MOBILE = "+7 912 345-67-89"


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(character)) for character in text if character.isdecimal())


@pytest.mark.parametrize(
    "typed",
    [
        "89123456789",
        "+7 (912) 345-67-89",
        "8-912-345-67-89",
        "912 345 67 89",
        "7 912 345 67 89",
        "+7.912.345.67.89.",
        " 8\N{NO-BREAK SPACE}912\N{NO-BREAK SPACE}345\N{NON-BREAKING HYPHEN}67\N{NON-BREAKING HYPHEN}89 ",
        "＋7９１２３４５６７８９",
        "\u202a+7 912 345-67-89\u202c",
        "8912\u200b3456789\ufeff",
        "тел. 8 912 345-67-89",
        "Тел: 89123456789",
        "телефон 89123456789",
        "т. 8(912)3456789",
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert dialable(typed, "RU") == MOBILE


@pytest.mark.parametrize(
    "typed",
    [
        "8 (495) 123-45-67 доб. 12",
        "8 (495) 123-45-67, Доб.12",
        "84951234567 (доб. 12)",
        "84951234567 вн. 12",
        "+7 495 123-45-67 x12",
        "+74951234567#12",
    ],
)
def test_an_extension_is_kept_and_named_in_russian(typed: str) -> None:
    assert dialable(typed, "RU") == "+7 495 123-45-67 доб. 12"


def test_the_region_is_where_numbers_without_a_country_code_are() -> None:
    assert dialable("030 123456", "DE") == "+49 30 123456"
    assert dialable("030 123456", "RU") is None
    assert dialable("+375 29 123-45-67", "RU") == "+375 29 123-45-67"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "112",
        "2-12-85-06",
        "не звонить",
        "звонить после 18",
        "+7 912 345-67-89 Иван",
        "89123456789 WhatsApp",
        "8 912 345 67 89, 8 913 222 33 44",
        "8 912 345 67 89 8 913 222 33 44",
        "8 800 FLOWERS",
        "+7 000 345-67-89",
        "<b>89123456789</b>",
        "7" * 5_000,
    ],
)
def test_what_says_more_or_less_than_a_number_is_none(typed: str) -> None:
    assert dialable(typed, "RU") is None


@given(st.text(max_size=40) | st.text("0123456789+-() доб.", max_size=40))
def test_no_text_is_an_error_and_what_is_shown_ends_as_it_was_typed(typed: str) -> None:
    shown = dialable(typed, "RU")
    assert shown is None or _digits(shown).endswith(_digits(typed)[-5:])


def test_a_long_text_takes_no_time() -> None:
    began = time.monotonic()
    dialable("1 (" * 2_000 + "доб", "RU")
    assert time.monotonic() - began < 1


def test_regions_are_those_of_the_library() -> None:
    assert is_region("RU")
    assert not is_region("XX")
