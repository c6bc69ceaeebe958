"""The control API as Python: one method for each thing a test or a demo does to a running stand-in."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

Json = dict[str, Any]
Answer = Any  # whatever JSON can hold

# The address is always http; certificates would only take time to load.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Kept open, so that a planned refusal of new connections does not shut out who planned it.
ALWAYS_OPEN = httpx.Limits(keepalive_expiry=None)


class ControlClient:
    """Talks to the stand-in at ``url`` ("http://127.0.0.1:8081").  Raises ValueError with the server's reason."""

    def __init__(self, url: str) -> None:
        self.url = url
        # No proxy of the environment: the stand-in is on this machine.
        self._http = httpx.Client(
            base_url=f"{url}/control", trust_env=False, timeout=30, limits=ALWAYS_OPEN, verify=NO_TLS
        )

    @property
    def base_url(self) -> str:
        """The Bot API's address, as python-telegram-bot's ``base_url`` wants it."""
        return f"{self.url}/bot"

    def close(self) -> None:
        """Close the connection; the stand-in goes on."""
        self._http.close()

    def _call(self, verb: str, path: str, body: Json | None = None, **query: Any) -> Answer:
        answer = self._http.request(verb, path, json=body, params=query)
        if answer.is_error:
            raise ValueError(answer.json()["error"])
        return answer.json()

    def messages(self, chat_id: int | None = None) -> list[Json]:
        """Return accepted messages, oldest first.

        Each has chat_id, message_id, message_thread_id, reply_to (message_id, text), text, entities, html, rich,
        buttons, is_silent, is_protected, accepted_at (seconds), edited_at, edits (what was there before), sender
        (None: a bot).
        """
        query = {} if chat_id is None else {"chat_id": chat_id}
        return list(self._call("GET", "/messages", None, **query))

    def requests(self, method: str | None = None) -> list[Json]:
        """Return every call of a bot: method, chat_id, text, arrived_at, status, verdict, is_sent, fault."""
        found: list[Json] = self._call("GET", "/requests")
        return [one for one in found if method is None or one["method"].lower() == method.lower()]

    def clear(self) -> None:
        """Forget messages, requests, updates, files and faults."""
        self._call("POST", "/clear", {})

    def plan_fault(self, kind: str, when: str = "before", **filters: Any) -> Json:
        """Plan a fault; kinds and filters are the fields of ``faults.Fault``."""
        return dict(self._call("POST", "/faults", {"kind": kind, "when": when, **filters}))

    def faults(self) -> list[Json]:
        """Return the plans and how often each matched and hit."""
        return list(self._call("GET", "/faults"))

    def clear_faults(self) -> None:
        """Drop all plans."""
        self._call("DELETE", "/faults")

    def create_chat(self, chat_id: int, title: str = "", kind: str = "", topics: dict[int, str] | None = None) -> Json:
        """Create a chat; ``kind`` is guessed from the number; ``topics`` make it a forum."""
        body = {"chat_id": chat_id, "title": title, "type": kind, "topics": topics}
        return dict(self._call("POST", "/chats", body))

    def chats(self) -> list[Json]:
        """Return all chats."""
        return list(self._call("GET", "/chats"))

    def set_status(self, chat_id: int, status: str) -> None:
        """Change the bot's place in a chat: member, administrator, restricted, kicked, left, blocked, …"""
        self._call("POST", f"/chats/{chat_id}/status", {"status": status})

    def kick(self, chat_id: int) -> None:
        """Throw the bot out."""
        self.set_status(chat_id, "kicked")

    def block(self, chat_id: int) -> None:
        """Let a person block the bot."""
        self.set_status(chat_id, "blocked")

    def restrict(self, chat_id: int) -> None:
        """Take away the bot's right to write."""
        self.set_status(chat_id, "restricted")

    def admit(self, chat_id: int) -> None:
        """Let the bot in again."""
        self.set_status(chat_id, "member")

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

    def add_token(self, token: str) -> None:
        """Make a token known."""
        self._call("POST", "/tokens", {"token": token})

    def revoke_token(self, token: str) -> None:
        """Revoke a token: its calls are answered with 401."""
        self._call("POST", "/tokens", {"token": token, "revoked": True})

    def set_bot_api_version(self, version: str) -> None:
        """Behave as a server of that version ("9.0": no rich messages)."""
        self._call("POST", "/settings", {"bot_api_version": version})

    def set_rates(self, **rates: Any) -> None:
        """Change the limits: the fields of ``limits.Rates``."""
        self._call("POST", "/settings", {"rates": rates})

    def write(self, chat_id: int, text: str = "", **more: Any) -> Json:
        """Let a person write to the bots; ``more`` may be contact, sender, thread_id, entities."""
        return dict(self._call("POST", f"/chats/{chat_id}/incoming", {"text": text, **more}))

    def delete_message(self, chat_id: int, message_id: int) -> None:
        """Let a person delete a message in the chat."""
        self._call("DELETE", f"/chats/{chat_id}/messages/{message_id}")

    def press(self, chat_id: int, message_id: int, data: str | None = None) -> Json:
        """Let a person press a button (the first one, unless ``data`` names another)."""
        body: Json = {"chat_id": chat_id, "message_id": message_id}
        return dict(self._call("POST", "/press", body if data is None else body | {"data": data}))
