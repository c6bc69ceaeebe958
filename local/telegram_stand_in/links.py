"""Which addresses Telegram takes for a link, and how it writes them; a host without a dot is none."""

from __future__ import annotations

import ipaddress
import re

MOST_USER_ID = 2**40 - 1
MOST_PORT = 65_535
HOST = re.compile(r"(?:[0-9a-zA-Z.\-_!$,~*'();&+=\u0080-\U0010ffff]|%[0-9a-fA-F]{2})*")
USER_INFO = re.compile(r"(?:[0-9a-zA-Z.\-_!$,~*'();&+=:\u0080-\U0010ffff]|%[0-9a-fA-F]{2})*")
PROTOCOL = re.compile(r"([^:/?#@\[\]]*)://")
AUTHORITY = re.compile(r"[^/?#]*")
NUMBER = re.compile(r"-?[0-9]+")
SPACES = " \t\r\n\0\v"


class LinkError(Exception):
    """The address is no link; the text is Telegram's reason."""


def checked_link(address: str) -> str | None:
    """Return the link as Telegram stores it, or None when it would drop it."""
    try:
        return check_link(address)
    except LinkError:
        return None


def check_link(address: str) -> str:
    """Return the link as Telegram stores it; LinkError when it refuses it."""
    for scheme in ("tg", "ton", "tonsite"):
        if address.lower().startswith(f"{scheme}:"):
            return _own_link(scheme, address[len(scheme) + 1 :].removeprefix("//"))
    return _web_link(address)


def linked_user_id(address: str) -> int | None:
    """Return whom a link like tg://user?id=1 mentions."""
    match = re.match(r"tg:(?://)?user/?\?([^#]*)", lowered(address), re.DOTALL)
    for parameter in match[1].split("&") if match else ():
        key, _, value = parameter.partition("=")
        if key == "id":
            is_person = NUMBER.fullmatch(value) and 0 < int(value) <= MOST_USER_ID
            return int(value) if is_person else None
    return None


def lowered(text: str) -> str:
    """Return a text with its ASCII letters in lower case."""
    return re.sub(r"[A-Z]+", lambda letters: letters[0].lower(), text)


def _own_link(scheme: str, rest: str) -> str:
    _, user_info, host, port, query = _parts(rest)
    if rest.lower().startswith(("http://", "https://")) or user_info or port or host.startswith("["):
        raise LinkError(f"Wrong {scheme} URL")
    if not re.fullmatch(r"[0-9a-zA-Z_-]*", host):
        raise LinkError("Unallowed characters in URL host")
    return f"{scheme}://{host}{query.removeprefix('/') if query.startswith('/?') else query}"


def _web_link(address: str) -> str:
    protocol, user_info, host, port, query = _parts(address)
    if "." not in host and not host.startswith("["):
        raise LinkError("Wrong HTTP URL")
    user = f"{user_info}@" if user_info else ""
    return f"{protocol}://{user}{host}{f':{port}' if port else ''}{query}"


def _parts(address: str) -> tuple[str, str, str, int, str]:
    """Return protocol, user info, host in lower case, port (0: not named) and path with query."""
    protocol, rest = "http", address
    if named := PROTOCOL.match(address):
        protocol, rest = lowered(named[1]), address[named.end() :]
        if protocol not in ("http", "https"):
            raise LinkError("Unsupported URL protocol")
    match = AUTHORITY.match(rest)
    authority = match[0] if match else ""
    user_info, host, port = _authority(authority)
    return protocol, user_info, host, port, _query(rest[len(authority) :])


def _authority(authority: str) -> tuple[str, str, int]:
    last = max(authority.rfind(mark) for mark in ":]@")
    port = 0
    if last > 0 and authority[last] == ":":
        digits = authority[last + 1 :]
        port = int(digits) if NUMBER.fullmatch(digits) else -1
        if not 0 < port <= MOST_PORT:
            raise LinkError("Wrong port number specified in the URL")
        authority = authority[:last]
    user_info, _, host = authority.rpartition("@")
    host = lowered(host)
    if host.startswith("[") and host.endswith("]"):
        _check_ipv6(host[1:-1])
    elif not host or host == "." or not HOST.fullmatch(host):
        raise LinkError("Wrong URL host")
    elif not USER_INFO.fullmatch(user_info):
        raise LinkError("Wrong URL userinfo")
    return user_info, host, port


def _check_ipv6(address: str) -> None:
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        raise LinkError("Wrong IPv6 address specified in the URL") from None


def _query(query: str) -> str:
    query = query.rstrip(SPACES) or "/"
    slash = "" if query.startswith("/") else "/"
    return slash + re.sub(r"[\0- ]", lambda character: f"%{ord(character[0]):02X}", query)
