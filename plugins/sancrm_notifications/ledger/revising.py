"""Gives messages another text after they were stored: in the chat by an edit, before that by replacing it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.ledger.storing import Batch, keep_pictures, part_rows, renew_message

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from sancrm_notifications.text.message import Message

# A shorter text leaves further parts behind in the chat, which must not say what is no longer true.
_VOID_PART = "<i>Эта часть больше не действует: сообщение изменено, смотрите его начало.</i>"


@dataclass(frozen=True, slots=True)
class Revision:
    """The present text and figures of a message that was stored under this period.

    ``is_withdrawn``: when it is not in the chat yet it must not get there any more.
    """

    period: str
    message: Message
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Revised:
    """How many messages will be edited in the chat, got another text before they were sent, or never will be sent."""

    edited: int = 0
    renewed: int = 0
    withdrawn: int = 0


def revise(conninfo: str, batch: Batch, revisions: Iterable[Revision]) -> Revised:
    """Write down new texts; the delivery of ``batch`` edits what is in the chat, after the batch's new messages.

    What is in the chat with these very figures stays as it is, whatever its wording.
    Of the batch, ``notification`` and each revision's period name the message; an edit is worth making for ``keep``.

    :raises LookupError: the ledger knows no such message
    :raises ValueError: a message has no text
    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        return revise_within(connection, batch, revisions)


def revise_within(connection: psycopg.Connection[Any], batch: Batch, revisions: Iterable[Revision]) -> Revised:
    """Write down new texts in a transaction that the caller may have begun; see :func:`revise`."""
    revised = Revised()
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        for revision in revisions:
            revised = _revise(cursor, batch, revision, revised)
    return revised


def _revise(cursor: psycopg.Cursor[dict[str, Any]], batch: Batch, revision: Revision, so_far: Revised) -> Revised:
    rows = list(part_rows(replace(batch, period=revision.period), revision.message))
    if not rows:
        raise ValueError(f"the message about {revision.message.subject} has no text")
    parts = cursor.execute(query("lock_parts"), rows[0]).fetchall()
    if not parts:
        raise LookupError(f"the ledger has no message {rows[0]['key']}: it cannot be edited")
    if parts[0]["state"] == "not_wanted" and parts[0]["telegram_message_id"] is None:
        return so_far
    if any(part["has_begun"] for part in parts):
        if _says(parts[0], rows[0]):
            return so_far
        _edit(cursor, rows, parts)
        return replace(so_far, edited=so_far.edited + 1)
    if revision.is_withdrawn:
        cursor.execute(query("withdraw"), rows[0])
        return replace(so_far, withdrawn=so_far.withdrawn + 1)
    # What a person must act on, or came too late, stays so with its new text.
    state = parts[0]["state"]
    renew_message(cursor, [{**row, "state": state} for row in rows], len(parts))
    return replace(so_far, renewed=so_far.renewed + 1)


def _edit(cursor: psycopg.Cursor[dict[str, Any]], rows: list[dict[str, Any]], parts: list[dict[str, Any]]) -> None:
    """Edit common parts, send further ones, and make void those that the new text no longer has."""
    number = max(part["revision"] for part in parts) + 1
    known = {part["part"]: part for part in parts}
    void = {"html": _VOID_PART, "rich_html": None, "buttons": "[]", "if_uneditable": "leave"}
    texts = {row["part"]: row for row in rows}
    for part, stored in known.items():
        is_void = part not in texts
        row = {**rows[0], **void} if is_void else texts.pop(part)
        cursor.execute(query("keep_figures"), stored)
        edited = {"message_id": stored["message_id"], "revision": number, "is_void": is_void}
        cursor.execute(query("revise_part"), {**row, **edited})
        cursor.execute(query("outdate_answers"), edited)
    keep_pictures(cursor, rows)
    # The rich form in the chat will say them too.
    state = "covered" if known[1]["sent_form"] == "rich" else "stored"
    for row in texts.values():
        cursor.execute(query("store_message"), {**row, "revision": number, "state": state, "silent": True})


def _says(stored: dict[str, Any], row: dict[str, Any]) -> bool:
    """Tell whether the chat shows these figures, or an edit that will is on its way; one that came too late is not."""
    is_lost = stored["state"] == "sent" and stored["sent_revision"] != stored["revision"]
    return not is_lost and bool(stored["figures"] == json.loads(row["figures"]))
