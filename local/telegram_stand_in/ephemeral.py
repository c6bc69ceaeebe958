"""Messages of a group that one person alone sees; who may be sent one, and when.

A server before 10.2 overlooks the parameters and sends to everybody; 10.2 has them at the top of the call, 10.3 in
``ephemeral_message_parameters`` too.  The server's source of these versions is not public: the codes are from its
vocabulary, which of them it uses is a guess.
Source: https://core.telegram.org/bots/api#ephemeral-messages-and-commands
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.members import place
from local.telegram_stand_in.people import shown
from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.people import User
    from local.telegram_stand_in.store import Document

SINCE = (10, 2)
NESTED_SINCE = (10, 3)
TRIGGER_SECONDS = 15.0  # after a press or a command, where the bot is no administrator
PRESENT = ("creator", "administrator", "member", "restricted")
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def receiver(messenger: Messenger, call: Call, chat: Document) -> User | None:
    """Return who alone is to see the message of a call, None when everybody is; RefusedError when nobody may."""
    wanted = _parameters(messenger, call)
    user_id = int(wanted.get("receiver_user_id") or 0)
    if not user_id:
        if messenger.version >= SINCE and _reply_id(call):
            raise bad_request("a reply to an ephemeral message must be an ephemeral message")
        return None
    if chat["type"] not in ("group", "supergroup"):
        raise bad_request("PEER_ID_INVALID")
    person = messenger.store.person(user_id)
    if person is None or person.get("is_bot") or place(chat, user_id) not in PRESENT:
        raise bad_request("USER_NOT_PARTICIPANT")
    _check_trigger(messenger, call, chat, wanted)
    return shown(person)


def _parameters(messenger: Messenger, call: Call) -> dict[str, Any]:
    if messenger.version < SINCE:
        return {}
    nested = call.parameters.structure("ephemeral_message_parameters")
    if messenger.version >= NESTED_SINCE and isinstance(nested, dict):
        return nested
    return {name: call.parameters.text(name) for name in ("receiver_user_id", "callback_query_id")}


def _reply_id(call: Call) -> int:
    reply = call.parameters.structure("reply_parameters")
    return int(reply.get("ephemeral_message_id") or 0) if isinstance(reply, dict) else 0


def _check_trigger(messenger: Messenger, call: Call, chat: Document, wanted: dict[str, Any]) -> None:
    """Refuse what is no answer to the receiver's own press or command, unless the bot is an administrator."""
    store, user_id = messenger.store, int(wanted["receiver_user_id"])
    latest = time.time() - TRIGGER_SECONDS * messenger.limits.rates.time_scale
    if query_id := str(wanted.get("callback_query_id") or ""):
        query = store.query(query_id)
        if query is None or query["from"]["id"] != user_id or query["asked_at"] < latest:
            raise bad_request(TOO_OLD)
    elif reply_id := _reply_id(call):
        command = store.message(chat["chat_id"], -reply_id)
        if command is None or (command["sender"] or {}).get("id") != user_id or command["accepted_at"] < latest:
            raise bad_request("message to be replied not found")
    elif chat["status"] != "administrator":
        raise bad_request("CHAT_ADMIN_REQUIRED")


def found(messenger: Messenger, call: Call, chat: Document, what: str) -> Document:
    """Return the ephemeral message of the bot that a call names; RefusedError when there is none."""
    message = messenger.store.message(chat["chat_id"], -call.parameters.number("ephemeral_message_id"))
    is_named = message is not None and message.get("ephemeral_id") and message["bot_id"] == call.bot_id
    if message is None or not is_named or _reader(message)["id"] != call.parameters.number("receiver_user_id"):
        raise bad_request(f"message to {what} not found")
    if what == "edit" and message["sender"] is not None:
        raise bad_request("message can't be edited")
    return message


def _reader(message: Document) -> User:
    """Return the person who sees an ephemeral message beside the bot."""
    reader: User = message["sender"] or message["receiver"]
    return reader
