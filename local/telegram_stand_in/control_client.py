"""The control API as Python: one method for each thing a test or a demo does to a running stand-in."""

from __future__ import annotations

from typing import Any

from local.telegram_stand_in.control_connection import NO_TLS, ControlConnection, Json
from local.telegram_stand_in.people_client import PeopleClient
from local.telegram_stand_in.plans_client import PlansClient

__all__ = ["NO_TLS", "ControlClient"]


class ControlClient(PeopleClient, PlansClient, ControlConnection):
    """Talks to the stand-in at ``url`` ("http://127.0.0.1:8081").  Raises ValueError with the server's reason.

    Here are the chats; what people do is in PeopleClient, what goes wrong in PlansClient.
    """

    def messages(self, chat_id: int | None = None) -> list[Json]:
        """Return accepted messages, oldest first.

        Each has chat_id, message_id, message_thread_id, reply_to (message_id, text), text, entities, html, rich,
        buttons, reply_markup (keyboard, remove or force_reply), media, extra (contact, forward_origin, …), receiver
        and ephemeral_id (an ephemeral message's), is_silent, is_protected, accepted_at (seconds), edited_at, edits
        (what was there before), sender (None: a bot).
        """
        query = {} if chat_id is None else {"chat_id": chat_id}
        return list(self._call("GET", "/messages", None, **query))

    def create_chat(self, chat_id: int, title: str = "", kind: str = "", topics: dict[int, str] | None = None) -> Json:
        """Create a chat; ``kind`` is guessed from the number; ``topics`` make it a forum."""
        body = {"chat_id": chat_id, "title": title, "type": kind, "topics": topics}
        return dict(self._call("POST", "/chats", body))

    def chats(self) -> list[Json]:
        """Return all chats."""
        return list(self._call("GET", "/chats"))

    def set_status(self, chat_id: int, status: str, by: Json | None = None) -> None:
        """Change the bot's place in a chat: member, administrator, restricted, kicked, left, blocked, …

        Bots learn of it as ``my_chat_member``; ``by`` is who did it (the fields of a User).
        """
        self._call("POST", f"/chats/{chat_id}/status", {"status": status, "by": by})

    def kick(self, chat_id: int) -> None:
        """Throw the bot out."""
        self.set_status(chat_id, "kicked")

    def restrict(self, chat_id: int) -> None:
        """Take away the bot's right to write."""
        self.set_status(chat_id, "restricted")

    def admit(self, chat_id: int) -> None:
        """Let the bot in again."""
        self.set_status(chat_id, "member")

    def promote(self, chat_id: int) -> None:
        """Make the bot an administrator."""
        self.set_status(chat_id, "administrator")

    def set_member(self, chat_id: int, user: Json, status: str = "member") -> None:
        """Change a person's place in a group: creator, administrator, member, restricted, left, kicked."""
        self._call("POST", f"/chats/{chat_id}/members", {"user": user, "status": status})

    def let_members_write(self, chat_id: int, *, allowed: bool) -> None:
        """Change the permissions of all who are no administrators."""
        self._call("POST", f"/chats/{chat_id}/permissions", {"can_send_messages": allowed})

    def migrate(self, chat_id: int, new_chat_id: int | None = None) -> int:
        """Make a group a supergroup; return its new number."""
        return int(self._call("POST", f"/chats/{chat_id}/migrate", {"new_chat_id": new_chat_id})["chat_id"])

    def set_topic(self, chat_id: int, thread_id: int, **changes: Any) -> None:
        """Create or change a topic: name, closed, deleted."""
        self._call("POST", f"/chats/{chat_id}/topics", {"thread_id": thread_id, **changes})

    def close_topic(self, chat_id: int, thread_id: int) -> None:
        """Close a topic (1: General)."""
        self.set_topic(chat_id, thread_id, closed=True)

    def reopen_topic(self, chat_id: int, thread_id: int) -> None:
        """Open a closed topic again."""
        self.set_topic(chat_id, thread_id, closed=False)

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """Delete a topic."""
        self.set_topic(chat_id, thread_id, deleted=True)

    def delete_message(self, chat_id: int, message_id: int) -> None:
        """Let a person delete a message in the chat."""
        self._call("DELETE", f"/chats/{chat_id}/messages/{message_id}")
