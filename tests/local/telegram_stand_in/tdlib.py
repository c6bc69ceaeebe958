"""TDLib's own parser, run offline: the judge of ours."""

from __future__ import annotations

import json
from typing import Any

import tdjson

KINDS = {
    "textEntityTypeBold": "bold",
    "textEntityTypeItalic": "italic",
    "textEntityTypeUnderline": "underline",
    "textEntityTypeStrikethrough": "strikethrough",
    "textEntityTypeSpoiler": "spoiler",
    "textEntityTypeCode": "code",
    "textEntityTypePre": "pre",
    "textEntityTypePreCode": "pre",
    "textEntityTypeTextUrl": "text_link",
    "textEntityTypeMentionName": "text_mention",
    "textEntityTypeBlockQuote": "blockquote",
    "textEntityTypeExpandableBlockQuote": "expandable_blockquote",
    "textEntityTypeCustomEmoji": "custom_emoji",
    "textEntityTypeDateTime": "date_time",
}


def execute(request: dict[str, Any]) -> dict[str, Any]:
    """Run one of TDLib's synchronous functions."""
    return dict(json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}"))


def parse_html(html: str) -> tuple[str, list[dict[str, Any]]] | str:
    """Return TDLib's text and entities in the Bot API's words, or its reason to refuse."""
    mode = {"@type": "textParseModeHTML"}
    answer = execute({"@type": "parseTextEntities", "text": html, "parse_mode": mode})
    if answer["@type"] == "error":
        return str(answer["message"])
    return answer["text"], [bot_api_entity(entity) for entity in answer["entities"]]


def clean(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Return a text as TDLib cleans it before it is sent; ``entities`` are TDLib's own."""
    formatted = {"@type": "formattedText", "text": text, "entities": entities}
    answer = execute({"@type": "parseMarkdown", "text": formatted})
    return answer["text"], [bot_api_entity(entity) for entity in answer["entities"]]


def bot_api_entity(entity: dict[str, Any]) -> dict[str, Any]:
    """Return an entity of TDLib as the Bot API writes it; a time's format is left out."""
    kind = entity["type"]
    found = {"type": KINDS[kind["@type"]], "offset": entity["offset"], "length": entity["length"]}
    for name in ("url", "language", "custom_emoji_id", "unix_time"):
        if kind.get(name):
            found[name] = kind[name]
    if "user_id" in kind:
        found["user"] = {"id": kind["user_id"]}
    return found


execute({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})
