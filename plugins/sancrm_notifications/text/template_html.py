"""Whether the tags that an author has written are Telegram's, and stand right whatever the conditions come to.

Each branch of a condition must close what it opens: then every way through the text does.
Source: Bot API, "HTML style".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import nodes

from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TAGS = ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "blockquote", "tg-spoiler", "a")
_PIECE = re.compile(r"<[^<>]*>|<|>|&(?:amp|lt|gt|quot);|&|[^<>&]+")
_OPENING = re.compile(r"<([a-z-]+)((?:\s[^<>]*)?)>")
_CLOSING = re.compile(r"</([a-z-]+)>")
_LINK = re.compile(r"""\s+href=(?:"([^"]*)"|'([^']*)')\s*""")


class HtmlError(ValueError):
    """A tag, a link or a sign that Telegram would not take: in which line and why."""

    def __init__(self, line: int, cause: str) -> None:
        super().__init__(cause)
        self.line = line
        self.cause = cause


def check_html(body: Sequence[nodes.Node]) -> None:
    """Check the author's own tags and links.

    :raises HtmlError: Telegram would refuse it, or show it as it is not meant
    """
    opened: list[tuple[str, int]] = []
    for node in body:
        if isinstance(node, nodes.If):
            for branch in (node, *node.elif_):
                check_html(branch.body)
            check_html(node.else_)
            continue
        for data in node.find_all(nodes.TemplateData):
            for line, piece in _pieces(data):
                _follow(piece, line, opened)
    if opened:
        tag, line = opened[-1]
        raise HtmlError(line, f"тег <{tag}> не закрыт: </{tag}> нужен там же, до конца текста или условия")


def _pieces(data: nodes.TemplateData) -> Iterator[tuple[int, str]]:
    line = data.lineno
    for found in _PIECE.finditer(data.data):
        yield line, found[0]
        line += found[0].count("\n")


def _follow(piece: str, line: int, opened: list[tuple[str, int]]) -> None:
    if piece in {"<", ">", "&"}:
        written = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}[piece]
        raise HtmlError(line, f"знак {piece} сам по себе пишется как {written}; внутри тега значений быть не может")
    if not piece.startswith("<"):
        return
    if closing := _CLOSING.fullmatch(piece):
        if not opened or opened[-1][0] != closing[1]:
            expected = f"сначала закройте <{opened[-1][0]}>" if opened else "он здесь не открыт"
            raise HtmlError(line, f"лишний {piece}: {expected}")
        opened.pop()
        return
    opening = _OPENING.fullmatch(piece)
    if opening is None or opening[1] not in TAGS:
        raise HtmlError(line, f"тега {piece} у Telegram нет: есть {', '.join(TAGS)}")
    tag, attributes = opening[1], opening[2]
    if tag == "a":
        _check_link(attributes, line)
    elif attributes.strip() and (tag, attributes.strip()) != ("blockquote", "expandable"):
        raise HtmlError(line, f"у <{tag}> не может быть «{attributes.strip()}»")
    opened.append((tag, line))


def _check_link(attributes: str, line: int) -> None:
    found = _LINK.fullmatch(attributes)
    if found is None:
        raise HtmlError(line, 'ссылка пишется так: <a href="https://example.org">слова</a>')
    address = found[1] or found[2] or ""
    is_telegrams = urlsplit(address).scheme == "tg"
    if not is_telegrams and not can_be_button(address):
        raise HtmlError(line, f"ссылка {address[:80]} не откроется: нужна https:// и имя сайта с точкой, или tg://")
