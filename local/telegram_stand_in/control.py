"""The control API: what a test, a demo or a person may look at and change; its routes are listed in the package."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.telegram_stand_in.chats import GENERAL_TOPIC, STATUSES, new_chat
from local.telegram_stand_in.messenger import TOKEN, Messenger, version_number
from local.telegram_stand_in.methods.sending import public_message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from local.telegram_stand_in.store import Document

PERSON = {"id": 700_000_001, "is_bot": False, "first_name": "Ольга", "language_code": "ru"}


class NotThereError(LookupError):
    """What was asked for is not there."""


def routes(messenger: Messenger) -> list[Route]:
    """Return the routes of the control API."""
    control = Control(messenger)
    listed: list[tuple[str, str, Callable[[Request], Awaitable[Any]]]] = [
        ("GET", "/messages", control.messages),
        ("GET", "/requests", control.requests),
        ("POST", "/clear", control.clear),
        ("POST", "/faults", control.plan_fault),
        ("GET", "/faults", control.faults),
        ("DELETE", "/faults", control.drop_faults),
        ("POST", "/chats", control.create_chat),
        ("GET", "/chats", control.chats),
        ("POST", "/chats/{chat_id}/status", control.set_status),
        ("POST", "/chats/{chat_id}/permissions", control.set_permissions),
        ("POST", "/chats/{chat_id}/migrate", control.migrate),
        ("POST", "/chats/{chat_id}/topics", control.set_topic),
        ("POST", "/chats/{chat_id}/incoming", control.incoming),
        ("DELETE", "/chats/{chat_id}/messages/{message_id}", control.delete_message),
        ("POST", "/press", control.press),
        ("POST", "/tokens", control.set_token),
        ("POST", "/settings", control.set_settings),
    ]
    return [Route(f"/control{path}", answering(run), methods=[verb]) for verb, path, run in listed]


def answering(run: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a function so that its result, or what is wrong with the request, becomes the answer."""

    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await run(request))
        except NotThereError as error:
            return JSONResponse({"error": str(error)}, 404)
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return answer


