"""What a delivery asks the ledger and tells it: each call is one short transaction, none spans a request."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.recording import MOST_REPEATS, Attempt, Chat, Claimed, Statement, effects

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
# A process that is stopped inside a transaction holds up the others no longer than this.
LONGEST_PAUSE = timedelta(seconds=10)
_USE = databases.Use(lock_seconds=LONGEST_PAUSE.total_seconds())
_RECONNECTS = 6


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be delivered: a batch, or only these subjects of it; a backfill lets current batches go first."""

    batch: str
    subjects: tuple[str, ...] | None = None
    is_backfill: bool = False


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


class Ledger:
    """One delivery's connection to the ledger; it reconnects by itself when the connection is lost."""

    def __init__(self, conninfo: str, order: Order, *, run: Run, settings: Settings) -> None:
        self._conninfo = conninfo
        self._order = order
        self._run = run
        self._settings = settings
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._holder = uuid4()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def begin(self, *, reopen_parked: bool) -> None:
        """Begin a delivery: the closing message waits from now on; ``reopen_parked`` when a person asked for it."""
        anew = [("reopen_parked", self._named()), ("forget_waiting", self._named())]
        reopened = anew if reopen_parked else []
        await self._transaction([*reopened, ("begin_waiting", self._named()), ("expire", self._named())])

    async def forget_waiting(self) -> None:
        """Let the closing message's wait begin with the next delivery: in this one nothing could be sent."""
        await self._transaction([("forget_waiting", self._named())])

    async def expire(self) -> None:
        """Show as expired what has passed its end of use."""
        await self._transaction([("expire", self._named())])

    async def destinations(self) -> list[str]:
        """Return the logical destinations that still have messages to deliver."""
        return [row["destination"] for row in await self._ask("destinations", self._named())]

    async def claim(self, chat: Chat) -> Claim:
        """Take the next message for a chat, or learn what to wait for."""
        bot = {"bot_id": chat.bot_id}
        abandoned = {**bot, "batch": self._order.batch, "most_repeats": MOST_REPEATS}
        for _ in range(_RECONNECTS):
            attempt_id = uuid4()
            parameters = self._claim_parameters(chat, attempt_id)
            # Taken before the claim: a process may be paused, too, while it waits for the ledger's word.
            asked_at = time.monotonic()
            try:
                rows = await self._once([("lock_bot", bot), ("settle_abandoned", abandoned), ("claim", parameters)])
            except psycopg.OperationalError:
                # Whether the claim was committed is unknown, but nothing was sent: take it back, then ask again.
                await self.abandon(chat.bot_id, attempt_id)
            except asyncio.CancelledError:
                await self.abandon(chat.bot_id, attempt_id)
                raise
            else:
                return _claim(rows[0], attempt_id, asked_at)
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
        await self._transaction([("lock_bot", {"bot_id": bot_id}), ("abandon_claim", {"attempt_id": attempt_id})])

    async def free_chats(self, chats: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
        """Return those of the chats, each a bot and a chat id, in which no other delivery speaks now."""
        bot_ids, chat_ids = zip(*chats, strict=True)
        asked = {"bot_ids": list(bot_ids), "chat_ids": list(chat_ids), "is_backfill": self._order.is_backfill}
        rows = await self._ask("free_chats", {**asked, "holder": self._holder})
        return {(row["bot_id"], row["chat_id"]) for row in rows}

    async def release(self, chat: Chat) -> None:
        """Let other deliveries speak in this chat."""
        await self._transaction([("release_turn", self._turn_of(chat))])

    async def missing(self) -> list[tuple[str, str]]:
        """Return label and reason (Russian, may be empty) of each message of the batch that is not in its chat."""
        rows = await self._ask("missing_messages", self._named())
        return [(row["label"], row["reason_for_staff"]) for row in rows]

    async def states(self) -> dict[str, int]:
        """Return how many messages of the batch stand in which state."""
        return {row["state"]: row["count"] for row in await self._ask("batch_states", self._named())}

    async def parked_reasons(self) -> list[str]:
        """Return a sentence for each reason why messages of the batch cannot be sent."""
        rows = await self._ask("parked_reasons", self._named())
        return [f"{row['destination']}: {row['reason']} (messages: {row['count']})" for row in rows]

    async def rich_is_known(self, server: str) -> bool:
        """Return whether the server may know rich messages: it has not refused them within a day."""
        rows = await self._ask("rich_is_known", {"server": server, "remembered": timedelta(days=1)})
        return bool(rows[0]["is_known"])

    async def present_chats(self, bot_id: int, chat_ids: Sequence[str]) -> dict[str, str]:
        """Return the ids that chats have today, by those given: a group that became a supergroup has another."""
        rows = await self._ask("present_chats", {"bot_id": bot_id, "chat_ids": list(chat_ids)})
        return {chat_id: chat_id for chat_id in chat_ids} | {row["chat_id"]: row["migrated_to"] for row in rows}

    async def note(self, attempt: Attempt, outcome: Outcome, *, after_seconds: float) -> None:
        """Write down what came of a request; ``after_seconds`` is when a message not sent may be tried again."""
        turn = self._named(**self._turn_of(attempt.chat), destinations=list(attempt.chat.destinations))
        renewed = ("renew_turn", {**turn, "turn_lease": TURN_LEASE})
        noted = effects(self._named(), attempt, outcome, after_seconds)
        # What Telegram said is worth waiting for a database that restarts: without it the attempt is unknown.
        await self._transaction([*noted, renewed], patience_seconds=ATTEMPT_LEASE.total_seconds())

    def _claim_parameters(self, chat: Chat, attempt_id: UUID) -> dict[str, Any]:
        limits = self._settings.limits
        return self._named(
            bot_id=chat.bot_id,
            chat_id=chat.chat_id,
            destinations=list(chat.destinations),
            is_backfill=self._order.is_backfill,
            holder=self._holder,
            summary_wait=timedelta(minutes=self._settings.summary_wait_minutes),
            attempt_id=attempt_id,
            turn_lease=TURN_LEASE,
            attempt_lease=ATTEMPT_LEASE,
            ahead=AHEAD,
            near=NEAR,
            chat_gap=timedelta(seconds=limits.chat_gap_seconds),
            # A private chat has no limit per minute.
            chat_window=timedelta(seconds=limits.group_window_seconds if chat.is_group else 0),
            chat_window_messages=limits.group_messages,
            bot_window=timedelta(seconds=limits.bot_window_seconds),
            bot_window_messages=limits.bot_messages,
            dag_id=self._run.dag_id,
            run_id=self._run.run_id,
            try_number=self._run.try_number,
        )

    def _turn_of(self, chat: Chat) -> dict[str, Any]:
        return {"bot_id": chat.bot_id, "chat_id": chat.chat_id, "holder": self._holder}

    def _named(self, **more: Any) -> dict[str, Any]:
        return {"batch": self._order.batch, "subjects": self._subjects(), **more}

    def _subjects(self) -> list[str] | None:
        return None if self._order.subjects is None else list(self._order.subjects)

    async def _ask(self, name: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        return await self._transaction([(name, parameters)])

    async def _transaction(
        self, statements: Sequence[Statement], *, patience_seconds: float = 30.0
    ) -> list[dict[str, Any]]:
        """Run statements in one transaction and return the last one's rows; a lost connection is made anew.

        Every statement that comes here may be repeated: notes name their attempt.
        """
        given_up_at = time.monotonic() + patience_seconds
        wait_seconds = 0.25
        while True:
            try:
                return await self._once(statements)
            except psycopg.OperationalError:
                if time.monotonic() > given_up_at:
                    raise
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(wait_seconds * 2, 5.0)

    async def _once(self, statements: Sequence[Statement]) -> list[dict[str, Any]]:
        """Run statements in one transaction and return the last one's rows."""
        async with self._one_at_a_time:
            connection = await self._connected()
            try:
                # All statements are on their way at once, so that the bot's lock is held for as short as can be.
                async with connection.pipeline(), connection.transaction():
                    await connection.execute(*databases.settings(connection.info.server_version, _USE))
                    cursors = [await connection.execute(query(name), parameters) for name, parameters in statements]
            except psycopg.errors.LockNotAvailable:
                paused = {"application": databases.APPLICATION, "longest_pause": LONGEST_PAUSE}
                await connection.execute(query("end_paused"), paused)
                raise
            return await cursors[-1].fetchall() if cursors[-1].description else []

    async def _connected(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        if self._connection is None or self._connection.closed:
            self._connection = await databases.connect_async(self._conninfo, _USE)
        return self._connection


def _claim(row: dict[str, Any], attempt_id: UUID, asked_at: float) -> Claim:
    claimed = None
    if row["message_id"] is not None:
        claimed = Claimed(
            attempt_id=attempt_id, **{name: row[name] for name in Claimed.__slots__ if name != "attempt_id"}
        )
    is_paced = row["has_turn"] and row["has_message"] and not row["is_in_flight"]
    waits_for_others = row["has_more"] and not row["has_message"] and not row["is_in_flight"]
    closes_in = row["closes_in_seconds"] if waits_for_others else None
    return Claim(
        message=claimed,
        wait_seconds=max(row["wait_seconds"], 0.0),
        has_more=row["has_more"],
        is_paced=is_paced,
        closes_in_seconds=closes_in,
        waits_for_bot=claimed is None and is_paced and row["is_near"],
        asked_at=asked_at,
    )
