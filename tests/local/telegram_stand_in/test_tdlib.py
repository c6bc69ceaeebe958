"""TDLib's answers reach a bot in the Bot API's words: every kind of entity, and its reason for what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from local.telegram_stand_in.tdlib import MarkupError, found_entities, parse

EMOJI = "5368324170671202286"


def shown(type_of: str, length: int, **more: Any) -> dict[str, Any]:
    return {"type": type_of, "offset": 0, "length": length} | more


@pytest.mark.parametrize(
    ("markup", "entities"),
    [
        ("<strong>я</strong>", [shown("bold", 1)]),
        ("<em>😀</em>", [shown("italic", 2)]),
        ("<ins>я</ins>", [shown("underline", 1)]),
        ("<del>я</del>", [shown("strikethrough", 1)]),
        ("<span class='tg-spoiler'>я</span>", [shown("spoiler", 1)]),
        ("<code>я</code>", [shown("code", 1)]),
        ("<pre>я</pre>", [shown("pre", 1)]),
        ("<pre><code class='language-sql'>я</code></pre>", [shown("pre", 1, language="sql")]),
        ("<blockquote>я</blockquote>", [shown("blockquote", 1)]),
        ("<blockquote expandable>я</blockquote>", [shown("expandable_blockquote", 1)]),
        ("<a href='https://A.ru'>я</a>", [shown("text_link", 1, url="https://a.ru/")]),
        ("<a href='http://localhost'>я</a>", []),
        (
            "<a href='tg://user?id=7'>я</a>",
            [shown("text_mention", 1, user={"id": 7, "is_bot": False, "first_name": "7"})],
        ),
        (f"<tg-emoji emoji-id='{EMOJI}'>👍</tg-emoji>", [shown("custom_emoji", 2, custom_emoji_id=EMOJI)]),
        ("<b><i>я</i></b>", [shown("bold", 1), shown("italic", 1)]),
    ],
)
def test_each_kind_of_entity_has_its_name_in_the_bot_api(markup: str, entities: list[dict[str, Any]]) -> None:
    assert parse(markup, "html")[1] == entities


@pytest.mark.parametrize("time_format", ["", "r", "t", "T", "d", "D", "dt", "Dt", "dT", "DT", "w", "wd", "wDT"])
def test_a_moment_keeps_the_format_it_was_given(time_format: str) -> None:
    (entity,) = parse(f"<tg-time unix='1700000000' format='{time_format}'>я</tg-time>", "html")[1]
    given = {"date_time_format": time_format} if time_format else {}
    assert entity == shown("date_time", 1, unix_time=1_700_000_000, **given)


def test_both_kinds_of_markdown_are_read() -> None:
    assert parse("*я*", "markdown") == ("я", [shown("bold", 1)])
    assert parse("||я||", "markdownv2") == ("я", [shown("spoiler", 1)])


def test_what_is_refused_is_refused_with_telegrams_reason() -> None:
    with pytest.raises(MarkupError, match=r'Can\'t parse entities: Unsupported start tag "br" at byte offset 3'):
        parse("я <br>", "html")


def test_commands_and_addresses_are_found_in_plain_text() -> None:
    found = found_entities("/status@sancrm_bot crm.example.ru a@b.ru 4276 3800 0000 0000")
    assert [(one["type"], one["length"]) for one in found] == [("bot_command", 18), ("url", 14), ("email", 6)]
