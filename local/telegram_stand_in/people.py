"""Who writes and presses: people as bots see them, and those behind whom Telegram hides a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.telegram_stand_in.store import Document, Store

User = dict[str, Any]

SOMEBODY: User = {"id": 700_000_001, "is_bot": False, "first_name": "Ольга", "language_code": "ru"}
# Telegram's own accounts, named as the sender to bots that know no sender chats.
ANONYMOUS_ADMINISTRATOR = {
    "id": 1_087_968_824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL = {"id": 136_817_688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
HIDDEN = ("phone_number",)  # what a bot learns only when the person shares it


def bot_user(store: Store, bot_id: int) -> User:
    """Return the bot as a User."""
    name = store.setting(f"name {bot_id} ", "") or "SanCRM"
    return {"id": bot_id, "is_bot": True, "first_name": name, "username": bot_username(bot_id)}


def bot_username(bot_id: int) -> str:
    """Return the bot's @name without the @."""
    return f"stand_in_{bot_id}_bot"


def shown(person: Document) -> User:
    """Return a person as a User."""
    return {name: value for name, value in person.items() if name not in HIDDEN}


def seen(store: Store, user_id: int, first_name: str = "") -> Document:
    """Return a person as it is remembered, or as one not seen before."""
    return store.person(user_id) or SOMEBODY | {"id": user_id} | ({"first_name": first_name} if first_name else {})


def sender(store: Store, chat: Document, described: Document | None) -> User:
    """Return who acts in a chat: the person whose private chat it is, the one described, or somebody.

    ``described`` has the fields of a User; a person not seen before is remembered.
    """
    described = described or {}
    own_id = chat["chat_id"] if chat["type"] == "private" else SOMEBODY["id"]
    user_id = int(described.get("id") or own_id)
    known = seen(store, user_id, chat["title"] if user_id == chat["chat_id"] else "")
    person = known | described | {"id": user_id}
    if person != store.person(user_id):
        store.save_person(person)
    return shown(person)
