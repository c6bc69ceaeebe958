"""Holds off other runs of a notification between its reading of the ledger and its writing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sancrm_notifications import databases

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_WAIT_SECONDS = 60  # for the other run; then Airflow tries again


@contextmanager
def alone(conninfo: str, notification: str) -> Iterator[None]:
    """Let nobody else of a notification in: what another has read earlier must not replace what this one writes.

    :raises psycopg.OperationalError: the ledger cannot be reached, or the other has stopped in the middle
    """
    # Under a name of its own: a delivery ends whom it finds stopped inside a transaction (claiming.sql, end_paused),
    # and reading the CRM may take its time.
    use = databases.Use(f"{databases.APPLICATION} {notification}", lock_seconds=_LONGEST_WAIT_SECONDS)
    with databases.connect(conninfo, use) as connection:
        lock = f"notifications.{notification}"
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        yield
