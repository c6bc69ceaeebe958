"""The QR code that is printed leads where the link leads: read by another way than it was drawn."""

from __future__ import annotations

import secrets

import pytest

from sancrm_notifications.pages.inviting import qr_picture
from tests.pages.qr_reading import read_qr


@pytest.mark.parametrize("username", ["a_bot", "sancrm_bot", "a_name_of_thirty_two_letters_bot"])
def test_the_code_says_the_link(username: str) -> None:
    for _ in range(20):
        link = f"https://t.me/{username}?start={secrets.token_urlsafe(16)}"
        assert read_qr(str(qr_picture(link))) == link
