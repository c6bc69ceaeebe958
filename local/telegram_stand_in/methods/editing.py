"""Changing a message that is already in the chat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.chats import chat_to_write
from local.telegram_stand_in.contents import read_rich, read_text
from local.telegram_stand_in.keyboard import checked_keyboard, read_keyboard
from local.telegram_stand_in.methods.sending import count, public_message
from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger

RICH_SINCE = (10, 1)
SHOWN = ("text", "entities", "rich", "buttons")
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def edit_message_text(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Replace the text, or the rich message, and the buttons; what was there is kept in the history."""
    parameters = call.parameters
    is_rich = parameters.structure("rich_message") is not None and messenger.version >= RICH_SINCE
    content = read_rich(parameters) if is_rich else read_text(parameters)
    content["buttons"] = checked_keyboard(read_keyboard(parameters))
    chat = chat_to_write(messenger.store, parameters.text("chat_id"))
    message_id = parameters.number("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = messenger.store.message(chat["chat_id"], message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message["bot_id"] != call.bot_id:
        raise bad_request("message can't be edited")
    if message["media"] is not None:
        raise bad_request("there is no text in the message to edit")
    if all(message[name] == content[name] for name in SHOWN):
        raise bad_request(NOT_MODIFIED)
    count(messenger, call, chat)
    now = time.time()
    before = {name: message[name] for name in (*SHOWN, "html")}
    edited = message | content | {"edited_at": now, "edits": [*message["edits"], before | {"edited_at": now}]}
    messenger.store.save_message(edited)
    return public_message(messenger, edited)
