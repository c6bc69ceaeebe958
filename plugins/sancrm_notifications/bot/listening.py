"""The loop: asks Telegram for updates, has each handled, and moves on only when all are in the ledger.

It knows no Airflow: a trigger and a plain process run the same.  One listener polls at a time; the next takes over
between two polls.  A poll is never cut: the server would notice late, and refuse the next one for it (409).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import psycopg

from sancrm_notifications.bot.activation import set_profile
from sancrm_notifications.bot.answering import Answering
from sancrm_notifications.bot.handling import Handling
from sancrm_notifications.bot.lease import Lease
from sancrm_notifications.bot.polling import Polling
from sancrm_notifications.bot.pool import Pool
from sancrm_notifications.bot.updates import number_of, read
from sancrm_notifications.delivery.errors import TokenRefusedError
from sancrm_notifications.ledger.inbox import Origin
from sancrm_notifications.ledger.listeners import LEASE_LOST, LeaseLedger, Listener
from sancrm_notifications.ledger.outcome import Result
from sancrm_notifications.text.markup import beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sancrm_notifications.bot.activation import Profile
    from sancrm_notifications.bot.handling import Effect
    from sancrm_notifications.bot.response import Respond
    from sancrm_notifications.bot.updates import Json
    from sancrm_notifications.channels.telegram.address import BotAddress
    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.ledger.claiming import Run
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

SIDE_BY_SIDE = 4  # chats whose updates are handled at once
_LOOK_SECONDS = 5.0  # for what waits, and for answers that are to be given together
_LONGEST_NOTICE = 200  # characters of an answer to a button. Source: Bot API, answerCallbackQuery
_RECONNECT_SECONDS = 1.0


@runtime_checkable
class _Closing(Protocol):
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Work:
    """Who listens, with which settings, and what answers."""

    conninfo: str
    bot: BotAddress
    settings: Settings
    responder: Callable[[str], Respond]
    """Makes what answers, given the bot's username."""
    profile: Profile
    run: Run
    is_sending: Callable[[], bool] = lambda: True
    number: int | None = None
    """Grows from one listener to the next; None: the next one that the ledger knows."""
    window_seconds: float | None = None
    """After so long it ends, whether somebody has come to take over or not."""


@dataclass(slots=True)
class Ending:
    """How it ended: what was handled, and whether a copy of the same listener goes on elsewhere."""

    counts: Counter[str] = field(default_factory=Counter)
    has_copy: bool = False


