"""Web addresses of settings: refused where they are none, a button where Telegram takes one."""

from __future__ import annotations

import pytest

from local.telegram_stand_in.links import LinkError, check_link
from sancrm_notifications.text.web_addresses import can_be_button, checked_base_url, checked_card_path

CRM = "https://crm.example.org"


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("https://crm.example.org/", CRM),
        (" https://crm.example.org/app/ ", f"{CRM}/app"),
        ("http://crm:8080", "http://crm:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://црм.рф", "https://црм.рф"),
    ],
)
def test_the_crm_is_at_a_web_address(written: str, used: str) -> None:
    assert checked_base_url(written) == used


@pytest.mark.parametrize(
    "written",
    ["", "crm.example.org", "ftp://crm.example.org", "https://", "https://a b", "https://crm:0", "https://crm:x",
     "https://crm.example.org/?a=1", "https://crm.example.org/#/", "https://user:word@crm.example.org", "https://[::1", "https://<crm>"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match=r"https://crm\.example\.org"):
        checked_base_url(written)


@pytest.mark.parametrize(
    "written",
    ["", "repairs/{repair_id}", "/repairs", "/repairs/{id}", "/repairs/{repair_id", "/repairs/repair_id}", "/r/{}",
     "/r/{{repair_id}}", "/r/{repair_id!r}", "/r/{repair_id:>9}", "/r/{code.__class__}", "/r/{code[0]}", "/r /{code}"],
)  # fmt: skip
def test_a_pattern_that_cannot_be_filled_in_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must"):
        checked_card_path(written)


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://crm.example.org/repairs/7", True),
        ("http://192.168.1.5:8080/repairs/7", True),
        ("http://[::1]:8080/repairs/7", True),
        ("https://црм.рф/repairs/7", True),
        ("http://localhost:8080/repairs/7", False),
        ("http://crm/repairs/7", False),
        ("http://./repairs/7", False),
        ("tg://user?id=1", False),
        ("https://crm.example.org:0/", False),
    ],
)
def test_a_button_needs_a_host_with_a_dot(address: str, is_one: bool) -> None:
    assert can_be_button(address) is is_one
    if is_one:
        assert check_link(address)
    elif address.startswith("http"):
        with pytest.raises(LinkError):
            check_link(address)


def test_an_address_that_is_too_long_is_no_button() -> None:
    assert not can_be_button(f"{CRM}/{'7' * 2_048}")
