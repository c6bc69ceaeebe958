"""Who of the bound people is to be told something: read for a run that tells of events, and settled around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg.rows import class_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import psycopg


@dataclass(frozen=True, slots=True)
class WillingBinding:
    """An open binding of somebody who wants to be written to; the account is named by ``user_id``."""

    binding_id: int
    user_id: int
    proof: Literal["contact", "link", "code"]
    phone: str | None
    customer_id: int | None
    began_at: datetime
    confirmed_at: datetime


def willing_bindings(
    ledger: psycopg.Connection, phones: Collection[str], customer_ids: Collection[int]
) -> list[WillingBinding]:
    """Return the open bindings of these numbers (E.164 without «+») and customers, oldest first."""
    values = {"phones": sorted(phones), "customer_ids": sorted(customer_ids)}
    with ledger.cursor(row_factory=class_row(WillingBinding)) as cursor:
        return cursor.execute(query("willing_bindings"), values).fetchall()


def client_chats(conninfo: str, batch: str) -> dict[str, str]:
    """Return the chat of each client for whom a batch has something; of those who want no more it has nothing now.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        ledger.execute(query("withhold_from_unwilling"), {"batch": batch})
        rows = ledger.execute(query("client_chats"), {"batch": batch}).fetchall()
    return {destination: str(user_id) for destination, user_id in rows}


def rest_blocked(conninfo: str, batch: str) -> int:
    """Let the bindings of people rest who have blocked the bot; return how many messages they did not get.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        return ledger.execute(query("rest_blocked"), {"batch": batch}).rowcount


def is_anything_left(ledger: psycopg.Connection, batch: str) -> bool:
    """Tell whether a batch has something that could be sent now."""
    (row,) = ledger.execute(query("is_anything_left"), {"batch": batch}).fetchall()
    return bool(row[0])


def has_parked(conninfo: str, batch: str, run_id: str) -> bool:
    """Tell whether a run has tried anything of a batch that waits for a person now.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        (row,) = ledger.execute(query("has_parked"), {"batch": batch, "run_id": run_id}).fetchall()
    return bool(row[0])


def stored_of_late(ledger: psycopg.Connection, batch: str) -> dict[str, int]:
    """Return how many messages of a batch were stored within the last minute, by destination."""
    return dict(ledger.execute(query("stored_of_late"), {"batch": batch}).fetchall())
