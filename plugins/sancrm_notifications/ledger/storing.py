"""Writes finished messages into the ledger, before anything is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.text.buttons import stored as stored_buttons
from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    import psycopg

    from sancrm_notifications.text.message import Message


@dataclass(frozen=True, slots=True)
class Batch:
    """What is delivered together: the messages of one notification about one period.

    ``notification`` and ``period`` begin every key.  ``keep`` is how long after being stored a message is still
    worth sending.  ``unknown_policy`` («resend» or «hold») is for a message of which nobody knows whether it arrived,
    ``if_uneditable`` («leave» or «replace») for an edit that Telegram no longer allows.
    """

    notification: str
    period: str
    name: str
    keep: timedelta
    unknown_policy: str = "resend"
    if_uneditable: str = "leave"
    is_backfill: bool = False
    is_preview: bool = False
    dag_id: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """How many parts of messages were stored now, and how many had been delivered before."""

    stored: int
    already_sent: int


def store(conninfo: str, batch: Batch, messages: Iterable[Message]) -> Stored:
    """Store messages in order; a message of which any part was sent, or is being sent, keeps its text.

    :raises ValueError: a message has no text
    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        return store_within(connection, batch, messages)


def store_within(connection: psycopg.Connection[Any], batch: Batch, messages: Iterable[Message]) -> Stored:
    """Store messages in a transaction that the caller may have begun, with what else belongs to them.

    :raises ValueError: a message has no text
    """
    stored = already_sent = 0
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        if batch.is_preview:
            cursor.execute(query("forget_previews"), {"batch": batch.name})
        for message in messages:
            counted = _store_message(cursor, batch, message)
            stored += counted.stored
            already_sent += counted.already_sent
    return Stored(stored, already_sent)


def _store_message(cursor: psycopg.Cursor[dict[str, Any]], batch: Batch, message: Message) -> Stored:
    rows = list(part_rows(batch, message))
    if not rows:
        raise ValueError(f"the message about {message.subject} to {message.destination} has no text")
    if batch.is_preview:
        write_parts(cursor, rows)
        return Stored(len(rows), 0)
    parts = cursor.execute(query("lock_parts"), rows[0]).fetchall()
    if not parts and message.belongs_to and _has_begun(cursor, {**rows[0], "subject": message.belongs_to}):
        # What it would follow stands in the chat for some time: it would come out of nowhere.
        return Stored(0, 0)
    if any(part["has_begun"] for part in parts):
        requeued = cursor.execute(query("requeue_rest"), rows[0]).rowcount
        return Stored(requeued, len(parts) - requeued)
    # What follows another is stored anew behind it: the other may have grown, and have other places by now.
    renew_message(cursor, rows, 0 if message.belongs_to else len(parts))
    return Stored(len(rows), 0)


def _has_begun(cursor: psycopg.Cursor[dict[str, Any]], row: dict[str, Any]) -> bool:
    return any(part["has_begun"] for part in cursor.execute(query("lock_parts"), row).fetchall())


def renew_message(cursor: psycopg.Cursor[dict[str, Any]], rows: list[dict[str, Any]], known_parts: int) -> None:
    """Write a message's parts, of which none has begun to be sent, in place of those known (how many, or 0)."""
    first = rows[0]
    # Parts are sent in the order they were stored: a text that has grown is stored anew, to stay together.
    from_part = 1 if known_parts < len(rows) else len(rows) + 1
    cursor.execute(query("forget_untried"), {**first, "from_part": from_part})
    cursor.execute(query("cover_further_parts"), first)
    write_parts(cursor, rows)


def write_parts(cursor: psycopg.Cursor[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Write parts down, or renew them, with what their pictures are drawn from."""
    cursor.executemany(query("store_message"), rows)
    keep_pictures(cursor, rows)


def keep_pictures(cursor: psycopg.Cursor[dict[str, Any]], rows: Iterable[dict[str, Any]]) -> None:
    """Keep the figures of those parts that have a picture."""
    for row in rows:
        if row["picture"] is not None:
            cursor.execute(query("keep_picture"), row)


def part_rows(batch: Batch, message: Message) -> Iterator[dict[str, Any]]:
    """Yield one row for each part of a message; only the first carries the rich form."""
    parts = split(message.html, PART_LIMIT)
    for number, html in enumerate(parts, start=1):
        yield {
            "key": f"{_stem(batch, message)}/{number}",
            "batch": batch.name,
            "notification": batch.notification,
            "period": batch.period,
            "subject": message.subject,
            "destination": message.destination,
            "label": message.label,
            "part": number,
            "parts": len(parts),
            "html": html if len(parts) == 1 else f"{html}\n\n<i>Часть {number} из {len(parts)}</i>",
            "rich_html": message.rich_html if number == 1 else None,
            # Buttons stand under the last part, where the reading ends.
            "buttons": _buttons(message) if number == len(parts) else "[]",
            "silent": message.silent or batch.is_backfill,
            "closes_batch": message.closes_batch,
            "figures": json.dumps(dict(message.figures), sort_keys=True),
            "picture": None if message.picture is None else json.dumps(dict(message.picture), ensure_ascii=False),
            "unknown_policy": batch.unknown_policy,
            "if_uneditable": batch.if_uneditable,
            "revision": 1,
            "state": "preview" if batch.is_preview else "stored",
            "dag_id": batch.dag_id,
            "run_id": batch.run_id,
            "keep": batch.keep,
        }


def _stem(batch: Batch, message: Message) -> str:
    # A preview is told to nobody: it belongs to its run, and another run's does not take its place.
    start = batch.name if batch.is_preview else f"{batch.notification}/{batch.period}"
    return f"{start}/{message.subject}/{message.destination}"


def _buttons(message: Message) -> str:
    return json.dumps(stored_buttons(message.buttons), ensure_ascii=False)
