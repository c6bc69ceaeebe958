"""The whole state of one stand-in, as its rooms share it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.telegram_stand_in.faults import Faults
from local.telegram_stand_in.limits import Limits
from local.telegram_stand_in.updates import Plan

if TYPE_CHECKING:
    from local.telegram_stand_in.request_body import Parameters
    from local.telegram_stand_in.store import Store

CURRENT_VERSION = "10.3"
TOKEN = re.compile("(?P<bot_id>[1-9][0-9]{0,15}):[A-Za-z0-9_-]+")


@dataclass(slots=True)
class Messenger:
    """What is remembered, what is limited, what is planned to go wrong, and whether we are shutting down.

    ``plan`` is for the next updates; ``news`` is set whenever an update arrives, for those who wait in a long poll;
    ``pollers`` is the poll under way of each bot.
    """

    store: Store
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    pollers: dict[int, object] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)

    @property
    def version(self) -> tuple[int, ...]:
        """The Bot API version played."""
        return version_number(self.store.setting("bot_api_version", CURRENT_VERSION))

    async def pause(self, seconds: float) -> bool:
        """Wait, but not longer than the server lives; return whether it goes on living."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return True
        return False


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method by a known bot."""

    bot_id: int
    method: str
    parameters: Parameters


def version_number(version: str) -> tuple[int, ...]:
    """Return a version to compare by; ValueError when it is none."""
    return tuple(int(part) for part in version.split("."))
