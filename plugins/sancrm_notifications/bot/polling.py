"""Asking Telegram for updates: what a refusal means, and how long to wait after it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
from telegram.warnings import PTBUserWarning

from sancrm_notifications.bot.activation import webhook_is_set
from sancrm_notifications.bot.updates import ALLOWED, number_of
from sancrm_notifications.delivery.errors import TokenRefusedError
from sancrm_notifications.ledger.outcome import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.bot.lease import Lease
    from sancrm_notifications.bot.updates import Json
    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.ledger.outcome import Outcome

log = logging.getLogger(__name__)
# python-telegram-bot's own method logs all that came, names and phones, when one update of it is malformed.
warnings.filterwarnings("ignore", message=r"Please use 'Bot\.getUpdates'", category=PTBUserWarning)

# Short enough for a process that is stopped with ten seconds' grace to end between two polls.
POLL_SECONDS = 8
PAGE = 100
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30.0
_FIRST_CONFLICT_SECONDS = 5.0
_LONGEST_CONFLICT_SECONDS = 60.0
WEBHOOK = "a webhook is set: delete it (deleteWebhook), or give this installation a bot of its own"
OTHER_POLLER = "another program asks for this bot's updates: stop it, or give this installation a bot of its own"


class Polling:
    """The questions of one listener, each confirming what the one before has brought."""

    def __init__(self, hook: BotHook, lease: Lease, stop: asyncio.Event) -> None:
        self._hook = hook
        self._lease = lease
        self._stop = stop
        self._offset: int | None = None
        self._failures = 0
        self._conflicts = 0
        self.has_more = False
        """Whether more waits than one page holds."""

    async def updates(self) -> Sequence[Json]:
        """Wait for updates; return none when there are none, or after a wait that a refusal asks for.

        :raises TokenRefusedError: Telegram does not accept the bot's token
        """
        question = {"timeout": POLL_SECONDS, "limit": PAGE, "allowed_updates": json.dumps(ALLOWED)}
        if self._offset is not None:
            question["offset"] = self._offset
        reply = await self._hook.ask(self._hook.connection.do_api_request("getUpdates", api_kwargs=question))
        if isinstance(reply.result, list):
            return await self._answered(reply.result)
        self.has_more = False
        await self._refused(reply.answer)
        return []

    def move_on(self, updates: Sequence[Json]) -> None:
        """Confirm these with the next question: they are in the ledger."""
        numbers = [number for number in map(number_of, updates) if number is not None]
        if numbers:
            # Updates that were kept back may come with lower numbers: what was confirmed stays so.
            self._offset = max(numbers) + 1

    async def _answered(self, updates: list[Json]) -> Sequence[Json]:
        self._failures = self._conflicts = 0
        self._lease.problem = None
        self._lease.polled_at = time.monotonic()
        self.has_more = len(updates) >= PAGE
        if updates and all(number_of(raw) is None for raw in updates):
            log.error("Telegram brings updates without a number, which can be neither handled nor confirmed")
            await self._pause(_FIRST_CONFLICT_SECONDS)
            return []
        return updates

    async def _refused(self, answer: Outcome) -> None:
        if answer.http_status == httpx.codes.CONFLICT:
            await self._conflict()
            return
        if answer.result is Result.UNKNOWN_METHOD:
            answer = await self._hook.token_answer()
        if answer.result is Result.BAD_TOKEN:
            raise TokenRefusedError.of(answer)
        wait_seconds = min(_FIRST_WAIT_SECONDS * 2 ** min(self._failures, 10), _LONGEST_WAIT_SECONDS)
        self._failures += 1
        self._lease.problem = f"Telegram does not answer: {answer.description}"
        log.warning("%s; asked again in %.0f s", self._lease.problem, answer.retry_after_seconds or wait_seconds)
        await self._pause(answer.retry_after_seconds or wait_seconds)

    async def _conflict(self) -> None:
        """Let the other have it, and say who it is: two that fight lose both."""
        wait_seconds = min(_FIRST_CONFLICT_SECONDS * 2 ** min(self._conflicts, 10), _LONGEST_CONFLICT_SECONDS)
        self._conflicts += 1
        self._lease.problem = WEBHOOK if await webhook_is_set(self._hook) else OTHER_POLLER
        log.warning("%s; asked again in %.0f s", self._lease.problem, wait_seconds)
        await self._pause(wait_seconds)

    async def _pause(self, seconds: float) -> None:
        """Wait, unless somebody takes over or stops us."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._stop, self._lease.changed)]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
