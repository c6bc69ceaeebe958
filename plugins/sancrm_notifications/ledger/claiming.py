"""What a delivery asks the ledger about its next message and notes there: short transactions, none spans a request."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg

from sancrm_notifications.ledger.batches import BatchLedger
from sancrm_notifications.ledger.recording import MOST_REPEATS, Attempt, Chat, Claimed, Statement, effects

if TYPE_CHECKING:
    from collections.abc import Collection

    from sancrm_notifications.ledger.outcome import Outcome
    from sancrm_notifications.settings import Settings

# A request ends within its own time limit; a claim without a result this long after its slot has lost its process.
ATTEMPT_LEASE = timedelta(seconds=100)
# How far ahead a moment of sending may be reserved: far enough for the chats of all deliveries to stand in one queue,
# the ledger's. What a process that is killed has reserved is lost to the others, and becomes unknown.
AHEAD = timedelta(seconds=2)
# How long before a chat's own limits allow a message it takes its place in the queue.
NEAR = timedelta(seconds=0.1)
# A chat's turn that nobody renews is free after this.
TURN_LEASE = timedelta(seconds=20)
_RECONNECTS = 6


class Priority(IntEnum):
    """Who goes first, the lowest number before the others, in a chat and in the bot's queue."""

    ANSWER = 1
    """A person has just asked and waits."""
    CURRENT = 2
    BACKFILL = 3
    """Whatever can wait: what is told late, or to very many."""


