"""TDLib's own reading of Bot API HTML, offline: the verdict that messages are tested against."""

from __future__ import annotations

import functools
import json
from typing import Any

import tdjson


class RefusedHtmlError(Exception):
    """TDLib does not accept this HTML."""


def shown_text(html: str) -> str:
    """Return the text that Telegram shows for the HTML, or raise ``RefusedHtmlError``."""
    return str(parsed(html)["text"])


def parsed(html: str) -> dict[str, Any]:
    """Return TDLib's ``formattedText``: the text and its entities, offsets in UTF-16 units."""
    _silence()
    mode = {"@type": "textParseModeHTML"}
    answer = _execute({"@type": "parseTextEntities", "text": html, "parse_mode": mode})
    if answer["@type"] == "error":
        raise RefusedHtmlError(answer["message"])
    return answer


def utf16_length(text: str) -> int:
    """Return the length that Telegram's limits count."""
    return len(text.encode("utf-16-le")) // 2


@functools.cache
def _silence() -> None:
    _execute({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def _execute(request: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")
    return answer
