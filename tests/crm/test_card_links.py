"""The card's address is made from its pattern."""

from __future__ import annotations

import pytest

from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.text.web_addresses import checked_card_path

CRM = "https://crm.example.org"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/repairs/{repair_id}", "/repairs/7"),
        ("/#/orders/{number}?tab=calls", "/#/orders/12841?tab=calls"),
        ("/r/{code}", "/r/%D0%91%2F-12841%3F"),
        ("/{code}/{number}/{repair_id}", "/%D0%91%2F-12841%3F/12841/7"),
    ],
)
def test_a_card_is_where_the_pattern_says(path: str, address: str) -> None:
    assert CardLinks(CRM, checked_card_path(path)).address(7, 12841, "Б/-12841?") == CRM + address


def test_a_repair_without_a_code_has_no_address_that_is_made_of_it() -> None:
    assert CardLinks(CRM, "/r/{code}").address(7, 12841, None) is None
    assert CardLinks(CRM, "/r/{number}").address(7, 12841, None) == f"{CRM}/r/12841"