# The last places of the bot's queue are for those who go first. Bulk fills the queue for minutes, and whoever asks
# meanwhile stands behind all that it has reserved: it reserves no more than keeps it at Telegram's pace.
_SHARE_OF_AHEAD = {Priority.ANSWER: 2.0, Priority.CURRENT: 1.0, Priority.BACKFILL: 0.25}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be delivered: a batch, or only these subjects of it, and who goes before it."""

    batch: str
    subjects: tuple[str, ...] | None = None
    priority: Priority = Priority.CURRENT


@dataclass(frozen=True, slots=True)
class Run:
    """The Airflow run that delivers, as attempts name it."""

    dag_id: str
    run_id: str
    try_number: int


@dataclass(frozen=True, slots=True)
class Claim:
    """The ledger's word on what to do next for a chat.

    With ``message``: send it after ``wait_seconds``.  Without: the batch is done here unless it ``has_more``, then
    ask again after ``wait_seconds`` when ``is_paced`` (a limit of Telegram's), else when others no longer
    speak in the chat; ``waits_for_bot`` says that it is the whole bot's limit, which holds
    back every other chat too.  ``closes_in_seconds`` is given when only the closing message is left here,
    and waits for others of its batch: how long it still does.
    """

    message: Claimed | None
    wait_seconds: float
    has_more: bool
    is_paced: bool
    closes_in_seconds: float | None
    waits_for_bot: bool
    asked_at: float
    """When it was asked for, on this process's monotonic clock: the wait counts from then at the earliest."""


class Ledger(BatchLedger):
    """One delivery's word with the ledger: what to send next, when, and what came of it."""

    def __init__(
        self, conninfo: str, order: Order, *, run: Run, settings: Settings, guard: Statement | None = None
    ) -> None:
        """``guard`` is a statement that takes a claim back, by an error, where it must not be made."""
        super().__init__(conninfo, order.batch, order.subjects)
        self._guards = [guard] if guard else []
        self._priority = order.priority
        # An answer waits for its chat and for the queue at once, not for one after the other.
        self._near = AHEAD if order.priority is Priority.ANSWER else NEAR
        self._run = run
        self._settings = settings
        self._holder = uuid4()

    async def done(self) -> tuple[int, int]:
        """Return how many messages this try of the task has sent, and how many others it has edited."""
        run = {"dag_id": self._run.dag_id, "run_id": self._run.run_id, "try_number": self._run.try_number}
        (row,) = await self._ask("done_by_try", {**self._batch, **run})
        return row["sent"], row["edited"]

    async def claim(self, chat: Chat) -> Claim:
        """Take the next message for a chat, or learn what to wait for.

        :raises psycopg.OperationalError: the connection to the ledger is lost again and again
        """
        abandoned = {"bot_id": chat.bot_id, **self._batch, "most_repeats": MOST_REPEATS}
        begin: list[Statement] = [
            *self._guards,
            ("lock_bot", {"bot_id": chat.bot_id}),
            ("settle_abandoned", abandoned),
        ]
        for _ in range(_RECONNECTS):
            attempt_id = uuid4()
            claim = self._claim_statements(chat, attempt_id)
            # Taken before the claim: a process may be paused, too, while it waits for the ledger's word.
            asked_at = time.monotonic()
            try:
                *_, (claimed,), (left,) = await self._connection.once([*begin, *claim])
            except psycopg.OperationalError:
                # Whether the claim was committed is unknown, but nothing was sent: take it back, then ask again.
                await self.abandon(chat.bot_id, attempt_id)
            except asyncio.CancelledError:
                await self.abandon(chat.bot_id, attempt_id)
                raise
            else:
                return self._claim({**claimed, **left}, attempt_id, asked_at)
        raise psycopg.OperationalError("the ledger's database loses its connection again and again")

    async def look_again(self, attempt_id: UUID) -> float | None:
        """Return in how many seconds the reserved moment is, as it looks now; None when the claim has lapsed."""
        limits = self._settings.limits
        window = timedelta(seconds=limits.bot_window_seconds)
        named = {"attempt_id": attempt_id, "bot_window": window, "bot_window_messages": limits.bot_messages}
        rows = await self._ask("look_again", named)
        return max(rows[0]["wait_seconds"], 0.0) if rows else None

    async def abandon(self, bot_id: int, attempt_id: UUID) -> None:
        """Give back a message that was claimed and surely not sent."""
        # Behind the lock: a claim whose connection was lost may still wait for it, and be made.
        lock = ("lock_bot", {"bot_id": bot_id})
        await self._connection.transaction([lock, ("abandon_claim", {"attempt_id": attempt_id})])

    async def free_chats(self, chats: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
        """Return those of the chats, each a bot and a chat id, in which no other delivery speaks now."""
        bot_ids, chat_ids = zip(*chats, strict=True)
        given = {"bot_ids": list(bot_ids), "chat_ids": list(chat_ids)}
        rows = await self._ask("free_chats", {**given, "priority": self._priority, "holder": self._holder})
        return {(row["bot_id"], row["chat_id"]) for row in rows}

    async def release(self, chat: Chat) -> None:
        """Let other deliveries speak in this chat."""
        await self._ask("release_turn", self._turn_of(chat))

    async def note(self, attempt: Attempt, outcome: Outcome, *, after_seconds: float) -> None:
        """Write down what came of a request; ``after_seconds`` is when a message not sent may be tried again."""
        turn = {**self._batch, **self._turn_of(attempt.chat), "destinations": list(attempt.chat.destinations)}
        renewed = ("renew_turn", {**turn, "turn_lease": TURN_LEASE})
        noted = effects(self._batch, attempt, outcome, after_seconds)
        # What Telegram said is worth waiting for a database that restarts: without it the attempt is unknown.
        await self._connection.transaction([*noted, renewed], patience_seconds=ATTEMPT_LEASE.total_seconds())

    def _claim_statements(self, chat: Chat, attempt_id: UUID) -> list[Statement]:
        limits = self._settings.limits
        where = {
            **self._batch,
            "destinations": list(chat.destinations),
            "summary_wait": timedelta(minutes=self._settings.summary_wait_minutes),
        }
        claim = {
            **where,
            **self._turn_of(chat),
            "priority": self._priority,
            "attempt_id": attempt_id,
            "turn_lease": TURN_LEASE,
            "attempt_lease": ATTEMPT_LEASE,
            "ahead": _ahead(self._priority),
            "near": self._near,
            "chat_gap": timedelta(seconds=limits.chat_gap_seconds),
            # A private chat has no limit per minute.
            "chat_window": timedelta(seconds=limits.group_window_seconds if chat.is_group else 0),
            "chat_window_messages": limits.group_messages,
            "bot_window": timedelta(seconds=limits.bot_window_seconds),
            "bot_window_messages": limits.bot_messages,
            "dag_id": self._run.dag_id,
            "run_id": self._run.run_id,
            "try_number": self._run.try_number,
        }
        return [("claim", claim), ("what_is_left", where)]

    def _turn_of(self, chat: Chat) -> dict[str, Any]:
        return {"bot_id": chat.bot_id, "chat_id": chat.chat_id, "holder": self._holder}

    def _claim(self, row: dict[str, Any], attempt_id: UUID, asked_at: float) -> Claim:
        message = None
        if row["message_id"] is not None:
            given = {name: row[name] for name in Claimed.__slots__ if name != "attempt_id"}
            message = Claimed(attempt_id=attempt_id, **given)
        waits_for_others = row["has_more"] and not row["has_message"] and not row["is_in_flight"]
        is_paced = row["has_turn"] and not row["is_in_flight"]
        waits_for_bot = message is None and is_paced and row["is_near"]
        # Who waits for the bot asks again AHEAD of the moment, which is too early for one, too late for another.
        behind = AHEAD - _ahead(self._priority) if waits_for_bot else timedelta()
        return Claim(
            message=message,
            wait_seconds=max(row["wait_seconds"] + behind.total_seconds(), 0.0),
            has_more=row["has_more"],
            is_paced=is_paced,
            closes_in_seconds=row["closes_in_seconds"] if waits_for_others else None,
            waits_for_bot=waits_for_bot,
            asked_at=asked_at,
        )


def _ahead(priority: Priority) -> timedelta:
    """Return how far ahead a moment may be reserved."""
    return AHEAD * _SHARE_OF_AHEAD[priority]
