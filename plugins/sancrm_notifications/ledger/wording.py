"""What people have written and switched: texts of events, which are told, and quiet hours; versions are only added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from psycopg.rows import class_row

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from datetime import datetime, time

    import psycopg

Audience = Literal["client", "staff"]
Said = Literal["told", "quiet", "reminders"]
"""Whether an event is told, when it is quiet, or how clients are reminded."""


@dataclass(frozen=True, slots=True)
class StoredText:
    """The present version of a text; a branch or a status that is None means any."""

    text_id: int
    event: str
    branch_id: int | None
    from_status: str | None
    to_status: str | None
    source: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Switch:
    """One version of what is told (``is_on`` of an event), of quiet hours (of an event, or of all) or of reminders.

    Reminders: after how many working days, and how many at most.  ``takes_back``: what was said before of the same
    place counts no longer, what is more general does.
    """

    switch_id: int
    event: str | None
    branch_id: int | None
    is_on: bool | None
    quiet_from: time | None
    quiet_until: time | None
    switched_at: datetime
    remind_after_days: int | None = None
    most_reminders: int | None = None
    switched_by: str = ""
    takes_back: Said | None = None

    @property
    def said(self) -> Said:
        """What it is said of, also by what takes back."""
        if self.takes_back is not None:
            return self.takes_back
        if self.is_on is not None:
            return "told"
        return "quiet" if self.quiet_from is not None else "reminders"

    @property
    def place(self) -> tuple[int | None, str | None]:
        """Of which branch (None: all) and event (None: all) it is said."""
        return self.branch_id, self.event


def present_texts(ledger: psycopg.Connection[Any], audience: Audience) -> list[StoredText]:
    """Return the newest version of each text that was not taken back."""
    with ledger.cursor(row_factory=class_row(StoredText)) as cursor:
        return cursor.execute(query("present_texts"), {"audience": audience}).fetchall()


def write_text(
    ledger: psycopg.Connection[Any],
    audience: Audience,
    event: str,
    source: str | None,
    *,
    written_by: str,
    branch_id: int | None = None,
    from_status: str | None = None,
    to_status: str | None = None,
) -> int:
    """Add a version of a text and return its id; None takes back what was written before."""
    where = {"branch_id": branch_id, "from_status": from_status, "to_status": to_status}
    values = {"audience": audience, "event": event, "source": source, "written_by": written_by}
    (row,) = ledger.execute(query("write_text"), {**values, **where}).fetchall()
    return int(row[0])


def switches(ledger: psycopg.Connection[Any], audience: Audience) -> list[Switch]:
    """Return all versions of what was switched, oldest first."""
    with ledger.cursor(row_factory=class_row(Switch)) as cursor:
        return cursor.execute(query("switches"), {"audience": audience}).fetchall()


def switch(
    ledger: psycopg.Connection[Any],
    audience: Audience,
    event: str | None,
    *,
    switched_by: str,
    branch_id: int | None = None,
    is_on: bool | None = None,
    quiet_hours: tuple[time, time] | None = None,
    reminders: tuple[int, int] | None = None,
    takes_back: Said | None = None,
) -> int:
    """Add a version of what is told, of quiet hours (from, until) or of reminders (after days, most); return its id.

    ``takes_back`` says one of them no longer.
    """
    remind_after_days, most_reminders = reminders or (None, None)
    quiet_from, quiet_until = quiet_hours or (None, None)
    values = {"audience": audience, "event": event, "branch_id": branch_id, "switched_by": switched_by}
    hours = {"is_on": is_on, "quiet_from": quiet_from, "quiet_until": quiet_until}
    pace = {"remind_after_days": remind_after_days, "most_reminders": most_reminders}
    (row,) = ledger.execute(query("switch"), {**values, **hours, **pace, "takes_back": takes_back}).fetchall()
    return int(row[0])
