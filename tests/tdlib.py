"""TDLib's own reading of Bot API HTML, offline: the verdict that messages are tested against."""

from __future__ import annotations

from typing import Any

from local.telegram_stand_in.tdlib import MODES, execute


class RefusedHtmlError(Exception):
    """TDLib does not accept this HTML."""


def shown_text(html: str) -> str:
    """Return the text that Telegram shows for the HTML, or raise ``RefusedHtmlError``."""
    return str(parsed(html)["text"])


def parsed(html: str) -> dict[str, Any]:
    """Return TDLib's ``formattedText``: the text and its entities, offsets in UTF-16 units."""
    answer = execute("parseTextEntities", text=html, parse_mode=MODES["html"])
    if answer["@type"] == "error":
        raise RefusedHtmlError(answer["message"])
    return answer


def utf16_length(text: str) -> int:
    """Return the length that Telegram's limits count."""
    return len(text.encode("utf-16-le")) // 2
