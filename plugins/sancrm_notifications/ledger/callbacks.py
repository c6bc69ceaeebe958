"""Customers that staff have called, as they said by a button under the missed call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    Connection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True, slots=True)
class Called:
    """One press: under which message, whose customer, by whom, when."""

    message_id: int
    repair_id: int
    called_by: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Who presses; an anonymous administrator has no account."""

    name: str
    user_id: int | None


async def first_call(ledger: Connection, repair_id: int, since: datetime) -> Called | None:
    """Return who has called a repair's customer first since an instant."""
    values = {"repair_id": repair_id, "since": since}
    row = await (await ledger.execute(query("first_call"), values)).fetchone()
    return Called(**row) if row else None


async def note_called(ledger: Connection, message_id: int, repair_id: int, caller: Caller) -> Called:
    """Note who has called just now."""
    values = {
        "message_id": message_id,
        "repair_id": repair_id,
        "called_by": caller.name,
        "called_by_user_id": caller.user_id,
    }
    row = await (await ledger.execute(query("note_called"), values)).fetchone()
    if row is None:
        raise LookupError(f"the call of repair {repair_id} under message {message_id} was not written down")
    return Called(**row)


def called_since(conninfo: str, since: datetime) -> list[Called]:
    """Return whose customers have been called since an instant, the earliest first.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        with connection.cursor(row_factory=class_row(Called)) as cursor:
            return cursor.execute(query("called_since"), {"since": since}).fetchall()
