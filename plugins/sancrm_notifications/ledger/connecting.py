"""One delivery's connection to the ledger: short transactions, made anew when the connection is lost."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.ledger.recording import Statement

# A process that is stopped inside a transaction holds up the others no longer than this.
LONGEST_PAUSE = timedelta(seconds=10)

Rows = list[dict[str, Any]]


class Connection:
    """A connection that upgrades the ledger when it is first made, and reconnects by itself."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._use = databases.Use(lock_seconds=LONGEST_PAUSE.total_seconds())
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def transaction(self, statements: Sequence[Statement], *, patience_seconds: float = 30.0) -> Rows:
        """Run statements in one transaction and return the last one's rows; a lost connection is made anew.

        Every statement that comes here may be repeated: notes name their attempt.

        :raises psycopg.OperationalError: the ledger cannot be reached for longer than ``patience_seconds``
        """
        given_up_at = time.monotonic() + patience_seconds
        wait_seconds = 0.25
        while True:
            try:
                return (await self.once(statements))[-1]
            except psycopg.OperationalError:
                if time.monotonic() > given_up_at:
                    raise
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(wait_seconds * 2, 5.0)

    async def once(self, statements: Sequence[Statement]) -> list[Rows]:
        """Run statements in one transaction and return each one's rows.

        :raises psycopg.OperationalError: the connection was lost, or another process holds a lock for too long
        """
        async with self._one_at_a_time:
            connection = await self._connected()
            try:
                # All statements are on their way at once, so that the bot's lock is held for as short as can be.
                async with connection.pipeline(), connection.transaction():
                    await connection.execute(*databases.settings(connection.info.server_version, self._use))
                    cursors = [await connection.execute(query(name), parameters) for name, parameters in statements]
            except psycopg.errors.LockNotAvailable:
                paused = {"application": databases.APPLICATION, "longest_pause": LONGEST_PAUSE}
                await connection.execute(query("end_paused"), paused)
                raise
            return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]

    async def _connected(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        if self._connection is None:
            # A delivery that was deferred is the first to come after an upgrade of the package.
            await asyncio.to_thread(upgrade_at, self._conninfo)
        if self._connection is None or self._connection.closed:
            self._connection = await databases.connect_async(self._conninfo, self._use)
        return self._connection
