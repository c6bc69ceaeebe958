"""The page that shows the chats as a phone would, and what it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from local.telegram_stand_in import people
from local.telegram_stand_in.methods.profile import about, commands_shown
from local.telegram_stand_in.updates import bots

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from local.telegram_stand_in.messenger import Messenger
    from local.telegram_stand_in.store import Document

PAGE = Path(__file__).with_name("page")
MOST_MESSAGES = 500
MOST_QUERIES = 20
PREVIEW_LENGTH = 120

# Nothing but the page's own files: a message cannot bring a script, a style or a picture of its own.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SHOWN_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
FILES = {"/": "chats.html"} | {
    f"/page/{name}": name
    for name in (
        *("theme.css", "chats.css", "message.css", "phone.css", "icon.svg"),
        *("chats.js", "bubbles.js", "formatting.js", "elements.js", "phone.js", "people.js", "dialogs.js"),
    )
}


def routes(messenger: Messenger) -> list[Route]:
    """Return the routes of the page."""
    page = ChatPage(messenger)
    files = [Route(path, serving(name)) for path, name in FILES.items()]
    return [*files, Route("/page/news", page.news), Route("/page/files/{file_id}", page.file)]


def serving(name: str) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that sends one of the page's files."""

    async def serve(request: Request) -> Response:
        del request
        return FileResponse(PAGE / name, headers=SECURITY)

    return serve


class ChatPage:
    """What the page asks for while it is open."""

    def __init__(self, messenger: Messenger) -> None:
        self.store = messenger.store

    async def news(self, request: Request) -> Response:
        """Answer all chats; of the open one what changed after a change, and what a person there has at hand."""
        after = int(request.query_params.get("after", 0))
        chat = self.store.chat(int(request.query_params.get("chat_id", 0)))
        body: Document = {"last_change": self.store.last_change(), "messages": [], "deleted": []}
        if chat is not None:
            messages = list(self.store.messages(chat["chat_id"], after))[-MOST_MESSAGES:]
            body |= {"messages": messages, "deleted": self.store.deleted_messages(chat["chat_id"], after)}
            body |= self._at_hand(chat, int(request.query_params.get("person_id", 0)))
        chats = [self._row(one) for one in self.store.chats() if one["migrated_to"] is None]
        chats.sort(key=lambda one: -(one["last"] or {"accepted_at": 0})["accepted_at"])
        return JSONResponse(body | {"chats": chats}, headers=SECURITY)

    def _at_hand(self, chat: Document, person_id: int) -> Document:
        """Return what a person has at hand in a chat: commands, a keyboard, answers to what it pressed."""
        store, is_private = self.store, chat["type"] == "private"
        person = people.seen(store, chat["chat_id"] if is_private else person_id, chat["title"])
        members = (store.person(int(user_id)) for user_id in chat.get("members", {}))
        bot_ids = bots(store)
        last = store.last_keyboard(chat["chat_id"])
        return {
            "bots": [people.bot_user(store, bot_id) for bot_id in bot_ids],
            "about": about(store, bot_ids[0], person["language_code"]) if bot_ids else {},
            "commands": [command for bot_id in bot_ids for command in commands_shown(store, bot_id, chat, person)],
            "keyboard": last and last["reply_markup"] | {"message_id": last["message_id"]},
            "queries": [query for query in store.queries() if query["chat_id"] == chat["chat_id"]][-MOST_QUERIES:],
            "people": [person] if is_private else [one for one in members if one],
        }

    def _row(self, chat: Document) -> Document:
        last = self.store.last_message(chat["chat_id"])
        if last is not None:
            names = ("accepted_at", "is_silent", "sender", "media", "extra")
            last = {name: last.get(name) for name in names} | {"text": last["text"][:PREVIEW_LENGTH]}
        return {name: chat[name] for name in ("chat_id", "type", "title", "topics", "status")} | {"last": last}

    async def file(self, request: Request) -> Response:
        """Send an uploaded file: a picture to look at, anything else to save."""
        found = self.store.file(request.path_params["file_id"])
        if found is None:
            return Response(status_code=404, headers=SECURITY)
        name, mime, content = found
        if mime in SHOWN_PICTURES:
            return Response(content, media_type=mime, headers=SECURITY)
        headers = SECURITY | {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return Response(content, media_type="application/octet-stream", headers=headers)
