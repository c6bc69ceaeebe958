"""What waits for a person because it concerns so many clients at once; see ``feeds.py`` for whose transaction it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import class_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.feeds import SeenEvent
from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg

    from sancrm_notifications.ledger.feeds import Key


def lately_about(ledger: psycopg.Connection, feed: str) -> dict[str, int]:
    """Return how many events came to a message or to a brake within ten minutes, by status or kind."""
    return dict(ledger.execute(query("lately_about"), {"feed": feed}).fetchall())


def brake(ledger: psycopg.Connection, feed: str, about: str, keys: Collection[Key]) -> int:
    """Have events wait for a person; return the brake's id."""
    (row,) = ledger.execute(query("open_brake"), {"feed": feed, "about": about}).fetchall()
    columns = {"event_ids": [key[0] for key in keys], "recorded_at": [key[1] for key in keys]}
    ledger.execute(query("brake_events"), {"feed": feed, "brake_id": row[0], **columns})
    return int(row[0])


def braked_events(ledger: psycopg.Connection, brake_ids: Collection[int]) -> list[SeenEvent]:
    """Return what waits behind these brakes, as long as nobody has released or refused them."""
    with ledger.cursor(row_factory=class_row(SeenEvent)) as cursor:
        return cursor.execute(query("braked_events"), {"brake_ids": sorted(brake_ids)}).fetchall()


def release(ledger: psycopg.Connection, brake_ids: Collection[int]) -> None:
    """Note that a person lets these be told."""
    ledger.execute(query("release_brakes"), {"brake_ids": sorted(brake_ids)})


def refuse(conninfo: str, brake_ids: Collection[int]) -> int:
    """Note that a person has refused these, or has not answered; return how many events are never told.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        return ledger.execute(query("refuse_brakes"), {"brake_ids": sorted(brake_ids)}).rowcount


def refuse_old(ledger: psycopg.Connection, feed: str) -> None:
    """Give up what nobody has released by the next day."""
    ledger.execute(query("refuse_old_brakes"), {"feed": feed})
