"""Telegram's own reading of formatted text: TDLib, run offline, its answers in the words of the Bot API.

What TDLib leaves to the server is not played: which people a mention may name, which custom emoji exist.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import tdjson

if TYPE_CHECKING:
    from local.telegram_stand_in.entities import Entity

# By the Bot API's ``parse_mode`` in lower case.
MODES: dict[str, dict[str, Any]] = {
    "html": {"@type": "textParseModeHTML"},
    "markdown": {"@type": "textParseModeMarkdown", "version": 1},
    "markdownv2": {"@type": "textParseModeMarkdown", "version": 2},
}
KINDS = {
    "textEntityTypeBlockQuote": "blockquote",
    "textEntityTypeBold": "bold",
    "textEntityTypeBotCommand": "bot_command",
    "textEntityTypeCashtag": "cashtag",
    "textEntityTypeCode": "code",
    "textEntityTypeCustomEmoji": "custom_emoji",
    "textEntityTypeDateTime": "date_time",
    "textEntityTypeEmailAddress": "email",
    "textEntityTypeExpandableBlockQuote": "expandable_blockquote",
    "textEntityTypeHashtag": "hashtag",
    "textEntityTypeItalic": "italic",
    "textEntityTypeMention": "mention",
    "textEntityTypeMentionName": "text_mention",
    "textEntityTypePhoneNumber": "phone_number",
    "textEntityTypePre": "pre",
    "textEntityTypePreCode": "pre",
    "textEntityTypeSpoiler": "spoiler",
    "textEntityTypeStrikethrough": "strikethrough",
    "textEntityTypeTextUrl": "text_link",
    "textEntityTypeUnderline": "underline",
    "textEntityTypeUrl": "url",
}
PARTS_OF_A_TIME = {"dateTimePartPrecisionNone": "", "dateTimePartPrecisionShort": "d", "dateTimePartPrecisionLong": "D"}


class MarkupError(Exception):
    """The markup cannot be read; the text is Telegram's own reason."""


def parse(markup: str, mode: str) -> tuple[str, list[Entity]]:
    """Return the plain text and its entities (offsets in UTF-16 units); ``mode`` is a key of MODES.

    Raises MarkupError with Telegram's reason, "Can't parse entities: …".
    """
    answer = execute("parseTextEntities", text=markup, parse_mode=MODES[mode])
    if answer["@type"] == "error":
        raise MarkupError(answer["message"])
    return answer["text"], [bot_api_entity(entity) for entity in answer["entities"]]


def found_entities(text: str) -> list[Entity]:
    """Return what Telegram finds in plain text by itself: addresses, commands, @names, #tags."""
    found = execute("getTextEntities", text=text)["entities"]
    return [bot_api_entity(entity) for entity in found if entity["type"]["@type"] in KINDS]


def execute(method: str, **parameters: Any) -> dict[str, Any]:
    """Run one of TDLib's synchronous functions; an error is an answer too."""
    answer = tdjson.td_execute(json.dumps({"@type": method, **parameters}).encode())
    return dict(json.loads(answer or b"{}"))


def bot_api_entity(entity: dict[str, Any]) -> Entity:
    """Return an entity of TDLib as the Bot API writes it."""
    kind = entity["type"]
    shown = {"type": KINDS[kind["@type"]], "offset": entity["offset"], "length": entity["length"]}
    shown |= {name: kind[name] for name in ("url", "language", "custom_emoji_id", "unix_time") if kind.get(name)}
    if "user_id" in kind:
        # Without these two no library reads a User; what people are called is not known here.
        shown["user"] = {"id": kind["user_id"], "is_bot": False, "first_name": str(kind["user_id"])}
    if time_format := _time_format(kind.get("formatting_type", {})):
        shown["date_time_format"] = time_format
    return shown


def _time_format(described: dict[str, Any]) -> str:
    """Return how a moment is to be shown as ``<tg-time format>`` names it: "r", or "w" with "d" or "D", "t" or "T"."""
    if described.get("@type") != "dateTimeFormattingTypeAbsolute":
        return "r" if described else ""
    date, time = (PARTS_OF_A_TIME[described[f"{part}_precision"]["@type"]] for part in ("date", "time"))
    return ("w" if described["show_day_of_week"] else "") + date + time.replace("d", "t").replace("D", "T")


execute("setLogVerbosityLevel", new_verbosity_level=0)
