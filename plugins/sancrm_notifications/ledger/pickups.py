"""Who was reminded of a repair that waits to be collected, and who has said that they come; see ``feeds.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    AsyncConnection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True, slots=True)
class Reminded:
    """How often a repair's client was reminded, and when last; ``is_over``: never again, whatever the number."""

    repair_id: int
    number: int
    last_at: datetime | None
    is_over: bool


def reminded(ledger: psycopg.Connection, repair_ids: Collection[int]) -> dict[int, Reminded]:
    """Return what is known of these repairs, by id; of one that is missing nobody was reminded."""
    with ledger.cursor(row_factory=class_row(Reminded)) as cursor:
        rows = cursor.execute(query("reminded"), {"repair_ids": sorted(repair_ids)}).fetchall()
    return {row.repair_id: row for row in rows}


def forget_unsent(ledger: psycopg.Connection, notification: str, repair_ids: Collection[int], zone: str) -> int:
    """Forget the last reminders of these repairs that nobody got, such as those the night has ended; return how many.

    ``zone`` (IANA name) is that of the days which name the messages' periods.
    """
    values = {"notification": notification, "repair_ids": sorted(repair_ids), "zone": zone}
    return ledger.execute(query("forget_unsent_reminders"), values).rowcount


def note_reminded(ledger: psycopg.Connection, repair_ids: Collection[int]) -> None:
    """Note one more reminder of each repair."""
    ledger.execute(query("note_reminded"), {"repair_ids": sorted(repair_ids), "is_refused": False})


async def note_promise(ledger: AsyncConnection, message_id: int, repair_ids: Collection[int]) -> bool:
    """Note that the client comes for the repairs that a message tells of; return whether that is new."""
    values = {"message_id": message_id, "repair_ids": sorted(repair_ids)}
    return (await ledger.execute(query("note_promise"), values)).rowcount > 0


def refuse_reminders(conninfo: str, repair_ids: Collection[int]) -> int:
    """Have nobody reminded of these repairs, ever; return how many they are.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        values = {"repair_ids": sorted(repair_ids), "is_refused": True}
        return ledger.execute(query("note_reminded"), values).rowcount
