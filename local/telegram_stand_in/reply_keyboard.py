"""Markup below the place where one types: keyboards with words and requests, their removal, a forced reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.store import Document

STYLES = ("", "default", "primary", "danger", "success")
FLAGS = ("is_persistent", "resize_keyboard", "one_time_keyboard")
# In a private chat alone, and what the server says elsewhere.
REQUESTS = {
    "request_contact": "phone number can be requested in private chats only",
    "request_location": "location can be requested in private chats only",
}


def read_reply_markup(markup: dict[str, Any]) -> Document | None:
    """Return what the markup does to the keyboard: "keyboard", "remove" or "force_reply"; None when nothing."""
    rows = markup.get("keyboard") or []
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "keyboard" must be an Array of Arrays')
    placeholder = str(markup.get("input_field_placeholder") or "")
    if any(rows):
        keyboard = [[_button(button) for button in row] for row in rows if row]
        return {"keyboard": keyboard, "placeholder": placeholder} | {name: bool(markup.get(name)) for name in FLAGS}
    if markup.get("remove_keyboard"):
        return {"remove": True}
    return {"force_reply": True, "placeholder": placeholder} if markup.get("force_reply") else None


def checked_reply_markup(markup: Document | None, chat: Document) -> Document | None:
    """Return the markup as it was read; RefusedError when a button asks for what this chat cannot give."""
    for button in (button for row in (markup or {}).get("keyboard", []) for button in row):
        if not button["text"].strip():
            raise bad_request("keyboard button text must be non-empty")
        asked = next((name for name in REQUESTS if button.get(name)), None)
        if asked and chat["type"] != "private":
            raise bad_request(REQUESTS[asked])
    return markup


def button_style(button: dict[str, Any]) -> dict[str, str]:
    """Return the style of a button of either kind, if it has one; Bot API 9.4."""
    style = str(button.get("style") or "").lower()
    if style not in STYLES:
        raise bad_request("can't parse keyboard button: invalid button style specified")
    return {"style": style} if style not in ("", "default") else {}


def _button(button: object) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    prefix = "can't parse keyboard button"
    if not isinstance(button, dict):
        raise bad_request(f"{prefix}: KeyboardButton must be a String or an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request(f'{prefix}: Field "text" must be of type String')
    return {"text": button["text"]} | {name: True for name in REQUESTS if button.get(name)} | button_style(button)
