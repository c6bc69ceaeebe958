"""Web addresses that people type into settings: is it one, and does Telegram take it for a button.

Source: docs/missed_calls.md, The buttons.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from string import Formatter
from urllib.parse import urlsplit

PLACEHOLDERS = ("repair_id", "number", "code")

_SCHEMES = frozenset({"http", "https"})
_NOT_IN_AN_ADDRESS = re.compile(r"[\s\"<>\\^`{|}\x00-\x1f\x7f]")
# What TDLib lets stand in a host; all other letters are those of international names.
_HOST = re.compile(r"[0-9a-z.\-_!$,~*'();&+=\u0080-\U0010ffff]+")
_LONGEST_BUTTON = 2048
_LONGEST_PORT = 65_535


def checked_base_url(written: str) -> str:
    """Return the CRM's address as it is used: without a slash at its end.

    :raises ValueError: it is no http or https address, or has a password, a query or a fragment
    """
    base_url = written.strip().rstrip("/")
    if not _is_web_address(base_url) or re.search("[?#@]", base_url):
        raise ValueError("it must be http:// or https:// and the CRM's host, such as https://crm.example.org")
    return base_url


def checked_card_path(written: str) -> str:
    """Return the pattern of a card's path.

    :raises ValueError: it does not start with a slash, names no repair, or has a placeholder that is not known
    """
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    if not written.startswith("/") or re.search(r"\s", written):
        raise ValueError("it must start with / and have no blanks, such as /repairs/{repair_id}")
    try:
        named = placeholders(written)
    except ValueError:
        named = set()
    if not named or named - set(PLACEHOLDERS) or any(mark in written for mark in ("{{", "}}")):
        raise ValueError(f"it must say which repair, by one or more of {known} and no other braces")
    return written


def can_be_button(address: str) -> bool:
    """Tell whether Telegram takes a web address for a button: its host must have a dot, or be an IPv6 address."""
    if len(address) > _LONGEST_BUTTON or not _is_web_address(address):
        return False
    host = urlsplit(address).hostname or ""
    return "." in host.strip(".") or _is_ipv6(host)


def _is_web_address(address: str) -> bool:
    if _NOT_IN_AN_ADDRESS.search(address):
        return False
    try:
        url = urlsplit(address)
        has_port = url.port is None or 0 < url.port <= _LONGEST_PORT
    except ValueError:
        return False
    host = url.hostname or ""
    return url.scheme in _SCHEMES and has_port and (_is_ipv6(host) or _HOST.fullmatch(host) is not None)


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def placeholders(path: str) -> set[str]:
    """Return the names of a pattern's placeholders; what is no plain placeholder keeps its own spelling."""
    return {
        "".join([name, f"!{conversion}" if conversion else "", f":{form}" if form else ""])
        for _, name, form, conversion in Formatter().parse(path)
        if name is not None
    }
