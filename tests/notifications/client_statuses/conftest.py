"""A workshop whose clerk has switched client statuses on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.notifications.client_statuses import tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.notifications.workshop import Workshop


@pytest.fixture
def workshop(open_workshop: Callable[..., Workshop]) -> Workshop:
    """A workshop with clients."""
    return open_workshop(tasks)
