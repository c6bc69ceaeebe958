"""Text and the entities that format it; offsets and lengths are UTF-16 units, as everywhere in the Bot API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Entity = dict[str, Any]

# Line and paragraph separators, marks that override the direction, and lines over or under other letters.
DROPPED = frozenset("\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u030a\u0333\u033f")

# A direction mark before another one; a run of them could hide the text.
REPEATED_DIRECTION = re.compile("[\u200e\u200f](?=[\u200e\u200f])")


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 units of a text."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Make control characters spaces and drop those that would change the direction or the shape of the text."""
    kept = []
    moved = [0]  # where each UTF-16 unit of the old text ends up in the new one
    for character in text:
        new = "" if character in DROPPED else " " if character < " " and character != "\n" else character
        kept.append(new)
        units = utf16_length(character)
        moved += [moved[-1] + min(unit, utf16_length(new)) for unit in range(1, units + 1)]
    text = REPEATED_DIRECTION.sub("\u200c", "".join(kept))
    return text, _between(entities, lambda offset: moved[min(max(offset, 0), len(moved) - 1)])


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Cut spaces and line breaks off both ends, as the server does before it measures."""
    text = text.rstrip(" \n")
    cut = len(text) - len(text.lstrip(" \n"))
    length = utf16_length(text) - cut
    return text[cut:], _between(entities, lambda offset: min(max(offset - cut, 0), length))


def _between(entities: list[Entity], moved: Callable[[int], int]) -> list[Entity]:
    """Move both ends of every entity; one that is left without text is dropped."""
    kept = []
    for entity in entities:
        start = moved(entity["offset"])
        length = moved(entity["offset"] + entity["length"]) - start
        if length > 0:
            kept.append(entity | {"offset": start, "length": length})
    return kept
