"""The Bot API's methods: what each does, by its name in lower case, and since which version it exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from local.telegram_stand_in import ephemeral
from local.telegram_stand_in.methods import about, callbacks, editing, media, profile, sending, updates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.telegram_stand_in.messenger import Call, Messenger


class Method(NamedTuple):
    """How a call is answered, and the first Bot API version that knows it."""

    run: Callable[[Messenger, Call], Awaitable[Any]]
    since: tuple[int, ...] = (1, 0)


METHODS = {
    "getme": Method(about.get_me),
    "getchat": Method(about.get_chat),
    "getchatmember": Method(about.get_chat_member),
    "getchatadministrators": Method(about.get_chat_administrators),
    "sendchataction": Method(about.send_chat_action),
    "sendmessage": Method(sending.send_message),
    "sendrichmessage": Method(sending.send_rich_message, since=(10, 1)),
    "sendphoto": Method(media.send_photo),
    "senddocument": Method(media.send_document),
    "editmessagetext": Method(editing.edit_message_text),
    "editmessagecaption": Method(editing.edit_message_caption),
    "editmessagemedia": Method(editing.edit_message_media),
    "editmessagereplymarkup": Method(editing.edit_message_reply_markup),
    "deletemessage": Method(editing.delete_message),
    "editephemeralmessagetext": Method(editing.edit_ephemeral_message_text, since=ephemeral.SINCE),
    "editephemeralmessagereplymarkup": Method(editing.edit_ephemeral_message_reply_markup, since=ephemeral.SINCE),
    "deleteephemeralmessage": Method(editing.delete_ephemeral_message, since=ephemeral.SINCE),
    "answercallbackquery": Method(callbacks.answer_callback_query),
    "getupdates": Method(updates.get_updates),
    "setwebhook": Method(updates.set_webhook),
    "deletewebhook": Method(updates.delete_webhook),
    "getwebhookinfo": Method(updates.get_webhook_info),
    "setmycommands": Method(profile.set_my_commands),
    "getmycommands": Method(profile.get_my_commands),
    "deletemycommands": Method(profile.delete_my_commands),
    "setmyname": Method(profile.set_my_name),
    "getmyname": Method(profile.get_my_name),
    "setmydescription": Method(profile.set_my_description),
    "getmydescription": Method(profile.get_my_description),
    "setmyshortdescription": Method(profile.set_my_short_description),
    "getmyshortdescription": Method(profile.get_my_short_description),
}
