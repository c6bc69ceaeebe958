"""Methods that leave nothing in a chat: they look at the bot, a chat, a member of it, or show that it is typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.chats import chat_to_write, find_chat, public_chat
from local.telegram_stand_in.members import bot_member, permissions, person_member
from local.telegram_stand_in.people import bot_user
from local.telegram_stand_in.refusals import RefusedError, bad_request
from local.telegram_stand_in.updates import reads_all

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger

ACTIONS = ("cancel", "typing", "upload_photo", "upload_document", "record_video", "upload_video", "find_location")
ADMINISTRATORS = ("creator", "administrator")


async def get_me(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Who the token belongs to."""
    return bot_user(messenger.store, call.bot_id) | {
        "can_join_groups": True,
        "can_read_all_group_messages": reads_all(messenger.store, call.bot_id),
        "supports_inline_queries": False,
    }


async def get_chat(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Everything about a chat (ChatFullInfo)."""
    chat = find_chat(messenger.store, call.parameters.text("chat_id"))
    shown = public_chat(chat)
    if chat["type"] in ("group", "supergroup"):
        shown["permissions"] = permissions(chat)
    return shown | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


async def get_chat_member(messenger: Messenger, call: Call) -> dict[str, Any]:
    """The place of the bot, or of a person it can know of, in a chat."""
    chat = find_chat(messenger.store, call.parameters.text("chat_id"))
    user_id = call.parameters.number("user_id")
    if user_id <= 0:
        raise bad_request("invalid user_id specified")
    if user_id == call.bot_id:
        return bot_member(messenger.store, chat, user_id)
    member = person_member(messenger.store, chat, user_id)
    if member is None:
        raise bad_request("member not found")
    return member


async def get_chat_administrators(messenger: Messenger, call: Call) -> list[dict[str, Any]]:
    """All administrators who are no bots, and this bot if it is one."""
    chat = find_chat(messenger.store, call.parameters.text("chat_id"))
    if chat["type"] == "private":
        raise bad_request("there are no administrators in the private chat")
    people = (person_member(messenger.store, chat, int(user_id)) for user_id in chat.get("members", {}))
    found = [person for person in people if person and person["status"] in ADMINISTRATORS]
    own = bot_member(messenger.store, chat, call.bot_id)
    return [*found, own] if own["status"] in ADMINISTRATORS else found


async def send_chat_action(messenger: Messenger, call: Call) -> bool:
    """Show that the bot is typing; that the topic is closed or gone goes unnoticed, as with Telegram."""
    if call.parameters.text("action").lower() not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = chat_to_write(messenger.store, call.parameters.text("chat_id"))
    if chat["status"] == "restricted":
        raise RefusedError(403, "Forbidden: CHAT_WRITE_FORBIDDEN")
    return True
