"""Methods that leave nothing in a chat: they look at the bot, a chat, a member of it, or show that it is typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.chats import chat_to_write, find_chat, members_may_write, public_chat
from local.telegram_stand_in.refusals import RefusedError, bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger


def bot_user(bot_id: int) -> dict[str, Any]:
    """Return the bot as a User."""
    return {"id": bot_id, "is_bot": True, "first_name": "SanCRM", "username": f"stand_in_{bot_id}_bot"}


async def get_me(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Who the token belongs to."""
    del messenger
    return bot_user(call.bot_id) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def get_chat(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Everything about a chat (ChatFullInfo)."""
    chat = find_chat(messenger.store, call.parameters.text("chat_id"))
    shown = public_chat(chat)
    if chat["type"] in ("group", "supergroup"):
        shown["permissions"] = dict.fromkeys(ABILITIES, members_may_write(chat))
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
    """The bot's own place in a chat; of anybody else nothing is known."""
    chat = find_chat(messenger.store, call.parameters.text("chat_id"))
    if call.parameters.number("user_id") != call.bot_id:
        raise bad_request("member not found")
    member: dict[str, Any] = {"user": bot_user(call.bot_id), "status": "member"}
    if chat["status"] == "left":
        member["status"] = "left"
    elif chat["status"] == "administrator":
        member |= {"status": "administrator"} | dict.fromkeys(RIGHTS, False)
        if chat["type"] == "channel":
            member |= {"can_post_messages": True, "can_edit_messages": True}
        else:
            member |= {"can_manage_topics": True}
    elif chat["status"] == "restricted":
        member |= {"status": "restricted", "is_member": True, "until_date": 0} | dict.fromkeys(ABILITIES, False)
    return member


async def send_chat_action(messenger: Messenger, call: Call) -> bool:
    """Show that the bot is typing; that the topic is closed or gone goes unnoticed, as with Telegram."""
    if call.parameters.text("action").lower() not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = chat_to_write(messenger.store, call.parameters.text("chat_id"))
    if chat["status"] == "restricted":
        raise RefusedError(403, "Forbidden: CHAT_WRITE_FORBIDDEN")
    return True


ACTIONS = ("cancel", "typing", "upload_photo", "upload_document", "record_video", "upload_video", "find_location")
RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
ABILITIES = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
