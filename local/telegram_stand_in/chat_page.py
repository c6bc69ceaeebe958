"""The page that shows the chats as a phone would, and what it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from local.telegram_stand_in.messenger import Messenger
    from local.telegram_stand_in.store import Document

PAGE = Path(__file__).with_name("page")
MOST_MESSAGES = 500
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
    for name in ("chats.css", "chats.js", "bubbles.js", "formatting.js", "elements.js", "icon.svg")
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
        """Answer all chats, and the messages of one that changed after a change."""
        after = int(request.query_params.get("after", 0))
        chat_id = request.query_params.get("chat_id")
        last_change = self.store.last_change()
        messages = [] if chat_id is None else list(self.store.messages(int(chat_id), after))
        chats = [self._row(chat) for chat in self.store.chats() if chat["migrated_to"] is None]
        chats.sort(key=lambda chat: -(chat["last"] or {"accepted_at": 0})["accepted_at"])
        body = {"last_change": last_change, "chats": chats, "messages": messages[-MOST_MESSAGES:]}
        return JSONResponse(body, headers=SECURITY)

    def _row(self, chat: Document) -> Document:
        last = self.store.last_message(chat["chat_id"])
        if last is not None:
            names = ("accepted_at", "is_silent", "sender", "media")
            last = {name: last[name] for name in names} | {"text": last["text"][:PREVIEW_LENGTH]}
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
