"""The latest repairs to which an event has happened: what a text would say is shown of them, before it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from sancrm_notifications.crm import event_facts

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

    from sancrm_notifications.crm.event_facts import RepairFacts

_STATEMENT = Path(__file__).with_suffix(".sql")


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """Which events; what is None may be any. ``status_group`` is of the status that a repair came into."""

    kind: str
    author: str | None = None
    for_customers: bool = False
    from_status: str | None = None
    to_status: str | None = None
    status_group: str | None = None


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """One event of the CRM."""

    event_id: int
    repair_id: int
    recorded_at: datetime
    old_status: str | None
    new_status: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A repair as it stood after its event: with that status, and what was written, if that was a comment."""

    event: SampleEvent
    repair: RepairFacts
    comment: str = ""


def latest(crm: psycopg.Connection, wanted: WantedEvents, most: int) -> list[Sample]:
    """Return the latest repairs with such an event, each once.

    :raises psycopg.errors.UndefinedTable: the CRM shows no events
    :raises psycopg.Error: the CRM's database cannot be reached, or refuses the statement
    """
    values = {
        "kind": wanted.kind,
        "author": wanted.author,
        "for_customers": wanted.for_customers,
        "from_status": wanted.from_status,
        "to_status": wanted.to_status,
    }
    with crm.cursor(row_factory=class_row(SampleEvent)) as cursor:
        events = cursor.execute(_STATEMENT.read_bytes(), values).fetchall()
    repairs = event_facts.repairs(crm, {event.repair_id for event in events})
    # The group of a status is known of the repairs that stand in it now.
    groups = {repair.status: repair.status_group for repair in repairs.values()}
    found: dict[int, Sample] = {}
    for event in events:
        repair = repairs.get(event.repair_id)
        if repair is None or event.repair_id in found or len(found) == most:
            continue
        status = repair.status if event.new_status is None else event.new_status
        group = groups.get(status)
        if wanted.status_group in {None, group}:
            found[event.repair_id] = Sample(event, replace(repair, status=status, status_group=group))
    comments = event_facts.comments(
        crm, [_key(sample) for sample in found.values()] if wanted.kind == "comment" else []
    )
    return [replace(sample, comment=comments.get(_key(sample), "")) for sample in found.values()]


def _key(sample: Sample) -> tuple[int, datetime]:
    return sample.event.event_id, sample.event.recorded_at
