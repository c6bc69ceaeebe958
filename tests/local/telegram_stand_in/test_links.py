"""Links are taken, refused and written as TDLib does it."""

from __future__ import annotations

import html
import random

import pytest

from local.telegram_stand_in.links import LinkError, check_link, checked_link, linked_user_id
from tests.local.telegram_stand_in import tdlib

PIECES = (
    *("http", "https", "tg", "ton", "ftp", "HTTP", "://", ":", "//", "/", "?", "#", "a", ".", "a.ru", "localhost"),
    *("пример.рф", "[::1]", "[", "]", "[1.2]", "127.0.0.1", "@", "user", "user?id=5", "user/?id=7", "id=", "&"),
    *(":80", ":0", ":99999", ":080", ":x", "%20", "%", "%zz", " ", "\t", "_", "-", "!", "$", "\\", "|", "😀", "?q=1"),
    *("resolve?domain=x", "A.RU", "crm:8080", "..", ".ru", "{", "~", "*", "'", "(", "ru;", "+", "::1"),
)
STARTS = ("http://", "https://", "tg://", "ton://", "http://a.ru", "tg:", "tg://user", "", "", "")


def random_address(chance: random.Random) -> str:
    return chance.choice(STARTS) + "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 8)))


def tdlib_link(address: str) -> object:
    """Return the address TDLib links to, the person it mentions, or None when it links to nothing."""
    parsed = tdlib.parse_html(f'<a href="{html.escape(address)}">.x</a>')
    assert not isinstance(parsed, str), parsed
    if not parsed[1]:
        return None
    (entity,) = parsed[1]
    return entity.get("url") or entity["user"]["id"]


def test_random_addresses_are_linked_as_tdlib_links_them() -> None:
    chance = random.Random(2026)  # noqa: S311 - repeatable on purpose
    linked = 0
    for _ in range(10_000):
        address = random_address(chance)
        expected = tdlib_link(address)
        assert (linked_user_id(address) or checked_link(address)) == expected, repr(address)
        linked += expected is not None
    assert linked > 1_000


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://localhost:8080/repairs/1", "Wrong HTTP URL"),
        ("http://airflow:8080", "Wrong HTTP URL"),
        ("ftp://crm.example.ru", "Unsupported URL protocol"),
        ("javascript:alert(1)", "Wrong port number specified in the URL"),
    ],
)
def test_an_address_without_a_dotted_host_or_a_web_scheme_is_refused(address: str, reason: str) -> None:
    with pytest.raises(LinkError, match=reason):
        check_link(address)
