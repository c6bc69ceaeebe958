"""What may be said of an error: tokens and phones are masked, what helps is kept."""

from __future__ import annotations

import pytest

from sancrm_notifications.errors.redaction import masked


@pytest.mark.parametrize(
    "secret",
    [
        "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
        "bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
        "+7 912 345-67-89",
        "+79123456789",
        "8 (912) 345-67-89",
        "89123456789",
        "9123456789",
        "912 345 67 89",
        "+375 29 123-45-67",
    ],
)
def test_tokens_and_phones_are_masked_wherever_they_stand(secret):
    assert secret not in masked(f"before {secret}, after")


@pytest.mark.parametrize(
    "harmless",
    [
        "2026-11-20 09:00:00+03:00",
        "chat -1001234567890",
        "scheduled__2026-11-21T06:00:00+00:00",
        "reporting.repairs: 12841, 12842, 12843",
        'connection to server at "192.168.100.200", port 5432 failed',
        "9 412 345,67 ₽",
    ],
)
def test_what_helps_to_find_the_cause_is_kept(harmless):
    assert masked(harmless) == harmless
