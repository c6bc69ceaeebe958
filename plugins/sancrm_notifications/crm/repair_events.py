"""What the CRM has recorded of its repairs of late: which events there are, not what was written in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.rows import class_row

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    import psycopg

_STATEMENT = Path(__file__).with_suffix(".sql")
MOST_EVENTS = 200_000
"""More within a look-back is read with a later look, when what was recorded before is out of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``age`` is how long ago it was recorded, by the clock of the CRM's database."""

    event_id: int
    repair_id: int
    kind: str
    recorded_at: datetime
    old_status: str | None
    new_status: str | None
    author: str | None
    is_for_customer: bool
    age: timedelta

    @property
    def key(self) -> tuple[int, datetime]:
        """What names it for ever: a CRM that was restored from a copy counts its events anew."""
        return self.event_id, self.recorded_at


def recent_events(connection: psycopg.Connection, look_back: timedelta, since: datetime) -> list[Event]:
    """Return all events recorded within the look-back and at or after ``since``, oldest first.

    :raises psycopg.errors.UndefinedTable: the CRM shows no events
    :raises psycopg.Error: the CRM's database cannot be reached, or refuses the statement
    """
    values = {"look_back": look_back, "since": since, "most": MOST_EVENTS}
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(_STATEMENT.read_bytes(), values).fetchall()


def crm_now(connection: psycopg.Connection) -> datetime:
    """Return the present moment by the clock of the CRM's database."""
    (row,) = connection.execute("select now()").fetchall()
    now: datetime = row[0]
    return now