class Control:
    """What each route does."""

    def __init__(self, messenger: Messenger) -> None:
        self.messenger = messenger
        self.store = messenger.store

    async def messages(self, request: Request) -> list[Document]:
        """List accepted messages, of one chat or of all."""
        chat_id = request.query_params.get("chat_id")
        return list(self.store.messages(None if chat_id is None else int(chat_id)))

    async def requests(self, request: Request) -> list[Document]:
        """List the calls of bots."""
        return self.store.requests(int(request.query_params.get("after", 0)))

    async def clear(self, request: Request) -> bool:
        """Forget what happened; chats and tokens stay."""
        del request
        self.store.clear()
        self.messenger.faults.clear()
        self.messenger.limits.forget()
        return True

    async def plan_fault(self, request: Request) -> Document:
        """Plan a fault."""
        return self.messenger.faults.plan(**await request.json()).report()

    async def faults(self, request: Request) -> list[Document]:
        """List planned faults."""
        del request
        return [fault.report() for fault in self.messenger.faults.plans]

    async def drop_faults(self, request: Request) -> bool:
        """Drop all plans."""
        del request
        self.messenger.faults.clear()
        return True

    async def create_chat(self, request: Request) -> Document:
        """Create a chat, or make it anew."""
        wanted = await request.json()
        if wanted.get("topics") is not None:
            wanted["topics"] = {int(number): name for number, name in wanted["topics"].items()}
        chat = new_chat(**wanted)
        self.store.save_chat(chat)
        return chat

    async def chats(self, request: Request) -> list[Document]:
        """List chats."""
        del request
        return self.store.chats()

    def _chat(self, request: Request) -> Document:
        chat = self.store.chat(int(request.path_params["chat_id"]))
        if chat is None:
            raise NotThereError("there is no such chat")
        return chat

    async def set_status(self, request: Request) -> Document:
        """Change the bot's place in a chat."""
        chat = self._chat(request)
        status = (await request.json())["status"]
        if status not in STATUSES:
            raise ValueError(f"status is one of {', '.join(STATUSES)}")
        chat["status"] = status
        self.store.save_chat(chat)
        return chat

    async def set_permissions(self, request: Request) -> Document:
        """Change whether members who are no administrators may write."""
        chat = self._chat(request)
        chat["members_may_write"] = bool((await request.json())["can_send_messages"])
        self.store.save_chat(chat)
        return chat

    async def migrate(self, request: Request) -> Document:
        """Make a group a supergroup: a new number, the same conversation, and messages counted from 1 again."""
        chat = self._chat(request)
        wanted = (await request.json()).get("new_chat_id")
        new_id = int(wanted) if wanted is not None else -1_000_000_000_000 + chat["chat_id"]
        supergroup = new_chat(new_id, chat["title"], "supergroup")
        self.store.save_chat(supergroup)
        self.store.move_messages(chat["chat_id"], new_id)
        self.store.save_chat(chat | {"migrated_to": new_id})
        return supergroup

    async def set_topic(self, request: Request) -> Document:
        """Create, rename, close, reopen or delete a topic; 1 is General."""
        chat = self._chat(request)
        wanted = await request.json()
        number = str(int(wanted["thread_id"]))
        topic = chat["topics"].get(number, {"name": "General" if number == str(GENERAL_TOPIC) else number})
        topic["name"] = wanted.get("name", topic["name"])
        topic["closed"] = bool(wanted.get("closed", topic.get("closed", False)))
        chat["is_forum"] = True
        chat["topics"][number] = topic
        if wanted.get("deleted"):
            del chat["topics"][number]
        self.store.save_chat(chat)
        return chat

    async def set_token(self, request: Request) -> bool:
        """Make a token known, or revoke it."""
        wanted = await request.json()
        add_token(self.messenger, wanted["token"], revoked=bool(wanted.get("revoked")))
        return True

    async def set_settings(self, request: Request) -> bool:
        """Change the version played and the limits."""
        wanted = await request.json()
        if "bot_api_version" in wanted:
            version_number(wanted["bot_api_version"])
            self.store.set("bot_api_version", wanted["bot_api_version"])
        if "rates" in wanted:
            self.messenger.limits.rates = replace(self.messenger.limits.rates, **wanted["rates"])
        return True

    async def incoming(self, request: Request) -> Document:
        """Let a person write into a chat; every bot learns of it."""
        chat = self._chat(request)
        wanted = await request.json()
        message = {
            "chat_id": chat["chat_id"],
            "message_id": self.store.next_number(f"message_id {chat['chat_id']}"),
            "message_thread_id": wanted.get("thread_id"),
            "bot_id": None,
            "sender": PERSON | wanted.get("sender", {}),
            "media": None,
            "text": wanted.get("text", ""),
            "entities": wanted.get("entities", []),
            "html": None,
            "rich": None,
            "contact": wanted.get("contact"),
            "buttons": [],
            "reply_to": None,
            "is_silent": False,
            "is_protected": False,
            "link_preview_disabled": False,
            "accepted_at": time.time(),
            "edited_at": None,
            "edits": [],
        }
        self.store.save_message(message)
        shown = public_message(self.messenger, message)
        if message["contact"]:
            shown["contact"] = message["contact"]
        await self._tell_bots({"message": shown})
        return shown

    async def delete_message(self, request: Request) -> bool:
        """Let a person delete a message of a bot in the chat."""
        chat_id, message_id = int(request.path_params["chat_id"]), int(request.path_params["message_id"])
        if self.store.message(chat_id, message_id) is None:
            raise NotThereError("there is no such message")
        self.store.delete_message(chat_id, message_id)
        return True

    async def press(self, request: Request) -> Document:
        """Let a person press a button; the bot that sent it learns of it."""
        wanted = await request.json()
        message = self.store.message(int(wanted["chat_id"]), int(wanted["message_id"]))
        if message is None:
            raise NotThereError("there is no such message")
        offered = [b["callback_data"] for row in message["buttons"] for b in row if "callback_data" in b]
        data = wanted.get("data", offered[0] if offered else None)
        if data not in offered:
            raise ValueError("the message has no such button")
        query_id = str(secrets.randbits(62))
        self.store.set(f"callback {query_id}", "waits")
        query = {
            "id": query_id,
            "from": PERSON | wanted.get("sender", {}),
            "message": public_message(self.messenger, message),
            "chat_instance": str(message["chat_id"]),
            "data": data,
        }
        await self._tell_bots({"callback_query": query}, only_bot_id=message["bot_id"])
        return query

    async def _tell_bots(self, update: Document, only_bot_id: int | None = None) -> None:
        bots = {self.store.bot_id(token) for token, revoked in self.store.tokens() if not revoked}
        for bot_id in bots:
            if bot_id is not None and only_bot_id in (None, bot_id):
                self.store.save_update(bot_id, update)
        async with self.messenger.news:
            self.messenger.news.notify_all()


def add_token(messenger: Messenger, token: str, *, revoked: bool = False) -> None:
    """Make a token known or revoke it; ValueError when it does not look like one."""
    well_formed = TOKEN.fullmatch(token)
    if well_formed is None:
        raise ValueError("a token is a number, a colon and a secret")
    messenger.store.save_bot(token, int(well_formed["bot_id"]), revoked=revoked)
