"""Which changes of repairs are told to clients, and which of them together: pure.

Source: docs/events.md, What clients are told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sancrm_notifications.events.rules import transition
from sancrm_notifications.notifications.client_statuses.wording import CAN_BE_TOLD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.ledger.feeds import Key, NotifiedStatus, Outcome, SeenEvent

NOTIFICATION = "client_statuses"
BULK = "client_statuses_bulk"
"""The batch, and the DAG, of what a person has released."""
READY = "ready"
SET_BACK = "set_back"
SEVERAL_READY = "several_ready"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to tell of a repair: ``event`` names its text, ``keys`` the events that it settles.

    ``happened_at`` is by the ledger's clock; ``withdrawn`` is what was told before and holds no longer.
    """

    event: str
    repair: RepairFacts
    keys: tuple[Key, ...]
    period: str
    happened_at: datetime
    former_status: str | None = None
    withdrawn: NotifiedStatus | None = None
    is_released: bool = False
    """Whether a person has said that it may be told, with many others."""

    @property
    def about(self) -> str:
        """What so many may have in common: the status, or the kind of event."""
        return self.repair.status if self.is_status else self.event

    @property
    def is_status(self) -> bool:
        """Whether it tells where the repair stands now."""
        return self.event not in {"created", "comment"}


def changes(
    due: Iterable[SeenEvent], repairs: Mapping[int, RepairFacts], notified: Mapping[int, NotifiedStatus]
) -> tuple[list[Change], dict[Key, Outcome]]:
    """Return what is to be told of events that are due, and of the others what was made of them."""
    told: list[Change] = []
    outcomes: dict[Key, Outcome] = {}
    for events in _by_subject(due):
        keys = tuple(event.key for event in events)
        repair = repairs.get(events[-1].repair_id)
        found = _change(events, keys, repair, notified.get(events[-1].repair_id)) if repair else "nobody"
        if isinstance(found, Change):
            told.append(found)
        else:
            outcomes |= dict.fromkeys(keys, found)
    return told, outcomes


def together(changes_of_account: Sequence[Change]) -> list[list[Change]]:
    """Return what one account hears in one message each: several tools that are ready at one branch are one."""
    ready: defaultdict[int | None, list[Change]] = defaultdict(list)
    for change in changes_of_account:
        if change.event == READY:
            ready[change.repair.branch_id].append(change)
    alone = [[change] for change in changes_of_account if change.event != READY]
    return [*alone, *ready.values()]


def braked(
    accounts_of: Sequence[tuple[Change, Collection[int]]], lately: Mapping[str, int], above: int
) -> dict[str, list[Change]]:
    """Return the changes that wait for a person, by what they have in common: they concern too many clients at once.

    ``accounts_of`` are the accounts that would hear of each change; ``lately`` counts what was told, or waits, of the
    last ten minutes.
    """
    clients: defaultdict[str, set[int]] = defaultdict(set)
    for change, accounts in accounts_of:
        if not change.is_released:
            clients[change.about].update(accounts)
    too_many = {about for about, accounts in clients.items() if len(accounts) + lately.get(about, 0) > above}
    found: defaultdict[str, list[Change]] = defaultdict(list)
    for change, accounts in accounts_of:
        if accounts and not change.is_released and change.about in too_many:
            found[change.about].append(change)
    return found


def _by_subject(due: Iterable[SeenEvent]) -> list[list[SeenEvent]]:
    """Return a repair's statuses together, in the order in which they were recorded, and everything else alone."""
    groups: defaultdict[tuple[object, ...], list[SeenEvent]] = defaultdict(list)
    for event in due:
        groups[(event.repair_id, "status") if event.kind == "status" else event.key].append(event)
    return [sorted(events, key=lambda event: (event.happened_at, event.event_id)) for events in groups.values()]


def _change(
    events: Sequence[SeenEvent], keys: tuple[Key, ...], repair: RepairFacts, notified: NotifiedStatus | None
) -> Change | Outcome:
    last = events[-1]
    is_released = all(event.brake_id is not None for event in events)
    change = Change(last.kind, repair, keys, last.period, last.happened_at, is_released=is_released)
    if last.kind == "created":
        return change
    if last.kind == "comment":
        return change if last.author == "staff" and last.is_for_customer else "nobody"
    moved = transition(notified, events[0].old_status, repair.status)
    if moved is None or (notified is not None and notified.status_group == repair.status_group):
        return "nothing_new"
    if moved.is_set_back:
        return replace(change, event=SET_BACK, former_status=moved.former_status, withdrawn=notified)
    if repair.status_group not in CAN_BE_TOLD:
        return "no_words"
    return replace(change, event=repair.status_group, former_status=moved.former_status)
