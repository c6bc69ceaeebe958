"""Customers that staff have called, as they said by a button under the missed call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    Connection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True, slots=True)
class Called:
    """One press: whose customer, by whom, when."""

    repair_id: int
    called_by: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class CallMessage:
    """A message about missed calls as it stands in a chat; ``html`` None: its text is forgotten."""

    message_id: int
    html: str | None
    figures: Mapping[str, Any]
    buttons: list[list[dict[str, Any]]]


async def message_in_chat(ledger: Connection, chat_id: int, telegram_message_id: int) -> CallMessage | None:
    """Return the message about missed calls that stands there, locked; None: it is none of ours."""
    values = {"chat_id": chat_id, "telegram_message_id": telegram_message_id}
    row = await (await ledger.execute(query("message_in_chat"), values)).fetchone()
    return CallMessage(**row) if row else None


async def note_called(ledger: Connection, message_id: int, repair_id: int, who: str, user_id: int | None) -> bool:
    """Note who has called; False: somebody has pressed the button before."""
    values = {"message_id": message_id, "repair_id": repair_id, "called_by": who, "called_by_user_id": user_id}
    return await (await ledger.execute(query("note_called"), values)).fetchone() is not None


async def called_of_message(ledger: Connection, message_id: int) -> list[Called]:
    """Return whom the buttons of a message have marked, the first press first."""
    cursor = await ledger.execute(query("called_of_message"), {"message_id": message_id})
    return [Called(**row) for row in await cursor.fetchall()]


def called_since(conninfo: str, since: datetime) -> dict[int, datetime]:
    """Return which repairs' customers have been called since an instant, and when last.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        return dict(connection.execute(query("called_since"), {"since": since}).fetchall())
