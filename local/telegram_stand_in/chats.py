"""Chats, and whether a bot may write to them now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.refusals import RefusedError, bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.store import Document, Store

TYPES = ("private", "group", "supergroup", "channel")
SUPERGROUPS_BELOW = -1_000_000_000_000
GENERAL_TOPIC = 1

# The bot's place in the chat, and what the server says to one who may not write there.
FORBIDDEN = {
    "kicked": "bot was kicked from the {kind} chat",
    "left": "bot is not a member of the {kind} chat",
    "deleted": "the group chat was deleted",
    "blocked": "bot was blocked by the user",
    "deactivated": "user is deactivated",
    "not_started": "bot can't initiate conversation with a user",
}
STATUSES = ("member", "administrator", "restricted", *FORBIDDEN)


def new_chat(chat_id: int, title: str = "", type: str = "", topics: dict[int, str] | None = None) -> Document:  # noqa: A002 - the API's own word
    """Return a chat the bot is a member of; without a type it is guessed from the number.

    ``topics`` are names by thread number and make the chat a forum (a supergroup).
    """
    kind = type or ("supergroup" if topics else _guessed_type(chat_id))
    if kind not in TYPES:
        raise ValueError(f"a chat is one of {', '.join(TYPES)}, not {kind!r}")
    if (chat_id > 0) != (kind == "private"):
        raise ValueError("a private chat has a positive number, every other one a negative")
    if topics and (kind != "supergroup" or GENERAL_TOPIC in topics):
        raise ValueError("only a supergroup has topics, and its topic 1 is always General")
    return {
        "chat_id": chat_id,
        "type": kind,
        "title": title or str(chat_id),
        "is_forum": topics is not None,
        "topics": {str(number): {"name": name, "closed": False} for number, name in (topics or {}).items()},
        "status": "member",
        "members_may_write": True,
        "migrated_to": None,
    }


def _guessed_type(chat_id: int) -> str:
    if chat_id > 0:
        return "private"
    return "supergroup" if chat_id < SUPERGROUPS_BELOW else "group"


def is_group(chat: Document) -> bool:
    """Tell whether the limit of a group holds here."""
    return bool(chat["type"] != "private")


def find_chat(store: Store, reference: str) -> Document:
    """Return the chat a call names by number or @name; RefusedError when there is none."""
    if not reference:
        raise bad_request("chat_id is empty")
    chat = None
    if reference.startswith("@"):
        named = (chat for chat in store.chats() if chat.get("username") == reference[1:])
        chat = next(named, None)
    elif reference.removeprefix("-").isdecimal():
        chat = store.chat(int(reference))
    if chat is None:
        raise bad_request("chat not found")
    if chat["status"] == "kicked":
        raise _forbidden(chat)
    return chat


def chat_to_write(store: Store, reference: str) -> Document:
    """Return the chat a call writes to; RefusedError when the bot may not write there."""
    chat = find_chat(store, reference)
    if chat["migrated_to"] is not None:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat["migrated_to"])
    if chat["status"] in FORBIDDEN:
        raise _forbidden(chat)
    return chat


def _forbidden(chat: Document) -> RefusedError:
    return RefusedError(403, f"Forbidden: {FORBIDDEN[chat['status']].format(kind=chat['type'])}")


def check_topic(chat: Document, thread_id: int) -> None:
    """Refuse a topic that is not there; the server looks for it before it looks at the message."""
    if thread_id and str(thread_id) not in chat["topics"]:
        raise bad_request("message thread not found")


def check_right(chat: Document, thread_id: int, *, what: str = "text messages") -> None:
    """Refuse where the bot may not speak: in the chat, or in a topic that is closed."""
    if chat["status"] == "restricted" or (chat["status"] == "member" and not members_may_write(chat)):
        raise bad_request(f"not enough rights to send {what} to the chat")
    topic = chat["topics"].get(str(thread_id or GENERAL_TOPIC), {})
    if topic.get("closed") and chat["status"] != "administrator":
        raise bad_request("TOPIC_CLOSED")


def members_may_write(chat: Document) -> bool:
    """Tell whether the chat's permissions let those write who are no administrators."""
    return bool(chat.get("members_may_write", True))


def public_chat(chat: Document) -> dict[str, Any]:
    """Return the Chat object the Bot API shows."""
    shown: dict[str, Any] = {"id": chat["chat_id"], "type": chat["type"]}
    shown["first_name" if chat["type"] == "private" else "title"] = chat["title"]
    if chat["is_forum"]:
        shown["is_forum"] = True
    if chat.get("username"):
        shown["username"] = chat["username"]
    return shown
