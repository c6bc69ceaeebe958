"""What is asked of Telegram for one message: the method and its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sancrm_notifications.channels.channel import Request

if TYPE_CHECKING:
    from sancrm_notifications.channels.channel import Post

_NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}


def build_request(chat_id: str, message_thread_id: int | None, post: Post) -> Request:
    """Return the call of the Bot API that brings a post, new or in place of another, into a chat."""
    target = _target(chat_id, message_thread_id, post)
    method = "sendMessage" if post.edits is None else "editMessageText"
    buttons: dict[str, Any] = {"reply_markup": {"inline_keyboard": post.buttons}} if post.buttons else {}
    if post.reply_markup is not None:
        buttons = {"reply_markup": post.reply_markup}
    if post.picture is not None:
        return _with_picture(target, buttons, post, post.picture)
    if post.edits is not None and not post.text:
        return Request("editMessageReplyMarkup", "html", {**target, **buttons})
    match post.form:
        case "rich":
            # There is no other way to edit a rich message than the one for texts.
            method = "sendRichMessage" if post.edits is None else method
            return Request(method, "rich", {**target, **buttons, "rich_message": {"html": post.text}})
        case "plain":
            return Request(method, "plain", {**target, **_NO_PREVIEW, **buttons, "text": post.text})
        case _:
            shown = {"text": post.text, "parse_mode": "HTML"}
            return Request(method, "html", {**target, **_NO_PREVIEW, **buttons, **shown})


def _with_picture(target: dict[str, Any], buttons: dict[str, Any], post: Post, picture: bytes) -> Request:
    caption = {"caption": post.text} | ({} if post.form == "plain" else {"parse_mode": "HTML"})
    if post.edits is None:
        return Request("sendPhoto", post.form, {**target, **buttons, **caption, "photo": picture})
    return Request("editMessageMedia", post.form, {**target, **buttons, "media": {**caption, "media": picture}})


def _target(chat_id: str, message_thread_id: int | None, post: Post) -> dict[str, Any]:
    if post.edits is not None:
        return {"chat_id": chat_id, "message_id": post.edits}
    target = {
        "chat_id": chat_id,
        "disable_notification": post.is_silent,
        "protect_content": post.is_protected,
        "message_thread_id": message_thread_id,
    }
    if post.receiver_user_id is not None:
        # A server that does not know it would show the answer to the whole group, which is where it was asked.
        target["receiver_user_id"] = post.receiver_user_id
    if post.replies_to is not None:
        reply = {"message_id": post.replies_to, "allow_sending_without_reply": True}
        return {**target, "reply_parameters": reply}
    return target
