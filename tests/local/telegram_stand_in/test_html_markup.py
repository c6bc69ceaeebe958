"""The HTML of ordinary messages is judged as TDLib judges it: verdict, reason, text and entities."""

from __future__ import annotations

import random

import pytest

from local.telegram_stand_in.html_markup import HtmlError, parse
from tests.local.telegram_stand_in import tdlib

STRINGS = 20_000

TAGS = (
    *("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "blockquote"),
    *("span", "tg-spoiler", "tg-emoji", "tg-time", "B", "Pre", "br", "p", "", "h1", "table", "!--"),
)
ATTRIBUTES = (
    *(
        "",
        "",
        "",
        " ",
        " href='http://a.ru'",
        ' href="b.ru/?x=1&amp;y=2"',
        " href=http://localhost",
        " href='tg://user?id=5'",
    ),
    *(" class='tg-spoiler'", ' class="language-py"', " class=language-sql", " class='language-'", " expandable", "/"),
    *(" emoji-id='5368324170671202286'", " emoji-id=x", " unix='1700000000'", " unix=17 format='wDT'", " format=zz"),
    *(" x", " x=", " x='", ' x="', " =1", " x=a_b", " x = 'y'  ", " a b='&lt;' ", "\n", "\0"),
)
TEXTS = (
    *("a", "Ремонт", " ", "\n", "  ", "😀", "👨‍👩‍👧", "é", "x.ru", "<", ">", "&", '"', "'", "</", "<<", "\u200f", "\0"),
    *(
        "&lt;",
        "&gt;",
        "&amp;",
        "&quot;",
        "&nbsp;",
        "&apos;",
        "&lt",
        "&AMP;",
        "&#60;",
        "&#x3C;",
        "&#128512;",
        "&#xd83d;",
    ),
    *("&#0;", "&#1114110;", "&#1114111;", "&#99999999999;", "&#x;", "&#;", "&;", "&#4294967356;", "=", "/", "1 234 ₽"),
)


def random_markup(chance: random.Random) -> str:
    """Return markup that is often right: half of the open tags are closed, most in order."""
    pieces: list[str] = []
    open_tags: list[str] = []
    for _ in range(chance.randrange(1, 12)):
        draw = chance.random()
        if draw < 0.35:
            tag = chance.choice(TAGS[:18])
            if chance.random() < 0.08:
                tag = chance.choice(TAGS)
            pieces.append(f"<{tag}{attributes(chance, tag)}>")
            open_tags.append(tag)
        elif draw < 0.6 and open_tags:
            tag = open_tags.pop() if chance.random() < 0.95 else chance.choice(TAGS)
            pieces.append(f"</{chance.choice((tag, tag, tag.upper(), ''))}{chance.choice(('', '', ' '))}>")
        else:
            pieces.append(chance.choice(TEXTS[:9] if chance.random() < 0.6 else TEXTS))
    if chance.random() < 0.8:
        pieces += [f"</{tag}>" for tag in reversed(open_tags)]
    if chance.random() < 0.05:
        del pieces[chance.randrange(len(pieces))]
    return "".join(pieces)


def attributes(chance: random.Random, tag: str) -> str:
    """Return attributes, those the tag wants more often than not."""
    wanted = {
        "span": " class='tg-spoiler'",
        "a": chance.choice(ATTRIBUTES[4:8]),
        "tg-emoji": " emoji-id='5368324170671202286'",
        "tg-time": " unix='1700000000'",
        "code": chance.choice(ATTRIBUTES[9:12]),
        "blockquote": chance.choice(("", " expandable")),
    }
    if chance.random() < 0.8:
        return wanted.get(tag, "")
    return chance.choice(ATTRIBUTES)


def verdict(html: str) -> tuple[str, list[dict[str, object]]] | str:
    """Return ours in the form of TDLib's."""
    try:
        text, entities = parse(html)
    except HtmlError as reason:
        return f"Can't parse entities: {reason}"
    for entity in entities:
        entity.pop("date_time_format", None)
    return text, entities


@pytest.mark.parametrize("seed", range(4))
def test_random_markup_is_judged_as_tdlib_judges_it(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    refused = accepted = 0
    for _ in range(STRINGS // 4):
        html = random_markup(chance)
        expected = tdlib.parse_html(html)
        assert verdict(html) == expected, repr(html)
        refused += isinstance(expected, str)
        accepted += not isinstance(expected, str)
    assert refused > STRINGS // 40
    assert accepted > STRINGS // 40