class Listening:
    """One listener, from the wait for its turn to its end."""

    def __init__(self, work: Work, stop: asyncio.Event) -> None:
        self._work = work
        self._stop = stop
        self._ends_at = time.monotonic() + work.window_seconds if work.window_seconds else float("inf")
        self._ledger = LeaseLedger(work.conninfo)
        self._pool = Pool(work.conninfo, SIDE_BY_SIDE)
        self._hook: BotHook = work.bot.channel()
        self._ending = Ending()
        self._notices: set[asyncio.Task[object]] = set()
        # Until the first page is handled, nobody knows whether there is more than one.
        self._has_backlog = True
        self._is_sending = True
        self._respond: object = None

    async def run(self) -> Ending:
        """Wait for the lease, listen until another comes or it is told to stop, and make way.

        :raises TokenRefusedError: Telegram does not accept the bot's token
        """
        try:
            await self._open()
            await self._listen()
        finally:
            await asyncio.shield(self._close())
        return self._ending

    async def _listen(self) -> None:
        bot_id = self._work.bot.bot_id
        number = self._work.number or await self._ledger.next_number(bot_id)
        lease = Lease(self._ledger, Listener.of(bot_id, number))
        try:
            if self._stop.is_set() or not await lease.take(self._stop):
                return
            log.info("listening as number %s", number)
            await self._serve(lease)
        finally:
            await asyncio.shield(lease.release())
            self._ending.has_copy = lease.lost_to is not None and lease.lost_to.number == number
            log.info("no longer listening: %s", dict(self._ending.counts))

    async def _serve(self, lease: Lease) -> None:
        work = self._work
        answering = Answering(
            work.conninfo,
            self._hook,
            lease,
            run=work.run,
            settings=work.settings,
            is_sending=lambda: self._is_sending,
        )
        origin = Origin(work.bot.bot_id, work.run.dag_id, work.run.run_id)
        respond = self._respond = work.responder(self._hook.connection.username)
        handling = Handling(self._pool, lease.listener, origin, respond, self._hook.connection)
        looking = asyncio.create_task(self._look_after(handling, answering))
        try:
            await self._ledger.note_username(work.bot.bot_id, self._hook.connection.username)
            await set_profile(self._hook, self._ledger, work.profile)
            await self._poll_on(lease, handling, answering)
        except psycopg.DatabaseError as error:
            if error.sqlstate != LEASE_LOST:
                raise
            lease.lost_to = lease.lost_to or await self._ledger.present(work.bot.bot_id)
        finally:
            looking.cancel()
            # The next one begins at once; what is under way here is noted meanwhile.
            await asyncio.shield(lease.release())
            await asyncio.gather(looking, *self._notices, return_exceptions=True)
            await asyncio.shield(answering.close())

    async def _poll_on(self, lease: Lease, handling: Handling, answering: Answering) -> None:
        polling = Polling(self._hook, lease, self._stop)
        while not (self._stop.is_set() or lease.lost_to or lease.has_successor or time.monotonic() > self._ends_at):
            # Asked here, in the one task that Airflow answers, and remembered for the others.
            self._is_sending = self._work.is_sending()
            updates = await polling.updates()
            if updates:
                self._has_backlog = True
                await self._handle_all(updates, handling, answering)
                polling.move_on(updates)
            self._has_backlog = polling.has_more
            if answering.refused:
                raise answering.refused

    async def _handle_all(self, updates: Sequence[Json], handling: Handling, answering: Answering) -> None:
        """Handle a page of updates: those of one chat in order, chats side by side."""

        def chat_of(raw: Json) -> str:
            return read(raw, 0, "").chat_id or ""

        numbered = [raw for raw in updates if number_of(raw) is not None]
        by_chat = [list(its) for _, its in groupby(sorted(numbered, key=chat_of), key=chat_of)]
        handled = (self._handle_in_order(its_updates, handling, answering) for its_updates in by_chat)
        # Each to its end, whatever becomes of another.
        for failure in await asyncio.gather(*handled, return_exceptions=True):
            if failure is not None:
                raise failure

    async def _handle_in_order(self, updates: Sequence[Json], handling: Handling, answering: Answering) -> None:
        for raw in updates:
            self._follow(await self._handled(raw, handling), answering)

    async def _handled(self, raw: Json, handling: Handling) -> Effect:
        """Handle an update, however long the ledger is away: nothing moves on without it."""
        while True:
            try:
                return await handling.handle(raw, number_of(raw) or 0)
            except psycopg.OperationalError as error:
                log.warning("the ledger was lost: %s; the update is handled again", type(error).__name__)
                if self._stop.is_set():
                    raise
                await asyncio.sleep(_RECONNECT_SECONDS)

    def _follow(self, effect: Effect, answering: Answering) -> None:
        stored = list(effect.stored)
        self._ending.counts[effect.what] += 1
        self._ending.counts["answers"] += len(stored)
        answering.send(stored)
        if effect.query_id is not None:
            asking = asyncio.create_task(self._answer_button(effect.query_id, effect.notice))
            self._notices.add(asking)
            asking.add_done_callback(self._notices.discard)

    async def _answer_button(self, query_id: str, notice: str | None) -> None:
        """Stop the button's waiting; where that comes too late, nothing is lost."""
        await self._hook.ask(
            self._hook.connection.answer_callback_query(query_id, text=notice and beginning(notice, 200))
        )

    async def _look_after(self, handling: Handling, answering: Answering) -> None:
        """Again and again: send what a former listener has stored, try what waits, give together what was collected."""
        while True:
            try:
                answering.send(await handling.unsent())
                for inbox_id in await handling.due():
                    effect = await handling.handle_waiting(inbox_id)
                    if effect is None:
                        break
                    self._follow(effect, answering)
                if not self._has_backlog:
                    stored = await handling.give_collected()
                    self._ending.counts["answers"] += len(stored)
                    answering.send(stored)
            except psycopg.DatabaseError as error:
                log.warning("what waits could not be looked at: %s", type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _open(self) -> None:
        """Learn the bot's name, however long Telegram is away."""
        wait_seconds = 1.0
        while True:
            outcome = await self._hook.open()
            if outcome.result is Result.SENT:
                return
            if outcome.result is Result.BAD_TOKEN:
                raise TokenRefusedError.of(outcome)
            log.warning("Telegram does not answer: %s", outcome.description)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), wait_seconds)
            if self._stop.is_set():
                return
            wait_seconds = min(wait_seconds * 2, 30.0)

    async def _close(self) -> None:
        # It may hold a connection to the CRM.
        if isinstance(self._respond, _Closing):
            await self._respond.close()
        await self._hook.close()
        await self._pool.close()
        await self._ledger.close()
