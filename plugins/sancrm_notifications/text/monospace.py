"""Columns of fixed-width text that fit a phone: how wide a text is, how to shorten and to align it."""

from __future__ import annotations

import re
import unicodedata

from sancrm_notifications.text.markup import FIRST_STRONG_ISOLATE, POP_ISOLATE, isolate, one_line

PHONE_WIDTH = 34
ELLIPSIS = "…"

_EMOJI_STYLE = "\ufe0f"
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_WIDE = 2
# Almost every text is of such letters only: a column each, no need to look them up one by one.
_NARROW = re.compile("[ -~\u00a0«»А-яЁё–—…№−₽]*")


def characters(text: str) -> list[str]:
    """Return the text as its characters on the screen: marks and joined emoji stay with what they modify."""
    found: list[str] = []
    for point in text:
        joins = bool(found) and (_modifies(point) or found[-1].endswith(_JOINER))
        if joins:
            found[-1] += point
        else:
            found.append(point)
    return found


def width(text: str) -> int:
    """Return how many columns the text takes; East Asian letters and emoji take two."""
    if _NARROW.fullmatch(text):
        return len(text)
    return sum(_character_width(character) for character in characters(text))


def shortened(text: str, columns: int) -> str:
    """Return the text on one line within so many columns, with ``…`` where its end was cut off."""
    text = one_line(text)
    if width(text) <= columns:
        return isolate(text)
    kept: list[str] = []
    room = columns - 1
    for character in characters(text):
        room -= _character_width(character)
        if room < 0:
            break
        kept.append(character)
    return isolate("".join(kept).rstrip() + ELLIPSIS)


def left(text: str, columns: int) -> str:
    """Return the text followed by spaces up to a column."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """Return the text preceded by spaces so that it ends at a column."""
    return " " * (columns - width(text)) + text


def _modifies(point: str) -> bool:
    return unicodedata.category(point) in {"Mn", "Me"} or point == _JOINER or ord(point) in _SKIN_TONES


def _character_width(character: str) -> int:
    if character in {FIRST_STRONG_ISOLATE, POP_ISOLATE} or unicodedata.category(character[0]) == "Cf":
        return 0
    is_wide = unicodedata.east_asian_width(character[0]) in {"W", "F"} or _EMOJI_STYLE in character
    return _WIDE if is_wide else 1
