"""Keeps foreign web pages and other machines away from the control API and from what the chats say.

Any page that a browser has open may post to this machine (a plain form needs no permission), and any name may be made
to point here (DNS rebinding). So the Host must be this machine's, the Origin the page's own, and a body must be JSON,
which browsers send elsewhere only after asking. What calls the Bot API is no browser, and may come from anywhere: it
is refused only where a browser says that a foreign page makes it do so.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PRIVATE = ("/control/", "/page/")
BOT_API = "/bot"


class SameOrigin:
    """The application behind it is asked only what its own page, a test or a bot may ask."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 403 and a sentence, or pass the request on."""
        reason = _reason(scope)
        await (JSONResponse({"error": reason}, 403) if reason else self.app)(scope, receive, send)


def _reason(scope: Scope) -> str | None:
    """Return why a request is refused, or None."""
    headers = Headers(scope=scope)
    path, host = scope["path"], headers.get("host", "")
    is_private = path.startswith(PRIVATE)
    if is_private and not (_is_here((scope["client"] or ("",))[0]) and _is_here(urlsplit(f"//{host}").hostname or "")):
        return "only this machine is answered, under its own name: http://127.0.0.1 or http://localhost"
    if (is_private or path.startswith(BOT_API)) and _is_foreign(headers, f"{scope['scheme']}://{host}"):
        return "a page of another origin is not answered"
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if is_private and scope["method"] == "POST" and kind != "application/json":
        return "a body must be JSON, with the header Content-Type: application/json"
    return None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_foreign(headers: Headers, own_origin: str) -> bool:
    site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin", own_origin)
    return site not in ("none", "same-origin") or origin.lower() != own_origin.lower()
