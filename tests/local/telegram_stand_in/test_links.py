"""Links are taken, written and refused as the server does it, with its reason."""

from __future__ import annotations

import pytest

from local.telegram_stand_in.links import LinkError, check_link


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("HTTPS://CRM.Example.ru", "https://crm.example.ru/"),
        ("crm.example.ru/r/1?a=<1>&b", "http://crm.example.ru/r/1?a=<1>&b"),
        ("http://[::1]:8080/repairs/1", "http://[::1]:8080/repairs/1"),
        ("http://user:word@a.ru/ я", "http://user:word@a.ru/%20я"),
        ("tg:resolve?domain=x", "tg://resolve?domain=x"),
        ("tg://user?id=7", "tg://user?id=7"),
    ],
)
def test_a_link_is_stored_as_telegram_writes_it(address: str, stored: str) -> None:
    assert check_link(address) == stored


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://localhost:8080/repairs/1", "Wrong HTTP URL"),
        ("http://airflow:8080", "Wrong HTTP URL"),
        ("", "Wrong URL host"),
        ("http://./", "Wrong URL host"),
        ("https://a b.ru", "Wrong URL host"),
        ("https://a.ru:0/", "Wrong port number specified in the URL"),
        ("https://a.ru:99999", "Wrong port number specified in the URL"),
        ("https://[1.2]/", "Wrong IPv6 address specified in the URL"),
        ("ftp://crm.example.ru", "Unsupported URL protocol"),
        ("javascript:alert(1)", "Wrong port number specified in the URL"),
        ("tg://user@a", "Wrong tg URL"),
    ],
)
def test_an_address_that_is_no_link_is_refused_with_the_servers_reason(address: str, reason: str) -> None:
    with pytest.raises(LinkError, match=f"^{reason}$"):
        check_link(address)
