"""Which events staff are told of, to which team, and when they share a message: pure.

Source: docs/events.md, What staff are told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sancrm_notifications.events.rules import transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.ledger.feeds import Key, NotifiedStatus, Outcome, SeenEvent

NOTIFICATION = "staff_events"
DIGEST_FROM = 20
"""So many for one team within a minute share a message."""


@dataclass(frozen=True, slots=True)
class StaffEvent:
    """One thing to tell of a repair; ``keys`` are the CRM's events that it settles."""

    event: str
    repair: RepairFacts
    keys: tuple[Key, ...]
    period: str
    former_status: str | None = None

    @property
    def destination(self) -> str:
        """The team of the repair's branch; of a repair without a branch, all staff."""
        branch_id = self.repair.branch_id
        return "staff" if branch_id is None else f"team:{branch_id}"


def staff_events(
    due: Iterable[SeenEvent], repairs: Mapping[int, RepairFacts], notified: Mapping[int, NotifiedStatus]
) -> tuple[list[StaffEvent], dict[Key, Outcome]]:
    """Return what is to be told of events that are due, and of the others what was made of them."""
    told: list[StaffEvent] = []
    outcomes: dict[Key, Outcome] = {}
    for events in _by_subject(due):
        keys = tuple(event.key for event in events)
        repair = repairs.get(events[-1].repair_id)
        found = _told(events, keys, repair, notified.get(events[-1].repair_id)) if repair else "nobody"
        if isinstance(found, StaffEvent):
            told.append(found)
        else:
            outcomes |= dict.fromkeys(keys, found)
    return told, outcomes


def shared(events: Sequence[StaffEvent], stored_of_late: Mapping[str, int]) -> list[list[StaffEvent]]:
    """Return what is told in one message each: a burst for one team is a digest.

    ``stored_of_late`` counts what each destination was told within the last minute.
    """
    of_team: defaultdict[str, list[StaffEvent]] = defaultdict(list)
    for event in events:
        of_team[event.destination].append(event)
    groups: list[list[StaffEvent]] = []
    for destination, theirs in of_team.items():
        is_burst = len(theirs) > 1 and len(theirs) + stored_of_late.get(destination, 0) >= DIGEST_FROM
        groups += [theirs] if is_burst else [[event] for event in theirs]
    return groups


def _by_subject(due: Iterable[SeenEvent]) -> list[list[SeenEvent]]:
    groups: defaultdict[tuple[object, ...], list[SeenEvent]] = defaultdict(list)
    for event in due:
        groups[(event.repair_id, "status") if event.kind == "status" else event.key].append(event)
    return [sorted(events, key=lambda event: (event.happened_at, event.event_id)) for events in groups.values()]


def _told(
    events: Sequence[SeenEvent], keys: tuple[Key, ...], repair: RepairFacts, notified: NotifiedStatus | None
) -> StaffEvent | Outcome:
    last = events[-1]
    told = StaffEvent(last.kind, repair, keys, last.period)
    if last.kind == "created":
        return told
    if last.kind == "comment":
        return told if last.author == "customer" else "nobody"
    moved = transition(notified, events[0].old_status, repair.status)
    return "nothing_new" if moved is None else replace(told, former_status=moved.former_status)
