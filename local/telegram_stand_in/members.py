"""Places in a chat: the bot's and the members', as ChatMember objects, and the news of a change of the bot's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.chats import members_may_write, public_chat
from local.telegram_stand_in.people import bot_user, shown

if TYPE_CHECKING:
    from local.telegram_stand_in.people import User
    from local.telegram_stand_in.store import Document, Store

# Of the bot's places those that a ChatMember names; nobody is told of the others.
TOLD = {
    "member": "member",
    "administrator": "administrator",
    "restricted": "restricted",
    "left": "left",
    "kicked": "kicked",
    "blocked": "kicked",
}
PERSONS_PLACES = ("creator", "administrator", "member", "restricted", "left", "kicked")
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


def bot_member(store: Store, chat: Document, bot_id: int, status: str | None = None) -> dict[str, Any]:
    """Return the bot's own place in a chat, or the one it would have with another status."""
    return chat_member(bot_user(store, bot_id), TOLD.get(status or chat["status"], "member"), chat)


def person_member(store: Store, chat: Document, user_id: int) -> dict[str, Any] | None:
    """Return a person's place in a chat; None when nobody has ever seen the person."""
    person = store.person(user_id)
    return None if person is None else chat_member(shown(person), place(chat, user_id), chat)


def place(chat: Document, user_id: int) -> str:
    """Return a person's status in a chat; the one whose private chat it is, is its only member."""
    if chat["type"] == "private":
        return "member" if user_id == chat["chat_id"] else "left"
    return str(chat.get("members", {}).get(str(user_id), "left"))


def chat_member(user: User, status: str, chat: Document) -> dict[str, Any]:
    """Return a ChatMember with the fields of its status."""
    member: dict[str, Any] = {"user": user, "status": status}
    if status == "administrator":
        member |= dict.fromkeys(RIGHTS, False)
        more = ("can_post_messages", "can_edit_messages") if chat["type"] == "channel" else ("can_manage_topics",)
        member |= dict.fromkeys(more, True)
    elif status == "creator":
        member["is_anonymous"] = False
    elif status == "restricted":
        member |= {"is_member": True, "until_date": 0} | dict.fromkeys(ABILITIES, False)
    elif status == "kicked":
        member["until_date"] = 0
    return member


def permissions(chat: Document) -> dict[str, bool]:
    """Return what those may do who are no administrators."""
    return dict.fromkeys(ABILITIES, members_may_write(chat))


def changed_place(store: Store, chat: Document, bot_id: int, before: str, by: User) -> dict[str, Any] | None:
    """Return the ``my_chat_member`` for a change of the bot's place, None where Telegram tells of none.

    In a private chat only blocking and unblocking is told.
    """
    told = TOLD if chat["type"] != "private" else {"member": "member", "blocked": "kicked"}
    after = chat["status"]
    if before == after or before not in told or after not in told:
        return None
    return {
        "chat": public_chat(chat),
        "from": by,
        "date": int(time.time()),
        "old_chat_member": bot_member(store, chat, bot_id, before),
        "new_chat_member": bot_member(store, chat, bot_id, after),
    }
