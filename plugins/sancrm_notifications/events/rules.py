"""What is made of the events of one repair: which change of status is told, and when: pure.

Source: docs/events.md, What lasts is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.ledger.feeds import Key, NotifiedStatus, SeenEvent

LOOK_BACK = timedelta(minutes=15)
"""Each look reads what was recorded within this: a transaction is rarely open for longer."""
GREATEST_LATENESS = timedelta(hours=24)
"""A transaction of the CRM that is open for longer is outside of what is promised."""
LONG_LOOK_EVERY = timedelta(minutes=10)
"""How often a look reads as far back as an event may be late."""
SETTLE = timedelta(seconds=60)
"""A status that lasts for so long is told."""
LONGEST_PAUSE = timedelta(minutes=15)
"""A DAG that was paused for longer was off: what happened meanwhile is not told."""
MOST_DECIDED = 1000
"""So many events are decided about in one run: the next one begins at once while more is due."""


def overtaken(due: Iterable[SeenEvent], repairs: Mapping[int, RepairFacts]) -> set[Key]:
    """Return the statuses, of those that are due, of repairs that have gone on since they were looked at.

    The next look notes why, and then the new status has yet to last.  A CRM whose events do not say what its repairs
    say delays by no more than that.
    """
    statuses = [event for event in due if event.kind == "status"]
    statuses.sort(key=lambda event: (event.happened_at, event.event_id))
    last = {event.repair_id: event for event in statuses}
    gone_on = {
        repair_id
        for repair_id, event in last.items()
        if event.is_recent and repair_id in repairs and repairs[repair_id].status != event.new_status
    }
    return {event.key for event in statuses if event.repair_id in gone_on}


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of status to tell; ``is_set_back``: the status told last is taken back."""

    former_status: str | None
    status: str
    is_set_back: bool = False


def transition(notified: NotifiedStatus | None, first_former: str | None, present: str) -> Transition | None:
    """Return what to tell of a repair whose statuses have settled; None: nothing is new.

    ``first_former`` is the status before the first event that is not told yet, ``present`` the one that lasts: events
    become visible out of order, so the repair's own status says where it has come to. Of what told a status to be set
    back, no former status is remembered: to go forward again is a change like any other.
    """
    former = notified.status if notified else first_former
    if former == present:
        return None
    is_set_back = notified is not None and notified.former_status == present
    return Transition(former, present, is_set_back)
