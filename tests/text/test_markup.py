"""What is escaped is shown as typed, and every part of a split text is valid; TDLib is the judge."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.text.markup import clean, escape, isolate, one_line, split, value, visible_length
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


@settings(max_examples=1000, deadline=None)
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


def test_right_to_left_text_is_isolated_and_cannot_break_out():
    assert isolate("Центральный") == "Центральный"
    assert isolate("שלום") == "\u2068שלום\u2069"
    assert isolate("ש\u2069ב\u2067") == "\u2068שב\u2069"
    assert value("<ש>") == "\u2068&lt;ש&gt;\u2069"


def test_one_line_keeps_words():
    assert one_line(" a\n\n b\tc ") == "a b c"


@settings(deadline=None)
@given(documents())
def test_visible_length_is_what_telegram_counts(html):
    assert visible_length(html) == utf16_length(parsed(html)["text"])


@settings(max_examples=500, deadline=None)
@given(documents(), st.integers(2, 40))
def test_parts_are_valid_fit_and_lose_only_blanks_at_the_cuts(html, limit):
    texts = [shown_text(part) for part in split(html, limit)]
    assert all(0 < utf16_length(text) <= limit for text in texts)
    assert not any(text.isspace() for text in texts)
    assert _without_blanks("".join(texts)) == _without_blanks(shown_text(html))


@settings(max_examples=500, deadline=None)
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
