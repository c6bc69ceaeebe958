"""The Bot API's methods: what each does, by its name in lower case, and since which version it exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from local.telegram_stand_in.methods.about import get_chat, get_chat_member, get_me, send_chat_action
from local.telegram_stand_in.methods.editing import edit_message_text
from local.telegram_stand_in.methods.media import send_document, send_photo
from local.telegram_stand_in.methods.sending import send_message, send_rich_message
from local.telegram_stand_in.methods.updates import answer_callback_query, delete_webhook, get_updates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.telegram_stand_in.messenger import Call, Messenger


class Method(NamedTuple):
    """How a call is answered, and the first Bot API version that knows it."""

    run: Callable[[Messenger, Call], Awaitable[Any]]
    since: tuple[int, ...] = (1, 0)


METHODS = {
    "getme": Method(get_me),
    "getchat": Method(get_chat),
    "getchatmember": Method(get_chat_member),
    "sendchataction": Method(send_chat_action),
    "sendmessage": Method(send_message),
    "sendrichmessage": Method(send_rich_message, since=(10, 1)),
    "sendphoto": Method(send_photo),
    "senddocument": Method(send_document),
    "editmessagetext": Method(edit_message_text),
    "answercallbackquery": Method(answer_callback_query),
    "getupdates": Method(get_updates),
    "deletewebhook": Method(delete_webhook),
}
