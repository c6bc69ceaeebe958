"""What comes with a message to press: inline buttons, which Telegram takes, refuses or silently cuts, or a keyboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.links import LinkError, check_link
from local.telegram_stand_in.refusals import bad_request
from local.telegram_stand_in.reply_keyboard import button_style, checked_reply_markup, read_reply_markup

if TYPE_CHECKING:
    from local.telegram_stand_in.request_body import Parameters
    from local.telegram_stand_in.store import Document

MOST_BUTTONS_IN_ROW = 12
MOST_BUTTONS = 300
MOST_CALLBACK_BYTES = 64

Keyboard = list[list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Markup:
    """Inline buttons, or what is done to the keyboard below the place where one types; both may be missing."""

    buttons: Keyboard = field(default_factory=list)
    reply_markup: Document | None = None


def read_markup(parameters: Parameters) -> Markup:
    """Return the markup of a call as it came; RefusedError when it is none."""
    markup = parameters.structure("reply_markup")
    if markup is None:
        return Markup()
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    reply_markup = read_reply_markup(markup)
    rows = markup.get("inline_keyboard") or []
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    buttons = [[_button(button) for button in row] for row in rows]
    # Of several the server takes the first: a keyboard, inline buttons, a removal, a forced reply.
    has_keyboard = reply_markup is not None and "keyboard" in reply_markup
    return Markup([], reply_markup) if has_keyboard or not buttons else Markup(buttons)


def checked_markup(markup: Markup, chat: Document) -> Markup:
    """Return the markup as Telegram keeps it; RefusedError when it takes a button for wrong.

    The real server looks at this after the chat and the topic, and sends nothing if it is wrong.
    """
    buttons = _cut([[_checked(button) for button in row] for row in markup.buttons])
    return Markup(buttons, checked_reply_markup(markup.reply_markup, chat))


def _button(button: object) -> dict[str, Any]:
    prefix = "can't parse inline keyboard button"
    if not isinstance(button, dict):
        raise bad_request(f"{prefix}: Expected an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request(f'{prefix}: Field "text" must be of type String')
    for kind in ("url", "callback_data"):
        if button.get(kind):
            return {"text": text, kind: str(button[kind])} | button_style(button)
    raise bad_request(f"{prefix}: Text buttons are unallowed in the inline keyboard")


def _checked(button: dict[str, Any]) -> dict[str, Any]:
    if not button["text"].strip():
        raise bad_request("keyboard button text must be non-empty")
    if "url" in button:
        return button | {"url": _address(button["url"])}
    return button | {"callback_data": _callback_data(button["callback_data"])}


def _address(url: str) -> str:
    try:
        return check_link(url)
    except LinkError as reason:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}") from None


def _callback_data(data: str) -> str:
    if len(data.encode()) > MOST_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return data


def _cut(rows: Keyboard) -> Keyboard:
    left = MOST_BUTTONS
    kept = []
    for row in rows:
        part = row[: min(MOST_BUTTONS_IN_ROW, left)]
        left -= len(part)
        if part:
            kept.append(part)
    return kept
