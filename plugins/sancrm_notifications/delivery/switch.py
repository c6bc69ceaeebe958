"""The setting «sending», asked again and again while a delivery runs, so that switching it off stops one under way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sancrm_notifications.settings import Settings

REMEMBERED_SECONDS = 5.0


def sending_switch(load: Callable[[], Settings]) -> Callable[[], bool]:
    """Return what tells whether sending is on; ``load`` is asked at most every ``REMEMBERED_SECONDS``."""
    asked_at = float("-inf")
    is_on = True

    def is_sending() -> bool:
        nonlocal asked_at, is_on
        if time.monotonic() - asked_at >= REMEMBERED_SECONDS:
            is_on = load().sending
            asked_at = time.monotonic()
        return is_on

    return is_sending
