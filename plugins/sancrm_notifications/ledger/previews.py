"""Reads previews from the ledger, for the pages: read only, and never waiting long for the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.reading import reading

if TYPE_CHECKING:
    from datetime import datetime

LISTED = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A preview as the list names it; ``messages`` counts messages, not their parts."""

    dag_id: str
    run_id: str
    notification: str
    period: str
    messages: int
    stored_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PreviewMessage:
    """One message: ``parts`` is its plain form in order, ``rich_html`` its rich form or None.

    ``picture`` are the figures of a picture that ``parts`` is the caption of, or None.
    """

    subject: str
    destination: str
    label: str
    parts: tuple[str, ...]
    rich_html: str | None
    buttons: list[list[dict[str, str]]]
    is_silent: bool
    picture: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What one run would have sent."""

    notification: str
    period: str
    stored_at: datetime
    expires_at: datetime
    messages: list[PreviewMessage] = field(default_factory=list)


def newest(conninfo: str, dag_ids: set[str]) -> list[Listed]:
    """Return at most ``LISTED`` previews of these DAGs, the newest first.

    :raises LookupError: there is no ledger, or one of another version
    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with reading(conninfo) as connection:
        rows = connection.execute(query("list_previews"), {"dag_ids": sorted(dag_ids), "most": LISTED}).fetchall()
    return [Listed(**row) for row in rows]


def of_run(conninfo: str, dag_id: str, run_id: str) -> Preview | None:
    """Return the preview that a run has stored, or None.

    :raises LookupError: there is no ledger, or one of another version
    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with reading(conninfo) as connection:
        rows = connection.execute(query("preview_parts"), {"dag_id": dag_id, "run_id": run_id}).fetchall()
    if not rows:
        return None
    parts_of_messages = groupby(rows, key=lambda row: (row["subject"], row["destination"]))
    messages = [_message(list(parts)) for _, parts in parts_of_messages]
    first, last = rows[0], rows[-1]
    return Preview(first["notification"], first["period"], last["stored_at"], first["expires_at"], messages)


def _message(rows: list[dict[str, Any]]) -> PreviewMessage:
    first, last = rows[0], rows[-1]
    return PreviewMessage(
        subject=first["subject"],
        destination=first["destination"],
        label=first["label"],
        parts=tuple(row["html"] for row in rows if row["html"] is not None),
        rich_html=first["rich_html"],
        buttons=last["buttons"],
        is_silent=first["silent"],
        picture=first["picture"],
    )
