"""What a message consists of: text with its formatting, a rich message, a caption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.telegram_stand_in.entities import cleaned, trimmed, utf16_length
from local.telegram_stand_in.refusals import bad_request
from local.telegram_stand_in.rich_blocks import TooLongError, parse_rich
from local.telegram_stand_in.rich_html import RichHtmlError
from local.telegram_stand_in.tdlib import MODES, MarkupError, parse

if TYPE_CHECKING:
    from local.telegram_stand_in.request_body import Parameters
    from local.telegram_stand_in.store import Document

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_ENTITIES = 100  # what is formatted beyond them arrives without its format


def read_text(parameters: Parameters) -> Document:
    """Return the text of a message and its entities; RefusedError as Telegram would."""
    markup = parameters.text("text")
    if not markup:
        raise bad_request("message text is empty")
    content = _formatted(markup, parameters)
    if not content["text"]:
        raise bad_request("text must be non-empty")
    if utf16_length(content["text"]) > MOST_TEXT:
        raise bad_request("message is too long")
    return content


def read_caption(parameters: Parameters) -> Document:
    """Return the caption of a photo or document, which may be empty."""
    content = _formatted(parameters.text("caption"), parameters)
    if utf16_length(content["text"]) > MOST_CAPTION:
        raise bad_request("message caption is too long")
    return content


def _formatted(markup: str, parameters: Parameters) -> Document:
    mode = parameters.text("parse_mode").lower()
    if mode in ("", "none"):
        entities = parameters.structure("entities") or []
        text, entities = trimmed(*cleaned(markup, entities if isinstance(entities, list) else []))
        return {"text": text, "entities": entities[:MOST_ENTITIES], "html": None, "rich": None}
    if mode not in MODES:
        raise bad_request("unsupported parse_mode")
    try:
        text, entities = trimmed(*cleaned(*parse(markup, mode)))
    except MarkupError as reason:
        raise bad_request(str(reason).replace("Can't", "can't", 1)) from None
    return {"text": text, "entities": entities[:MOST_ENTITIES], "html": markup, "rich": None}


def read_rich(parameters: Parameters) -> Document:
    """Return a rich message: its tree, and its plain text to search in."""
    rich = parameters.structure("rich_message")
    html = rich.get("html") if isinstance(rich, dict) else None
    if not isinstance(html, str) or not html.strip():
        raise bad_request("RICH_MESSAGE_CONTENT_REQUIRED")
    try:
        message = parse_rich(html)
    except RichHtmlError as reason:
        raise bad_request(f"can't parse entities: {reason}") from None
    except TooLongError:
        raise bad_request("message is too long") from None
    if not message.blocks:
        raise bad_request("RICH_MESSAGE_CONTENT_REQUIRED")
    return {"text": message.text, "entities": [], "html": html, "rich": message.blocks}
