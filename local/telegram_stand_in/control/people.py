"""What people do: come, start the bot, write, share, edit and press."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in import people
from local.telegram_stand_in.chats import new_chat
from local.telegram_stand_in.control.answering import named_chat, named_message
from local.telegram_stand_in.control.chats import change_place
from local.telegram_stand_in.incoming import incoming_message
from local.telegram_stand_in.messages import public_message
from local.telegram_stand_in.tdlib import found_entities
from local.telegram_stand_in.updates import publish

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.telegram_stand_in.messenger import Messenger
    from local.telegram_stand_in.store import Document

# A person who has done one of these must start or unblock the bot before anything reaches it.
SHUT = ("blocked", "not_started")


class PeopleControl:
    """What each route does."""

    def __init__(self, messenger: Messenger) -> None:
        self.messenger = messenger
        self.store = messenger.store

    async def people(self, request: Request) -> list[Document]:
        """List people, with the phone numbers that bots do not see."""
        del request
        return self.store.people()

    async def add_person(self, request: Request) -> Document:
        """Make a person (the fields of a User, "phone_number"), with a private chat that is not started yet."""
        wanted = await request.json()
        chat_id = int(wanted.pop("user_id", 0)) or 700_100_000 + self.store.next_number("person")
        names = (wanted.get("first_name", ""), wanted.get("last_name", ""))
        chat = self.store.chat(chat_id) or new_chat(chat_id, " ".join(filter(None, names)))
        chat["status"] = chat["status"] if self.store.chat(chat_id) else "not_started"
        self.store.save_chat(chat)
        people.sender(self.store, chat, wanted)
        return self.store.person(chat_id) or {}

    async def start(self, request: Request) -> Document:
        """Let a person press «Запустить», also after blocking; ``payload`` is what the link carried."""
        chat = named_chat(self.store, request)
        payload = str((await request.json()).get("payload") or "")
        if chat["status"] in SHUT:
            await change_place(self.messenger, chat, "member", people.sender(self.store, chat, None))
        return await self._write(chat, {"text": f"/start {payload}".strip()})

    async def incoming(self, request: Request) -> Document:
        """Let a person, a channel or an anonymous administrator write into a chat."""
        return await self._write(named_chat(self.store, request), await request.json())

    async def many_incoming(self, request: Request) -> int:
        """Let many messages come at once: [{chat_id, …}, …]; return how many."""
        described = await request.json()
        for one in described:
            chat = self.store.chat(int(one.pop("chat_id")))
            if chat is None:
                raise ValueError("a message names no chat that is there")
            await self._write(chat, one)
        return len(described)

    async def _write(self, chat: Document, wanted: dict[str, Any]) -> Document:
        if chat["status"] in SHUT:
            raise ValueError(f"the bot is {chat['status']} here: the person starts it first")
        message = incoming_message(self.messenger, chat, wanted)
        self.store.save_message(message)
        shown = public_message(self.store, message)
        kind = "channel_post" if chat["type"] == "channel" else "message"
        await publish(self.messenger, kind, shown, chat, message["bot_id"])
        return shown

    async def edit(self, request: Request) -> Document:
        """Let a person change the text of a message, or its caption."""
        chat = named_chat(self.store, request)
        wanted = await request.json()
        message = named_message(self.store, chat["chat_id"], int(wanted["message_id"]))
        if message["sender"] is None:
            raise ValueError("a person edits own messages alone")
        now = time.time()
        before = {"text": message["text"], "entities": message["entities"], "rich": None, "edited_at": now}
        text = str(wanted["text"])
        message |= {"text": text, "entities": found_entities(text), "edited_at": now}
        message["edits"] = [*message["edits"], before]
        self.store.save_message(message)
        shown = public_message(self.store, message)
        kind = "edited_channel_post" if chat["type"] == "channel" else "edited_message"
        await publish(self.messenger, kind, shown, chat)
        return shown

    async def press(self, request: Request) -> Document:
        """Let a person press a button; the bot that sent it learns of it."""
        wanted = await request.json()
        message = named_message(self.store, int(wanted["chat_id"]), int(wanted["message_id"]))
        chat = self.store.chat(message["chat_id"]) or {}
        offered = [b["callback_data"] for row in message["buttons"] for b in row if "callback_data" in b]
        data = wanted.get("data", offered[0] if offered else None)
        if data not in offered and not wanted.get("is_forged"):
            raise ValueError("the message has no such button")
        by = people.sender(self.store, chat, wanted.get("sender") or message.get("receiver"))
        query = {
            "id": str(secrets.randbits(62)),
            "from": by,
            "message": public_message(self.store, message),
            "chat_instance": str(message["chat_id"]),
            "data": data,
        }
        pressed = {"chat_id": message["chat_id"], "message_id": message["message_id"], "asked_at": time.time()}
        kept = {"query_id": query["id"], "bot_id": message["bot_id"], "from": by, "data": data, "state": "waits"}
        self.store.save_query(kept | pressed)
        await publish(self.messenger, "callback_query", query, chat, message["bot_id"])
        return query

    async def queries(self, request: Request) -> list[Document]:
        """List pressed buttons, and how they were answered."""
        del request
        return self.store.queries()

    async def expire_queries(self, request: Request) -> int:
        """Let all waiting buttons stop waiting: answers come too late from now on; return how many."""
        del request
        waiting = [query for query in self.store.queries() if query["state"] == "waits"]
        for query in waiting:
            self.store.save_query(query | {"state": "expired"})
        return len(waiting)
