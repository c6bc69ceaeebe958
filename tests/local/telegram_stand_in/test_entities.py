"""Text is cleaned as TDLib cleans it, and trimmed with its entities."""

from __future__ import annotations

import random

import pytest

from local.telegram_stand_in.entities import Entity, cleaned, trimmed, utf16_length
from local.telegram_stand_in.tdlib import bot_api_entity, execute

PIECES = (
    *("a", "Ремонт", " ", "\n", "\t", "\r\n", "\r", "\0", "\x01", "\x1f", "😀", "é", "\u030a", "\u0333", "\u033f"),
    *(
        "\u00a0",
        "\u200b",
        "\u200e",
        "\u200f",
        "\u2028",
        "\u202a",
        "\u202e",
        "\u2060",
        "\u3000",
        "\ufeff",
        "\x7f",
        "\x85",
    ),
)


def test_random_text_is_cleaned_as_tdlib_cleans_it() -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    changed = 0
    for _ in range(3_000):
        # TDLib's function does not trim, but drops a text of nothing but spaces: hence the letters around.
        text = "я" + "".join(chance.choice(PIECES) for _ in range(chance.randrange(12))) + "я"
        offset = chance.randrange(utf16_length(text))
        length = chance.randrange(1, utf16_length(text) - offset + 1)
        kind = {"@type": "textEntityTypeTextUrl", "url": "http://a.ru/"}
        given = {"@type": "textEntity", "offset": offset, "length": length, "type": kind}
        if splits_a_pair(text, offset) or splits_a_pair(text, offset + length):
            continue
        entity: Entity = {"type": "text_link", "offset": offset, "length": length, "url": "http://a.ru/"}
        # Nothing of it is Markdown, and the function cleans what it reads.
        clean = execute("parseMarkdown", text={"@type": "formattedText", "text": text, "entities": [given]})
        expected = clean["text"], [bot_api_entity(one) for one in clean["entities"]]
        assert cleaned(text, [entity]) == expected, repr((text, offset, length))
        changed += clean["text"] != text
    assert changed > 1_000


def splits_a_pair(text: str, offset: int) -> bool:
    """Tell whether an offset falls into the middle of a character."""
    unit = text.encode("utf-16-le")[offset * 2 : offset * 2 + 2].decode("utf-16-le", errors="surrogatepass")
    return "\udc00" <= unit <= "\udfff"


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("  Готов\n", (2, 5), ("Готов", (0, 5))),
        (" \n Готов  ", (0, 10), ("Готов", (0, 5))),
        ("😀 Готов ", (0, 9), ("😀 Готов", (0, 8))),
        ("Готов  ", (5, 2), ("Готов", None)),
        ("\u00a0Готов\u00a0", (0, 7), ("\u00a0Готов\u00a0", (0, 7))),
    ],
)
def test_entities_are_trimmed_with_their_text(
    text: str, span: tuple[int, int], expected: tuple[str, tuple[int, int] | None]
) -> None:
    found, entities = trimmed(text, [{"type": "bold", "offset": span[0], "length": span[1]}])
    assert (found, [(one["offset"], one["length"]) for one in entities]) == (
        expected[0],
        [expected[1]] if expected[1] else [],
    )
