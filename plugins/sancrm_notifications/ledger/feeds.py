"""What each notification has seen of the CRM's events: noted once each, and decided about once.

The functions take a connection whose transaction is the caller's: what is decided about events is committed with the
messages that say it, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

from psycopg.rows import class_row, dict_row

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime, timedelta

    import psycopg

Outcome = Literal["notified", "nothing_new", "no_words", "nobody", "switched_off", "refused"]
Key = tuple[int, "datetime"]
"""An event's id and when it was recorded."""

_COLUMNS = {
    "event_ids": "event_id",
    "recorded_at": "recorded_at",
    "repair_ids": "repair_id",
    "kinds": "kind",
    "old_statuses": "old_status",
    "new_statuses": "new_status",
    "authors": "author",
    "for_customers": "is_for_customer",
    "ages": "age",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """How a notification stands to the feed; ``switched_on_at`` is by the clock of the CRM's database."""

    switched_on_at: datetime
    woken_at: datetime | None
    looked_at: datetime | None
    is_long_look_due: bool


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event as it was noted; ``happened_at`` is when it was recorded, by the ledger's clock."""

    event_id: int
    recorded_at: datetime
    repair_id: int
    kind: str
    old_status: str | None
    new_status: str | None
    author: str | None
    is_for_customer: bool
    happened_at: datetime
    brake_id: int | None = None
    """Of one that has waited for a person's word."""
    is_recent: bool = False
    """Whether it happened so lately that what came after it may not have been noted yet."""

    @property
    def key(self) -> Key:
        """What names it for ever."""
        return self.event_id, self.recorded_at

    @property
    def period(self) -> str:
        """What stands for it in a message's key; ``reopen_expired`` reads it again."""
        return f"{self.event_id}@{self.recorded_at.astimezone(UTC).isoformat()}"


@dataclass(frozen=True, slots=True)
class NotifiedStatus:
    """The status of a repair that was told last, the one before as that message said it, and the message's period."""

    repair_id: int
    status: str
    status_group: str | None
    former_status: str | None
    period: str
    notified_at: datetime


def feed_of(ledger: psycopg.Connection, feed: str, long_look_every: timedelta) -> Feed | None:
    """Return how a notification stands to the feed; None: it has never looked."""
    with ledger.cursor(row_factory=class_row(Feed)) as cursor:
        return cursor.execute(query("feed"), {"feed": feed, "long_look_every": long_look_every}).fetchone()


def switch_on(ledger: psycopg.Connection, feed: str, switched_on_at: datetime) -> None:
    """Begin with what is recorded from an instant of the CRM's clock on; what was seen before is not notified."""
    ledger.execute(query("leave_undecided"), {"feed": feed})
    ledger.execute(query("switch_on"), {"feed": feed, "switched_on_at": switched_on_at})


def note_seen(ledger: psycopg.Connection, feed: str, events: Iterable[Mapping[str, Any]], settle: timedelta) -> int:
    """Note events of the CRM that are new here, and return how many were; a status is due when it has lasted.

    Each has the columns of ``crm/repair_events.sql``.
    """
    rows = list(events)
    if not rows:
        return 0
    columns = {bind: [row[column] for row in rows] for bind, column in _COLUMNS.items()}
    return ledger.execute(query("note_seen"), {"feed": feed, "settle": settle, **columns}).rowcount


def note_look(ledger: psycopg.Connection, feed: str, *, is_long: bool) -> None:
    """Note that a notification has looked, as far back as an event may be late or only a little."""
    ledger.execute(query("note_look"), {"feed": feed, "is_long": is_long})


def note_woken(ledger: psycopg.Connection, feed: str, *, is_woken: bool) -> None:
    """Note that the wait has ended, or begins."""
    ledger.execute(query("note_woken"), {"feed": feed, "is_woken": is_woken})


def slept_through(ledger: psycopg.Connection, feed: str, longest: timedelta) -> bool:
    """Tell whether the wait ended longer ago than a run needs to go on: its DAG was paused."""
    row = ledger.execute(query("slept_through"), {"feed": feed, "longest": longest}).fetchone()
    return bool(row and row[0])


def due_events(ledger: psycopg.Connection, feed: str, most: int) -> list[SeenEvent]:
    """Return the undecided events whose time has come, a repair's together, the longest due first."""
    with ledger.cursor(row_factory=class_row(SeenEvent)) as cursor:
        return cursor.execute(query("due_events"), {"feed": feed, "most": most}).fetchall()


def reopen_expired(ledger: psycopg.Connection, feed: str) -> None:
    """Have decided anew about what ended before it could be sent: in the morning it may still be true."""
    ledger.execute(query("reopen_expired"), {"feed": feed})


def decide(ledger: psycopg.Connection, feed: str, outcomes: Mapping[Key, Outcome]) -> None:
    """Note what was made of events; what another has decided meanwhile stays."""
    columns = {**_keys(outcomes), "outcomes": list(outcomes.values())}
    ledger.execute(query("decide_events"), {"feed": feed, **columns})


def put_off(ledger: psycopg.Connection, feed: str, delays: Mapping[Key, timedelta]) -> None:
    """Decide about events later, each so long from now."""
    columns = {**_keys(delays), "delays": list(delays.values())}
    ledger.execute(query("put_off_events"), {"feed": feed, **columns})


def notified_statuses(ledger: psycopg.Connection, feed: str, repair_ids: Collection[int]) -> dict[int, NotifiedStatus]:
    """Return what was last told of these repairs, by their ids."""
    with ledger.cursor(row_factory=class_row(NotifiedStatus)) as cursor:
        values = {"feed": feed, "repair_ids": sorted(repair_ids)}
        rows = cursor.execute(query("notified_statuses"), values).fetchall()
    return {row.repair_id: row for row in rows}


def note_notified(
    ledger: psycopg.Connection,
    feed: str,
    repair_id: int,
    *,
    status: str,
    status_group: str | None,
    former_status: str | None,
    period: str,
) -> None:
    """Remember what was told of a repair, and under which period its message is stored."""
    values = {"status": status, "status_group": status_group, "former_status": former_status, "period": period}
    with ledger.cursor(row_factory=dict_row) as cursor:
        cursor.execute(query("note_notified"), {"feed": feed, "repair_id": repair_id, **values})


def ledger_now(ledger: psycopg.Connection) -> datetime:
    """Return the present moment by the ledger's clock."""
    (row,) = ledger.execute(query("ledger_now")).fetchall()
    now: datetime = row[0]
    return now


def _keys(keys: Iterable[Key]) -> dict[str, list[Any]]:
    listed = list(keys)
    return {"event_ids": [key[0] for key in listed], "recorded_at": [key[1] for key in listed]}
