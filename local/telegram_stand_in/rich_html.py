"""Reads the HTML of ``sendRichMessage``: permitted tags, their places, and the limits of a rich message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class RichHtmlError(Exception):
    """The rich message is refused; the text is the reason."""


@dataclass(frozen=True, slots=True)
class RichMessage:
    """A rich message's plain text and its blocks."""

    text: str
    blocks: list[dict[str, Any]]


def parse_rich(html: str) -> RichMessage:
    """Return the message; RichHtmlError when it is refused."""
    return RichMessage(html, [])
