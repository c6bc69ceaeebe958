"""Reads what waits for a person: parked, held and, of late, expired messages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg
    from psycopg.rows import DictRow

MOST = 1_000
EXPIRED_WITHIN = timedelta(days=31)


def waiting(
    connection: psycopg.Connection[DictRow], dag_ids: Collection[str], message_ids: Collection[int] | None = None
) -> list[DictRow]:
    """Return at most ``MOST`` messages of these DAGs that wait for a person, the newest first; or those of these ids.

    What was withdrawn because it was no longer true waits for nobody.
    """
    named = {
        "dag_ids": sorted(dag_ids),
        "message_ids": None if message_ids is None else list(message_ids),
        "expired_within": EXPIRED_WITHIN,
        "most": MOST,
    }
    return connection.execute(query("attention"), named).fetchall()


def decided(connection: psycopg.Connection[DictRow], message_ids: Collection[int]) -> list[DictRow]:
    """Return where these messages stand now, in the order of storing."""
    return connection.execute(query("decided"), {"message_ids": list(message_ids)}).fetchall()
