"""Changing a message that is already in the chat, or taking it out again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in import ephemeral
from local.telegram_stand_in.chats import chat_to_write
from local.telegram_stand_in.contents import read_caption, read_rich, read_text
from local.telegram_stand_in.keyboard import Keyboard, checked_markup, read_markup
from local.telegram_stand_in.messages import public_message
from local.telegram_stand_in.methods.media import read_media
from local.telegram_stand_in.methods.sending import count
from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.store import Document

RICH_SINCE = (10, 1)
DELETED_WITHIN_SECONDS = 48 * 3600
CONTENT = ("text", "entities", "rich", "media")
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def edit_message_text(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Replace the text, or the rich message, and the buttons; what was there is kept in the history."""
    content = _text(messenger, call, RICH_SINCE)
    return _edited(messenger, call, content, "text")


async def edit_message_caption(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Replace the caption and the buttons."""
    content = read_caption(call.parameters)
    return _edited(messenger, call, content, "caption")


async def edit_message_media(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Replace the picture or file with its caption, or a text by one, and the buttons."""
    return _edited(messenger, call, read_media(messenger, call))


async def edit_message_reply_markup(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Replace the buttons alone; the message does not show that it was edited."""
    return _edited(messenger, call, {})


async def delete_message(messenger: Messenger, call: Call) -> bool:
    """Take a message out of the chat: the bot's own, or as an administrator anybody's, for two days."""
    chat = chat_to_write(messenger.store, call.parameters.text("chat_id"))
    message_id = call.parameters.number("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = messenger.store.message(chat["chat_id"], message_id) if message_id > 0 else None
    if message is None:
        raise bad_request("message to delete not found")
    is_young = time.time() - message["accepted_at"] < DELETED_WITHIN_SECONDS
    may_delete = message["bot_id"] == call.bot_id or chat["status"] == "administrator" or chat["type"] == "private"
    if not (is_young and may_delete):
        raise bad_request("message can't be deleted" + ("" if is_young else " for everyone"))
    messenger.store.delete_message(chat["chat_id"], message_id)
    return True


async def edit_ephemeral_message_text(messenger: Messenger, call: Call) -> bool:
    """Replace the text of an ephemeral message; a rich message takes its place since Bot API 10.3."""
    return _edited_ephemeral(messenger, call, _text(messenger, call, ephemeral.NESTED_SINCE))


async def edit_ephemeral_message_reply_markup(messenger: Messenger, call: Call) -> bool:
    """Replace the buttons of an ephemeral message."""
    return _edited_ephemeral(messenger, call, {})


async def delete_ephemeral_message(messenger: Messenger, call: Call) -> bool:
    """Take an ephemeral message away."""
    chat = chat_to_write(messenger.store, call.parameters.text("chat_id"))
    message = ephemeral.found(messenger, call, chat, "delete")
    messenger.store.delete_message(chat["chat_id"], message["message_id"])
    return True


def _text(messenger: Messenger, call: Call, rich_since: tuple[int, ...]) -> Document:
    is_rich = call.parameters.structure("rich_message") is not None and messenger.version >= rich_since
    return (read_rich(call.parameters) if is_rich else read_text(call.parameters)) | {"media": None}


def _edited(messenger: Messenger, call: Call, content: Document, what: str = "") -> dict[str, Any]:
    """Change a message of the bot's own, where ``what`` ("text" or "caption") must be there to be changed."""
    parameters = call.parameters
    markup = read_markup(parameters)
    chat = chat_to_write(messenger.store, parameters.text("chat_id"))
    buttons = checked_markup(markup, chat).buttons
    message_id = parameters.number("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = messenger.store.message(chat["chat_id"], message_id) if message_id > 0 else None
    if message is None:
        raise bad_request("message to edit not found")
    if message["bot_id"] != call.bot_id:
        raise bad_request("message can't be edited")
    if what and what != ("text" if message["media"] is None else "caption"):
        raise bad_request(f"there is no {what} in the message to edit")
    _check_change(message, content, buttons)
    count(messenger, call, chat)
    edited = _changed(message, content, buttons)
    messenger.store.save_message(edited)
    return public_message(messenger.store, edited)


def _edited_ephemeral(messenger: Messenger, call: Call, content: Document) -> bool:
    markup = read_markup(call.parameters)
    chat = chat_to_write(messenger.store, call.parameters.text("chat_id"))
    buttons = checked_markup(markup, chat).buttons
    message = ephemeral.found(messenger, call, chat, "edit")
    _check_change(message, content, buttons)
    count(messenger, call, chat)
    messenger.store.save_message(_changed(message, content, buttons))
    return True


def _check_change(message: Document, content: Document, buttons: Keyboard) -> None:
    new = content | {"buttons": buttons}
    if all(message[name] == new[name] for name in (*CONTENT, "buttons") if name in new):
        raise bad_request(NOT_MODIFIED)


def _changed(message: Document, content: Document, buttons: Keyboard) -> Document:
    """Return the message with its new content and buttons, the old content in its history."""
    if not content:
        return message | {"buttons": buttons}
    now = time.time()
    before = {name: message[name] for name in (*CONTENT, "buttons", "html")}
    history = [*message["edits"], before | {"edited_at": now}]
    return message | content | {"buttons": buttons, "edited_at": now, "edits": history}
