"""Text and the entities that format it; offsets and lengths are UTF-16 units, as everywhere in the Bot API."""

from __future__ import annotations

from typing import Any

Entity = dict[str, Any]

# Where entities cover the same text, the outer one is the one that stands earlier here.
NESTING = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 1,
    "code": 2,
    "date_time": 3,
    "text_link": 4,
    "text_mention": 4,
    "bold": 5,
    "italic": 6,
    "underline": 7,
    "strikethrough": 8,
    "spoiler": 9,
    "custom_emoji": 10,
}


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 units of a text."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def sort_entities(entities: list[Entity]) -> list[Entity]:
    """Order entities as they open: by offset, the longer first, then by kind."""
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], NESTING[e["type"]]))


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Cut white space off both ends, as the server does before it measures, and move the entities along."""
    text = text.rstrip()
    cut = utf16_length(text) - utf16_length(text.lstrip())
    text = text.lstrip()
    length = utf16_length(text)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - cut, 0)
        end = min(entity["offset"] + entity["length"] - cut, length)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return text, kept
