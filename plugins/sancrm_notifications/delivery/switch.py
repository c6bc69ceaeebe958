"""The setting «sending», asked again and again while a delivery runs, so that switching it off stops one under way."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from sancrm_notifications.secrets_backends import SecretsBackendError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 5.0


def sending_switch(load: Callable[[], Settings]) -> Callable[[], bool]:
    """Return what tells whether sending is on; ``load`` is asked at most every ``REMEMBERED_SECONDS``.

    While nobody can say what the settings are, what was read last still counts; without that the error is raised.
    """
    asked_at = float("-inf")
    is_on = True

    def is_sending() -> bool:
        nonlocal asked_at, is_on
        if time.monotonic() - asked_at >= REMEMBERED_SECONDS:
            try:
                is_on = load().sending
            except SecretsBackendError as error:
                if asked_at == float("-inf"):
                    raise
                log.warning("%s; sending is taken to be as it was", error)
            asked_at = time.monotonic()
        return is_on

    return is_sending
