"""Customers that staff have called, as they said by a button under the missed call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.text.buttons import Rows

    Connection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True, slots=True)
class Called:
    """One press: under which message, whose customer, by whom, when."""

    message_id: int
    repair_id: int
    called_by: str
    called_at: datetime


@dataclass(frozen=True, slots=True)
class CallMessage:
    """A message about missed calls as it stands in a chat; ``html`` None: its text is forgotten.

    ``period`` is the local day that it belongs to.
    """

    message_id: int
    period: str
    html: str | None
    figures: Mapping[str, Any]
    buttons: Rows


@dataclass(frozen=True, slots=True)
class Caller:
    """Who presses; an anonymous administrator has no account."""

    name: str
    user_id: int | None


async def message_in_chat(
    ledger: Connection, chat_id: int, telegram_message_id: int, bot_id: int | None
) -> CallMessage | None:
    """Return the message about missed calls that stands there, locked; None: it is none of ours.

    ``bot_id`` is who wrote the message there, where Telegram says it: numbers of messages may be each bot's own.
    """
    values = {"chat_id": chat_id, "telegram_message_id": telegram_message_id, "bot_id": bot_id}
    row = await (await ledger.execute(query("message_in_chat"), values)).fetchone()
    return CallMessage(**row) if row else None


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


async def keep_as_marked(ledger: Connection, message_id: int, html: str | None, buttons: Sequence[object]) -> None:
    """Keep a message as it is shown from now on; ``html`` None leaves its text."""
    values = {"message_id": message_id, "html": html, "buttons": json.dumps(buttons, ensure_ascii=False)}
    await ledger.execute(query("keep_as_marked"), values)


def called_since(conninfo: str, since: datetime) -> list[Called]:
    """Return whose customers have been called since an instant, the earliest first.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        with connection.cursor(row_factory=class_row(Called)) as cursor:
            return cursor.execute(query("called_since"), {"since": since}).fetchall()
