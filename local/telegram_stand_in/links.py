"""Which addresses Telegram takes for a link, and how it writes them; a host without a dot is none."""

from __future__ import annotations

import re
from html import escape

from local.telegram_stand_in.tdlib import parse

MOST_PORT = 65_535
OWN_SCHEME = re.compile(r"(tg|ton|tonsite):(?://)?", re.IGNORECASE)
PROTOCOL = re.compile(r"([^:/?#@\[\]]*)://")
PORT = re.compile(r"(?<=.):([^\]@:]*)$", re.DOTALL)
HOST = re.compile(r"(?:[\w.\-!$,~*'();&+=\u0080-\U0010ffff]|%[0-9a-f]{2})+", re.IGNORECASE | re.ASCII)


class LinkError(Exception):
    """The address is no link; the text is Telegram's reason."""


def check_link(address: str) -> str:
    """Return the link as Telegram stores it; LinkError when it refuses it."""
    link = checked_link(address)
    if link is None:
        raise LinkError(_reason(address))
    return link


def checked_link(address: str) -> str | None:
    """Return the link as Telegram stores it, or None when it would drop it."""
    _, entities = parse(f'<a href="{escape(address)}">.</a>', "html")
    if not entities:
        return None
    mentioned = entities[0].get("user")
    return f"tg://user?id={mentioned['id']}" if mentioned else str(entities[0]["url"])


def _reason(address: str) -> str:
    """Say why an address is no link: TDLib knows it, and offline tells only that it is none."""
    own = OWN_SCHEME.match(address)
    reason = _web_reason(address[own.end() :] if own else address)
    return f"Wrong {own[1].lower()} URL" if own and reason == "Wrong HTTP URL" else reason


def _web_reason(address: str) -> str:
    protocol = PROTOCOL.match(address)
    if protocol and protocol[1].lower() not in ("http", "https"):
        return "Unsupported URL protocol"
    authority = re.split("[/?#]", address[protocol.end() if protocol else 0 :], maxsplit=1)[0]
    port = PORT.search(authority)
    if port and not (port[1].isdecimal() and 0 < int(port[1]) <= MOST_PORT):
        return "Wrong port number specified in the URL"
    host = PORT.sub("", authority).rpartition("@")[2]
    if host.startswith("[") and host.endswith("]"):
        return "Wrong IPv6 address specified in the URL"
    return "Wrong HTTP URL" if HOST.fullmatch(host) and host != "." else "Wrong URL host"
