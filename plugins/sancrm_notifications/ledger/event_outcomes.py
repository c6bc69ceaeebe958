"""Reads what was made of a repair's latest events, and what became of the messages that told of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.feeds import SeenEvent
from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.feeds import Outcome

AT_ONCE = timedelta(minutes=1)
"""One transaction stores messages and what was made of events: it takes seconds at most."""


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """Since when a notification is on, by the CRM's clock; when it looked last and what time it is, by the ledger's."""

    switched_on_at: datetime
    looked_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class EventMessage:
    """A message that told of events, about these repairs; times are the ledger's.

    ``sent_at`` is when it was told first; ``is_withdrawn``: it has been edited, for a status was set back.
    """

    period: str
    stored_at: datetime
    sent_at: datetime | None
    state: str
    reason: str | None
    expires_at: datetime
    repair_ids: tuple[int, ...]
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event and what was made of it; ``outcome`` None: nothing yet, and ``is_braked``: a person is to decide."""

    event: SeenEvent
    due_at: datetime
    outcome: Outcome | None = None
    decided_at: datetime | None = None
    is_braked: bool = False
    messages: tuple[EventMessage, ...] = ()


def feed_standing(ledger: psycopg.Connection[DictRow], feed: str) -> FeedStanding | None:
    """Return how a notification stands; None: it was never switched on."""
    row = ledger.execute(query("feed_standing"), {"feed": feed}).fetchone()
    return FeedStanding(**row) if row else None


def latest_events(
    ledger: psycopg.Connection[DictRow],
    feed: str,
    repair_ids: Collection[int],
    binding_ids: Collection[int],
    most: int,
) -> dict[int, list[KnownEvent]]:
    """Return the latest events of each repair, oldest first, with what was stored of them for these bindings."""
    named = {"feed": feed, "repair_ids": sorted(repair_ids), "most": most}
    rows = ledger.execute(query("latest_events"), named).fetchall()
    decided = [row["decided_at"] for row in rows if row["decided_at"] is not None]
    messages = _messages(ledger, feed, binding_ids, min(decided) - AT_ONCE) if decided else []
    found: dict[int, list[KnownEvent]] = {}
    for row in rows:
        event = SeenEvent(**{name: row[name] for name in SeenEvent.__slots__ if name in row})
        outcome, decided_at = row["outcome"], row["decided_at"]
        of_it = tuple(_telling(event, decided_at, messages)) if outcome == "notified" else ()
        known = KnownEvent(event, row["due_at"], outcome, decided_at, row["is_braked"], of_it)
        found.setdefault(event.repair_id, []).append(known)
    return found


def _messages(
    ledger: psycopg.Connection[DictRow],
    feed: str,
    binding_ids: Collection[int],
    since: datetime,
) -> list[EventMessage]:
    destinations = [f"client:{binding_id}" for binding_id in sorted(binding_ids)]
    named = {"destinations": destinations, "since": since, "feed": feed}
    rows = ledger.execute(query("messages_about_repairs"), named).fetchall()
    return [EventMessage(**{**row, "repair_ids": tuple(row["repair_ids"])}) for row in rows]


def _telling(event: SeenEvent, decided_at: datetime, messages: Collection[EventMessage]) -> list[EventMessage]:
    """Return the messages that tell of an event: its own, or what told several changes at that moment."""
    own = [message for message in messages if message.period == event.period]
    if own or event.kind != "status":
        return own
    return [
        message
        for message in messages
        if event.repair_id in message.repair_ids and decided_at - AT_ONCE <= message.stored_at <= decided_at
    ]
