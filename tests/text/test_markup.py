"""What is escaped is shown as typed, and every part of a split text is valid; TDLib is the judge."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sancrm_notifications.text.markup import (
    beginning,
    characters,
    clean,
    escape,
    is_blank,
    isolate,
    one_line,
    split,
    value,
    visible_length,
)
from tests.tdlib import RefusedHtmlError, parsed, shown_text, utf16_length

SENT = st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), *"\u2028\u2029\u202a\u202b"])
TYPED = st.text(st.one_of(SENT, st.sampled_from("<>&\"'/;#x \n😀👩\u200d🔧\u0301שلב")), max_size=60)
WRAPPERS = st.sampled_from(
    ["{}", "<b>{}</b>", "<i>{}</i>", "<pre>{}</pre>", "<code>{}</code>", '<a href="tg://x">{}</a>']
)


@st.composite
def documents(draw):
    """Return HTML of ours: escaped texts, some inside one or two tags."""
    pieces = draw(st.lists(st.tuples(TYPED, WRAPPERS, st.sampled_from(["{}", "<b>{}</b>"])), max_size=8))
    return "".join(outer.format(inner.format("{}")).replace("{}", escape(text)) for text, inner, outer in pieces)


@settings(max_examples=400)
@given(TYPED)
def test_text_shown_is_text_typed(text):
    assert shown_text(f"<b>{escape(text)}</b>") == clean(text)


@pytest.mark.parametrize(
    "text", ["<b>", "a & b &amp; &#65;", "\"'", "</b>", "<3", "😀", "&lt;", "שלום", "a\nb", "x" * 5000, "<tg-spoiler>"]
)
def test_hostile_text_is_shown_as_typed(text):
    assert shown_text(escape(text)) == text


def test_what_telegram_never_sends_is_gone_before_it_is_measured():
    assert clean("a\x00b\tc\r\nd\u202ee\ud83df") == "a b c\nde\ufffdf"


def test_the_judge_refuses_unescaped_text():
    with pytest.raises(RefusedHtmlError):
        shown_text("<фирма>")


def test_no_letter_that_runs_from_right_to_left_is_passed_over():
    for code in range(sys.maxunicode + 1):
        if unicodedata.bidirectional(chr(code)) in {"R", "AL"}:
            assert isolate(chr(code)) != chr(code), hex(code)


def test_what_is_clean_already_is_what_cleaning_leaves():
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        if category in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}:
            written = f"а{chr(code)}б"
            assert clean(clean(written)) == clean(written)
            is_kept = category in {"Cf", "Zs"} and not 0x202A <= code <= 0x202E
            assert (clean(written) == written) is (is_kept or code == 0x0A or 0x7F <= code <= 0x9F), hex(code)


def test_right_to_left_text_is_isolated_and_cannot_break_out():
    assert isolate("Центральный") == "Центральный"
    assert isolate("שלום") == "\u2068שלום\u2069"
    assert isolate("ש\u2069ב\u2067") == "\u2068שב\u2069"
    assert value("<ש>") == "\u2068&lt;ש&gt;\u2069"


def test_one_line_keeps_words():
    assert one_line(" a\n\n b\tc ") == "a b c"


@given(documents())
def test_visible_length_is_what_telegram_counts(html):
    assert visible_length(html) == utf16_length(parsed(html)["text"])


@settings(max_examples=500)
@given(documents(), st.integers(2, 40))
def test_parts_are_valid_fit_and_lose_only_blanks_at_the_cuts(html, limit):
    texts = [shown_text(part) for part in split(html, limit)]
    assert all(0 < utf16_length(text) <= limit for text in texts)
    assert not any(text.isspace() for text in texts)
    assert _without_blanks("".join(texts)) == _without_blanks(shown_text(html))


CLUSTERS = [
    "🇷🇺",
    "👍🏽",
    "👩\u200d🔧",
    "\u1100\u1161\u11a8",
    "각",
    "क्ष",
    "e\u0301\u0323",
    "1\ufe0f\u20e3",
    "<\u0301",
    "a",
    " ",
    "ж\n",
]


@settings(max_examples=500)
@given(st.lists(st.tuples(st.sampled_from(CLUSTERS), WRAPPERS), min_size=1, max_size=30), st.integers(8, 20))
@example([("e", "<b>{}</b>"), ("\u0301", "<i>{}</i>")] * 6, 8)
def test_no_character_on_the_screen_is_cut(pieces, limit):
    html = "".join(wrapper.format(escape(text)) for text, wrapper in pieces)
    whole = [shown for shown in characters(shown_text(html)) if not shown.isspace()]
    cut = [shown for part in split(html, limit) for shown in characters(shown_text(part)) if not shown.isspace()]
    assert cut == whole


def test_a_character_longer_than_a_part_is_cut_after_all():
    assert split("e" + "\u0301" * 9, 5) == ["e" + "\u0301" * 4, "\u0301" * 5]


@given(st.text(max_size=40) | st.lists(st.sampled_from(CLUSTERS)).map("".join), st.integers(0, 20))
def test_a_beginning_ends_between_characters_on_the_screen(text, most):
    shown = beginning(text, most)
    assert text.startswith(shown)
    assert len(shown) <= most
    whole = characters(text)
    assert characters(shown) == whole[: len(characters(shown))]
    assert len(shown) == len(text) or len(shown) + len(whole[len(characters(shown))]) > most


@pytest.mark.parametrize(
    "text", ["", " ", "\u00a0", "\u200b", "\u2800", "\u3164", "\ufeff", "\t\n", "\u00ad\u2060\u115f \u200f", None]
)
def test_what_takes_no_ink_is_blank(text):
    assert is_blank(text)
    assert one_line(text or "") == ""


@pytest.mark.parametrize("text", [".", "Б", "\u0301a", "👩\u200d🔧", "\u2801", "\u0600"])
def test_what_can_be_seen_is_not_blank(text):
    assert not is_blank(text)
    assert one_line(f" {text}\u00a0") == text


@settings(max_examples=500)
@given(documents(), st.integers(2, 40))
def test_every_character_keeps_its_formatting(html, limit):
    joined = [pair for part in split(html, limit) for pair in _formatted(part)]
    assert joined == _formatted(html)


def test_a_text_that_fits_stays_whole():
    html = "<b>a</b>\n\n<pre>b\nc</pre>"
    assert split(html, visible_length(html)) == [html]
    assert split("", 10) == []


@pytest.mark.parametrize(
    ("html", "limit", "parts"),
    [
        ("one two\n\nthree\nfour five", 20, ["one two", "three\nfour five"]),
        ("one two\nthree four", 14, ["one two", "three four"]),
        ("one two three", 9, ["one two", "three"]),
        ("onetwothree", 5, ["onetw", "othre", "e"]),
        ("<b>one two</b> x", 5, ["<b>one</b>", "<b>two</b> x"]),
        ("<pre>a  1\nb  2\nc  3</pre>", 9, ["<pre>a  1\nb  2</pre>", "<pre>c  3</pre>"]),
        ("<pre>a\n    1\nb\n    2</pre>", 9, ["<pre>a\n    1</pre>", "<pre>b\n    2</pre>"]),
        ("&lt;&amp;&gt;", 2, ["&lt;&amp;", "&gt;"]),
        ("😀😀😀", 5, ["😀😀", "😀"]),
        (
            '<a href="https://a.ru/?b=1">abcd</a>',
            2,
            ['<a href="https://a.ru/?b=1">ab</a>', '<a href="https://a.ru/?b=1">cd</a>'],
        ),
        ("ab\n\n\n\ncd", 3, ["ab", "cd"]),
        ("xe\u0301e\u0301", 4, ["xe\u0301", "e\u0301"]),
    ],
)
def test_cuts_fall_at_paragraphs_then_lines_then_words(html, limit, parts):
    assert split(html, limit) == parts


def test_a_part_must_hold_any_character():
    with pytest.raises(ValueError, match="cannot hold every character"):
        split("😀", 1)


def _without_blanks(text: str) -> str:
    return re.sub(r"\s", "", text)


def _formatted(html: str) -> list[tuple[str, frozenset[str]]]:
    """Return each character of the shown text, blanks left out, with the formatting it has."""
    answer = parsed(html)
    units = answer["text"].encode("utf-16-le")
    found = []
    position = 0
    for character in answer["text"]:
        kinds = {
            str(entity["type"])
            for entity in answer["entities"]
            if entity["offset"] <= position < entity["offset"] + entity["length"]
        }
        if not character.isspace():
            found.append((character, frozenset(kinds)))
        position += len(character.encode("utf-16-le")) // 2
    assert position == len(units) // 2
    return found
