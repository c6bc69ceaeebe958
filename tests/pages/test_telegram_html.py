"""A message's HTML in a browser: Telegram's tags work, everything else is seen as typed."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sancrm_notifications.pages.telegram_html import harmless, link
from sancrm_notifications.text.markup import escape

VOID = {"br", "hr"}
ATTRIBUTES = {"href", "target", "rel", "class", "colspan", "rowspan"}


class Reading(HTMLParser):
    """What a browser would read: tags, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "html",
    [
        "<b>жирный <i>и курсив</i></b>",
        "<pre>Филиал   Выручка</pre>",
        '<table><caption>По филиалам</caption><tr><td class="is-right">1</td><td colspan="2">2</td></tr></table>',
        "<h3>Отчёт</h3><p>строка<br>строка</p><footer>примечание</footer>",
        '<a href="https://crm.example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">карточка</a>',
        '<span class="spoiler">тайна</span>',
    ],
)
def test_what_telegram_shows_is_shown(html: str):
    source = html.replace('class="is-right"', 'align="right"').replace('span class="spoiler"', "tg-spoiler")
    source = source.replace("</span>", "</tg-spoiler>").replace(' target="_blank" rel="noopener noreferrer"', "")
    assert harmless(source) == html


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("<style>body{display:none}</style>", "<style>body{display:none}</style>"),
        ("<!-- тихо -->", "<!-- тихо -->"),
        ("1 < 2", "1 < 2"),
        ("закрыто</b>", "закрыто</b>"),
        ("</div></main>", "</div></main>"),
    ],
)
def test_what_telegram_would_refuse_is_seen_as_typed(html: str, shown: str):
    written = harmless(html)
    assert Reading(written).tags == []
    assert unescape(written) == shown


@pytest.mark.parametrize(
    "html",
    [
        '<b onclick="alert(1)" style="position:fixed">текст</b>',
        '<a href="javascript:alert(1)">текст</a>',
        '<a href=" data:text/html,<script>">текст</a>',
        '<td align="right onload=x" colspan="9999999">текст</td>',
        '<span class="head">текст</span>',
    ],
)
def test_nothing_but_known_attributes_passes(html: str):
    reading = Reading(harmless(html))
    assert len(reading.tags) == 1
    assert reading.attributes == []
    assert reading.text == "текст"


@given(st.text(alphabet="<>/&;\"'=!-?[] \nabiuphrefxspt:1я", max_size=60))
@example("<b><i>не закрыто")
@example("<![a:")
@example("<![1")
@example("<!DOCTYPE html><!-- --><!")
@example('<a href="x"<b>')
def test_whatever_is_stored_is_written_whole_and_closed(html: str):
    reading = Reading(harmless(html))
    assert reading.open == []
    assert {name for name, _ in reading.attributes} <= ATTRIBUTES


@given(st.text(max_size=60).filter(lambda text: text == text.replace("\r", "").replace("\x00", "")))
def test_an_escaped_value_reads_as_typed(text: str):
    stored = escape(text)
    assert unescape(harmless(f"<b>{stored}</b>")) == unescape(f"<b>{stored}</b>")


def test_a_button_leads_only_where_a_browser_may_go():
    assert link("https://crm.example.com/1") == "https://crm.example.com/1"
    assert link("tg://resolve?domain=bot") is not None
    assert [link(address) for address in ("javascript:alert(1)", "data:text/html,x", "/relative", "http://[")] == [
        None
    ] * 4
