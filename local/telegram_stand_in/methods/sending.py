"""Methods that put a new message into a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.telegram_stand_in import ephemeral
from local.telegram_stand_in.chats import chat_to_write, check_right, check_topic, is_group
from local.telegram_stand_in.contents import read_rich, read_text
from local.telegram_stand_in.keyboard import checked_markup, read_markup
from local.telegram_stand_in.messages import new_message, public_message
from local.telegram_stand_in.refusals import bad_request, flood

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.store import Document


async def send_message(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a text."""
    return accept(messenger, call, read_text(call.parameters))


async def send_rich_message(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a rich message."""
    return accept(messenger, call, read_rich(call.parameters))


def count(messenger: Messenger, call: Call, chat: Document) -> None:
    """Count one send or edit against the limits; RefusedError with 429 when there were too many."""
    wait_seconds = messenger.limits.wait_seconds(call.bot_id, chat["chat_id"], is_group=is_group(chat))
    if wait_seconds:
        raise flood(wait_seconds)


def accept(messenger: Messenger, call: Call, content: Document, *, what: str = "text messages") -> dict[str, Any]:
    """Keep a message and return it as the API shows it."""
    parameters = call.parameters
    markup = read_markup(parameters)
    chat = chat_to_write(messenger.store, parameters.text("chat_id"))
    thread_id = parameters.number("message_thread_id")
    check_topic(chat, thread_id)
    markup = checked_markup(markup, chat)
    check_right(chat, thread_id, what=what)
    receiver = ephemeral.receiver(messenger, call, chat)
    reply_to = _reply_to(messenger, call, chat)
    count(messenger, call, chat)
    message = new_message(
        messenger.store,
        chat,
        **content,
        bot_id=call.bot_id,
        message_thread_id=thread_id or None,
        reply_to=reply_to,
        receiver=receiver,
        buttons=markup.buttons,
        reply_markup=markup.reply_markup,
        is_silent=parameters.flag("disable_notification"),
        is_protected=parameters.flag("protect_content"),
        link_preview_disabled=_link_preview_disabled(call),
    )
    messenger.store.save_message(message)
    return public_message(messenger.store, message)


def _reply_to(messenger: Messenger, call: Call, chat: Document) -> Document | None:
    """Return number and text of the message that is answered, None when it is none or may be left out."""
    wanted = call.parameters.structure("reply_parameters")
    if not isinstance(wanted, dict):
        return None
    message_id = int(wanted.get("message_id") or -int(wanted.get("ephemeral_message_id") or 0))
    answered = messenger.store.message(chat["chat_id"], message_id)
    if answered is None:
        if wanted.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    return {"message_id": answered["message_id"], "text": answered["text"]}


def _link_preview_disabled(call: Call) -> bool:
    options = call.parameters.structure("link_preview_options")
    return bool(isinstance(options, dict) and options.get("is_disabled"))
