"""What is asked of Telegram for one claimed message: the method, the form and the parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sancrm_notifications.text.delivery_notes import mark_repeat, mark_replacing, name_missing, plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.ledger.recording import Claimed

_NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of the Bot API; ``form`` is «rich», «html» or «plain»."""

    method: str
    form: str
    parameters: dict[str, Any]


def wants_rich(claimed: Claimed) -> bool:
    """Tell whether the message has a rich form that may be used: an edit keeps the form that is in the chat."""
    has_rich = claimed.rich_html is not None and not claimed.plain
    return has_rich and (not claimed.is_edit or claimed.sent_form == "rich")


def asked(
    claimed: Claimed,
    chat_id: str,
    message_thread_id: int | None,
    missing: Sequence[tuple[str, str]],
    *,
    rich: bool,
) -> Asked:
    """Return the call that says a message, new or edited, in a chat.

    ``missing`` are the reports that a closing message must name (label, reason); ``rich``: in its rich form.
    """
    target = _target(claimed, chat_id, message_thread_id)
    if rich:
        text = _noted(claimed.rich_html or "", claimed, missing, rich=True)
        method = "editMessageText" if claimed.is_edit else "sendRichMessage"
        return Asked(method, "rich", {**target, **_buttons(claimed), "rich_message": {"html": text}})
    method = "editMessageText" if claimed.is_edit else "sendMessage"
    text = _noted(claimed.html, claimed, missing)
    if claimed.plain:
        links = [(button["text"], button["url"]) for row in claimed.buttons for button in row]
        return Asked(method, "plain", {**target, **_NO_PREVIEW, "text": plain_text(text, links)})
    shown = {"text": text, "parse_mode": "HTML"}
    return Asked(method, "html", {**target, **_NO_PREVIEW, **_buttons(claimed), **shown})


def _target(claimed: Claimed, chat_id: str, message_thread_id: int | None) -> dict[str, Any]:
    if claimed.is_edit:
        return {"chat_id": chat_id, "message_id": claimed.telegram_message_id}
    target = {
        "chat_id": chat_id,
        "disable_notification": claimed.silent,
        "message_thread_id": message_thread_id,
    }
    if claimed.reply_to_message_id is not None:
        reply = {"message_id": claimed.reply_to_message_id, "allow_sending_without_reply": True}
        return {**target, "reply_parameters": reply}
    return target


def _noted(text: str, claimed: Claimed, missing: Sequence[tuple[str, str]], *, rich: bool = False) -> str:
    """Return the text with what delivery adds to it: missing reports where it ends, warnings on top."""
    if claimed.closes_batch and (rich or claimed.part == claimed.parts):
        text = name_missing(text, missing, rich=rich)
    if claimed.replaces_message:
        text = mark_replacing(text, rich=rich)
    return mark_repeat(text, rich=rich) if claimed.possible_repeats else text


def _buttons(claimed: Claimed) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": claimed.buttons}} if claimed.buttons else {}
