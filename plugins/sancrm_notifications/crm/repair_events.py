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
_CHANGES = Path(__file__).with_name("repair_changes.sql")
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
    return _events(connection, _STATEMENT, look_back, since)


def recent_changes(connection: psycopg.Connection, look_back: timedelta, since: datetime) -> list[Event]:
    """Return what the repairs themselves say of late: taken in, or a status, the last of several; no comments.

    :raises psycopg.Error: the CRM's database cannot be reached, or refuses the statement
    """
    return _events(connection, _CHANGES, look_back, since)


def changes_are_indexed(connection: psycopg.Connection) -> bool:
    """Tell whether the repairs can be asked so every two seconds: indexes lead to both instants.

    :raises psycopg.Error: the CRM's database cannot be reached, or shows no repairs
    """
    # Tables of a few rows would be read whole anyhow: what is asked is whether an index can serve at all.
    values = {"look_back": "15 minutes", "since": "-infinity", "most": MOST_EVENTS}
    with connection.transaction(force_rollback=True):
        connection.execute("set local enable_seqscan = off")
        plan = connection.execute(b"explain " + _CHANGES.read_bytes(), values).fetchall()
    led = [line for (line,) in plan if "Index Cond" in line and "now()" in line]
    return len(led) >= len(("created_at", "status_changed_at"))


def _events(connection: psycopg.Connection, statement: Path, look_back: timedelta, since: datetime) -> list[Event]:
    values = {"look_back": look_back, "since": since, "most": MOST_EVENTS}
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(statement.read_bytes(), values).fetchall()


def crm_now(connection: psycopg.Connection) -> datetime:
    """Return the present moment by the clock of the CRM's database."""
    (row,) = connection.execute("select now()").fetchall()
    now: datetime = row[0]
    return now
