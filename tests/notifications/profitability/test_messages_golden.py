"""The reports as they were read and found right; TDLib says that they can be sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from sancrm_notifications.notifications.profitability.messages import messages
from sancrm_notifications.text.layout import RICH_BLOCKS_LIMIT, RICH_TEXT_LIMIT
from sancrm_notifications.text.markup import split
from sancrm_notifications.text.monospace import PHONE_WIDTH, width
from tests.notifications.profitability.cases import CASES
from tests.tdlib import shown_text, utf16_length

TEXT_LIMIT = 4096


@pytest.mark.parametrize("name", CASES)
def test_messages_are_as_they_were_reviewed(golden, name):
    case = CASES[name]
    found = messages(case.period, case.rows, case.doubts, case.options)
    texts = [
        f"{'silent' if message.silent else 'rings'} → {message.destination}\n\n{message.html}" for message in found
    ]
    golden.check(f"{name}.txt", "\n\n――――――――\n\n".join(texts))
    golden.check(f"{name}.rich.txt", (found[-1].rich_html or "").replace("><", ">\n<"))


@pytest.mark.parametrize("name", CASES)
def test_every_part_of_a_message_can_be_sent(name):
    case = CASES[name]
    parts = [part for message in messages(case.period, case.rows, case.doubts, case.options)
             for part in split(message.html, TEXT_LIMIT)]  # fmt: skip
    assert parts
    for part in parts:
        text = shown_text(part)
        assert text.strip()
        assert utf16_length(text) <= TEXT_LIMIT


@pytest.mark.parametrize("name", CASES)
def test_table_lines_fit_a_phone(name):
    case = CASES[name]
    for message in messages(case.period, case.rows, case.doubts, case.options):
        for table in re.findall("<pre>(.*?)</pre>", message.html, re.DOTALL):
            lines = shown_text(table).split("\n")
            assert len(lines) > 1
            assert max(width(line) for line in lines) <= PHONE_WIDTH


class RichReader(HTMLParser):
    """Counts what a rich message's limits count and refuses tags it does not know."""

    BLOCKS = frozenset({"h3", "p", "table", "tr", "footer"})
    KNOWN = BLOCKS | {"br", "b", "i", "caption", "th", "td"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.blocks = 0
        self.cells: list[int] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag in self.KNOWN
        assert all(name in {"align", "bordered", "striped"} for name, _ in attrs)
        self.blocks += tag in self.BLOCKS
        if tag == "tr":
            self.cells.append(0)
        if tag in {"th", "td"}:
            self.cells[-1] += 1
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", [name for name in CASES if name != "hostile_names"])
def test_the_summary_has_a_rich_form_within_its_limits(name):
    case = CASES[name]
    summary = messages(case.period, case.rows, case.doubts, case.options)[-1]
    assert summary.rich_html
    reader = RichReader()
    reader.feed(summary.rich_html)
    reader.close()
    assert not reader.open
    assert utf16_length(reader.text) <= RICH_TEXT_LIMIT
    assert reader.blocks <= RICH_BLOCKS_LIMIT
    assert "\n" not in summary.rich_html
    assert len(set(reader.cells)) <= 2  # the days have three columns, the branches four
