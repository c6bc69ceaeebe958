"""How the notifications of events stand, for checks: when each looked, what waits, whom it reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from datetime import timedelta

    import psycopg


@dataclass(frozen=True, slots=True)
class FeedState:
    """One notification; times are ages by the ledger's clock, None: never, or nothing.

    ``overdue`` is how long the event has waited that should have been decided about first; ``reached`` and
    ``unreached`` count the repairs with news of the last week whose client was told, and those nobody heard of.
    """

    feed: str
    looked_ago: timedelta | None
    overdue: timedelta | None
    reached: int
    unreached: int


@dataclass(frozen=True, slots=True)
class WaitingBrake:
    """So many events wait for a person."""

    feed: str
    about: str
    opened_ago: timedelta
    events: int


def feed_states(ledger: psycopg.Connection[Any]) -> list[FeedState]:
    """Return the notifications that were ever switched on, by name."""
    with ledger.cursor(row_factory=class_row(FeedState)) as cursor:
        return cursor.execute(query("feed_states")).fetchall()


def waiting_brakes(ledger: psycopg.Connection[Any]) -> list[WaitingBrake]:
    """Return what waits for a person's word, oldest first."""
    with ledger.cursor(row_factory=class_row(WaitingBrake)) as cursor:
        return cursor.execute(query("waiting_brakes")).fetchall()
