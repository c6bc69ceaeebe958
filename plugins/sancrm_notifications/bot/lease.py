"""Holding the lease: renewed in the background, known by this process's own clock, given up for a younger listener."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications.ledger.listeners import LEASE

if TYPE_CHECKING:
    from sancrm_notifications.ledger.listeners import LeaseLedger, Listener, Place

log = logging.getLogger(__name__)

RENEW_SECONDS = 2.0
# How often one who waits asks for the lease: nobody's question waits longer for a change of listeners.
ASK_SECONDS = 0.2
# Nothing is sent so shortly before the lease ends: another may listen when it arrives.
_MARGIN_SECONDS = 1.0


class Lease:
    """One listener's hold on its bot."""

    def __init__(self, ledger: LeaseLedger, listener: Listener) -> None:
        self._ledger = ledger
        self.listener = listener
        self.lost_to: Place | None = None
        """Who listens instead; None while the lease is ours."""
        self.has_successor = False
        self.changed = asyncio.Event()
        """Set when the lease is lost or a successor has come."""
        self.polled_at: float | None = None
        """When Telegram answered last, on the monotonic clock."""
        self.problem: str | None = None
        """What keeps us from listening, in one sentence; it is shown by the checks."""
        self._good_until = float("-inf")
        self._renewing: asyncio.Task[None] | None = None

    async def take(self, stop: asyncio.Event) -> bool:
        """Wait until the lease is ours; False when a younger one has it, or ``stop`` was set."""
        while not stop.is_set():
            asked_at = time.monotonic()
            try:
                place = await self._ledger.take(self.listener)
            except psycopg.OperationalError as error:
                log.warning("the ledger cannot be reached: %s", type(error).__name__)
                await asyncio.sleep(RENEW_SECONDS)
                continue
            if place.is_mine:
                self._good_until = asked_at + LEASE.total_seconds()
                self._renewing = asyncio.create_task(self._renew())
                return True
            if place.is_alive and place.number > self.listener.number:
                self.lost_to = place
                return False
            await asyncio.sleep(ASK_SECONDS)
        return False

    def holds(self) -> bool:
        """Tell whether something may be sent now: a process may have been stopped for any time before it asks this."""
        return self.lost_to is None and time.monotonic() < self._good_until - _MARGIN_SECONDS

    async def release(self) -> None:
        """Let the next one begin."""
        self._good_until = float("-inf")
        renewing, self._renewing = self._renewing, None
        if renewing is None:
            return
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        if self.lost_to is None:
            try:
                await self._ledger.release(self.listener)
            except psycopg.OperationalError as error:
                log.warning("the lease is left to its end: %s", type(error).__name__)

    async def _renew(self) -> None:
        while self.lost_to is None:
            await asyncio.sleep(RENEW_SECONDS)
            asked_at = time.monotonic()
            try:
                await self._renew_once(asked_at)
            except psycopg.OperationalError as error:
                log.warning("the lease could not be renewed: %s", type(error).__name__)

    async def _renew_once(self, asked_at: float) -> None:
        polled_ago = None if self.polled_at is None else asked_at - self.polled_at
        has_successor = await self._ledger.renew(self.listener, polled_seconds_ago=polled_ago, problem=self.problem)
        if has_successor is None:
            self.lost_to = await self._ledger.present(self.listener.bot_id)
        else:
            self._good_until = asked_at + LEASE.total_seconds()
            self.has_successor = has_successor
        if self.lost_to or self.has_successor:
            self.changed.set()
        else:
            self.changed.clear()
