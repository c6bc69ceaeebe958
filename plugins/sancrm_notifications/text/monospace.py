"""Columns of fixed-width text that fit a phone: how wide a text is, how to shorten and to align it."""

from __future__ import annotations

import re
import unicodedata

import regex

from sancrm_notifications.text.markup import characters, isolate, one_line

PHONE_WIDTH = 34
ELLIPSIS = "…"

_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_WIDE = 2
_SHOWN_WIDE = regex.compile(r"\p{Emoji}\ufe0f")
_CAN_HAVE_SKIN = regex.compile(r"\p{Emoji_Modifier_Base}")
_CONTINUES_SYLLABLE = regex.compile(r"[\p{Hangul_Syllable_Type=V}\p{Hangul_Syllable_Type=T}]")
# Almost every text is of such letters only: a column each, no need to look them up one by one.
_NARROW = re.compile("[ -~\u00a0«»А-яЁё–—…№−₽]*")


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


def _character_width(character: str) -> int:
    """Return the columns of one character on the screen: what belongs to it takes none, save what fonts show apart."""
    # A skin tone at the beginning joins whatever is written before it, a blank too: it is as wide by itself.
    is_tone = ord(character[0]) in _SKIN_TONES
    if _SHOWN_WIDE.match(character) and not is_tone:
        return _WIDE
    first, joined, *_ = character.partition(_JOINER)
    if joined and not is_tone and unicodedata.east_asian_width(character[0]) == "W":
        character = first  # a family, a profession: one picture
    return _point_width(character[0]) + sum(_width_after(character[0], point) for point in character[1:])


def _width_after(base: str, point: str) -> int:
    """Return the columns of what follows a base in the same character."""
    if ord(point) in _SKIN_TONES:
        return 0 if _CAN_HAVE_SKIN.match(base) else _WIDE
    return 0 if _CONTINUES_SYLLABLE.match(point) else _point_width(point)


def _point_width(point: str) -> int:
    if unicodedata.category(point) in {"Cf", "Mn", "Me", "Mc"}:
        return 0
    return _WIDE if unicodedata.east_asian_width(point) in {"W", "F"} else 1
