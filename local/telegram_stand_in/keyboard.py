"""Inline buttons: which ones Telegram takes, refuses and silently cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.links import LinkError, check_link
from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.request_body import Parameters

MOST_BUTTONS_IN_ROW = 12
MOST_BUTTONS = 300
MOST_CALLBACK_BYTES = 64

Keyboard = list[list[dict[str, Any]]]


def read_keyboard(parameters: Parameters) -> Keyboard:
    """Return the inline keyboard of a call as it came, [] when it has none; RefusedError when it is none."""
    markup = parameters.structure("reply_markup")
    if markup is None:
        return []
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    return [[_button(button) for button in row] for row in rows]


def checked_keyboard(keyboard: Keyboard) -> Keyboard:
    """Return the keyboard as Telegram keeps it; RefusedError when it takes a button for wrong.

    The real server looks at this after the chat and the topic, and sends nothing if it is wrong.
    """
    return _cut([[_checked(button) for button in row] for row in keyboard])


def _button(button: object) -> dict[str, Any]:
    prefix = "can't parse inline keyboard button"
    if not isinstance(button, dict):
        raise bad_request(f"{prefix}: Expected an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request(f'{prefix}: Field "text" must be of type String')
    for kind in ("url", "callback_data"):
        if button.get(kind):
            return {"text": text, kind: str(button[kind])}
    raise bad_request(f"{prefix}: Text buttons are unallowed in the inline keyboard")


def _checked(button: dict[str, Any]) -> dict[str, Any]:
    if not button["text"].strip():
        raise bad_request("keyboard button text must be non-empty")
    if "url" in button:
        return {"text": button["text"], "url": _address(button["url"])}
    return {"text": button["text"], "callback_data": _callback_data(button["callback_data"])}


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
