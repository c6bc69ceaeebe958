"""A few connections to the ledger for updates that are handled side by side; each is made when it is needed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sancrm_notifications import databases
from sancrm_notifications.ledger.connecting import LONGEST_PAUSE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import psycopg
    from psycopg.rows import DictRow

_USE = databases.Use(lock_seconds=LONGEST_PAUSE.total_seconds(), statement_seconds=30, connect_seconds=10)


class Pool:
    """At most ``size`` connections, for one event loop."""

    def __init__(self, conninfo: str, size: int) -> None:
        self._conninfo = conninfo
        self._free: asyncio.LifoQueue[psycopg.AsyncConnection[DictRow] | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[psycopg.AsyncConnection[DictRow]]:
        """Give a connection in a transaction, which ends with the block.

        :raises psycopg.OperationalError: the ledger cannot be reached, or was lost on the way
        """
        connection = await self._free.get()
        try:
            if connection is None or connection.closed:
                connection = await databases.connect_async(self._conninfo, _USE)
            async with connection.transaction():
                await connection.execute(*databases.settings(connection.info.server_version, _USE))
                yield connection
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Close what nobody uses."""
        while not self._free.empty():
            connection = self._free.get_nowait()
            if connection is not None:
                await connection.close()
