"""Who listens for a bot: one at a time, by a lease that the listener renews and a younger one takes over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sancrm_notifications.ledger.connecting import Connection
from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.recording import Statement

LEASE = timedelta(seconds=8)
# A successor that was not seen for longer may be gone: nobody makes way for it.
SEEN_WITHIN = timedelta(seconds=5)
# After so long without a renewal the lease is anybody's, whatever the numbers say.
SILENCE = timedelta(seconds=30)
# Numbers of those that bring none begin above all that are counted elsewhere.
_LEAST_OWN_NUMBER = 2**40
LEASE_LOST = "LS001"
"""The SQLSTATE of a transaction that was taken back because another listens now."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One who listens or wants to: for which bot, under which number, as which process."""

    bot_id: int
    number: int
    instance: UUID

    @classmethod
    def of(cls, bot_id: int, number: int) -> Listener:
        """Return a listener of this process."""
        return cls(bot_id, number, uuid4())

    @property
    def guard(self) -> Statement:
        """The statement that takes a transaction back when another listens."""
        return "require_lease", self.parameters

    @property
    def parameters(self) -> dict[str, Any]:
        """What statements know it by."""
        return {"bot_id": self.bot_id, "instance": self.instance}


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody who wants to listen finds: the lease is mine, or who has it."""

    is_mine: bool
    number: int
    is_alive: bool


@dataclass(frozen=True, slots=True)
class State:
    """How listening goes, as checks and pages show it.

    ``silent_seconds`` counts from Telegram's last answer; before the first one, from when the listener began.
    """

    is_alive: bool
    listening_since: datetime
    is_answered: bool
    silent_seconds: float
    problem: str | None
    problem_since: datetime | None
    commands_set_at: datetime | None
    waiting: int
    """Updates that wait for their answer."""


class LeaseLedger:
    """The lease in the ledger, over a connection of its own that reconnects."""

    def __init__(self, conninfo: str) -> None:
        self._connection = Connection(conninfo)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    async def next_number(self, bot_id: int) -> int:
        """Return a number above all there were."""
        named = {"bot_id": bot_id, "least": _LEAST_OWN_NUMBER}
        rows = await self._connection.transaction([("next_listener_number", named)])
        return int(rows[0]["number"])

    async def take(self, listener: Listener) -> Place:
        """Take the lease, or announce oneself to who has it."""
        named = {**listener.parameters, "number": listener.number}
        take = {**named, "lease": LEASE, "silence": SILENCE}
        announce = {"bot_id": listener.bot_id, "number": listener.number, "seen_within": SEEN_WITHIN}
        *_, (row,) = await self._connection.once(
            [
                ("take_lease", take),
                ("announce_successor", announce),
                ("present_listener", {"bot_id": listener.bot_id}),
            ]
        )
        return Place(row["instance"] == listener.instance, row["number"], row["is_alive"])

    async def present(self, bot_id: int) -> Place:
        """Return who has the lease now."""
        (row,) = await self._connection.transaction([("present_listener", {"bot_id": bot_id})])
        return Place(is_mine=False, number=row["number"], is_alive=row["is_alive"])

    async def renew(self, listener: Listener, *, polled_seconds_ago: float | None, problem: str | None) -> bool | None:
        """Keep the lease; return whether a younger listener waits, None when the lease is another's.

        :raises psycopg.OperationalError: the ledger cannot be reached now
        """
        said = {"polled_seconds_ago": polled_seconds_ago, "problem": problem}
        named = {**listener.parameters, **said, "lease": LEASE, "seen_within": SEEN_WITHIN}
        (rows,) = await self._connection.once([("renew_lease", named)])
        return bool(rows[0]["has_successor"]) if rows else None

    async def release(self, listener: Listener) -> None:
        """Let the next one begin at once."""
        await self._connection.transaction([("release_lease", listener.parameters)], patience_seconds=5)

    async def commands_digest(self, bot_id: int) -> str | None:
        """Return what stands for the commands that were set last."""
        rows = await self._connection.transaction([("commands_digest", {"bot_id": bot_id})])
        return rows[0]["commands_digest"] if rows else None

    async def note_commands(self, bot_id: int, digest: str) -> None:
        """Note that commands were set."""
        await self._connection.transaction([("note_commands", {"bot_id": bot_id, "digest": digest})])

    async def note_username(self, bot_id: int, username: str) -> None:
        """Note what the bot is called: links lead to it by this name."""
        await self._connection.transaction([("note_username", {"bot_id": bot_id, "username": username})])


async def require_lease(connection: psycopg.AsyncConnection[DictRow], listener: Listener) -> None:
    """Take the transaction back when another listens; to be asked right before it ends.

    :raises psycopg.DatabaseError: it is another's, SQLSTATE :data:`LEASE_LOST`
    """
    await connection.execute(query("require_lease"), listener.parameters)


def state(connection: psycopg.Connection[DictRow], bot_id: int) -> State | None:
    """Return how listening goes for a bot, None when nobody ever listened."""
    row = connection.execute(query("listener_state"), {"bot_id": bot_id}).fetchone()
    return State(**row) if row else None


def username(connection: psycopg.Connection[DictRow], bot_id: int) -> str | None:
    """Return what a bot is called, without «@»; None: nobody has listened for it yet."""
    row = connection.execute(query("bot_username"), {"bot_id": bot_id}).fetchone()
    return row["username"] if row else None
