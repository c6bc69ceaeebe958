"""Who is reminded today of a repair that waits to be collected: pure.

Source: docs/events.md, Reminders.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.ledger.pickups import Reminded
    from sancrm_notifications.ledger.wording import Switch
    from sancrm_notifications.schedule.working_days import Calendar

NOTIFICATION = "pickup_reminders"
LONGEST_WAIT = timedelta(days=180)
"""Of what has been ready for longer nobody is reminded: it is no longer forgotten, it is left."""
LONGEST_OFF = 2
"""After so many working days without a look the DAG was off, and begins anew; less is an outage."""


@dataclass(frozen=True, slots=True)
class Pace:
    """After how many working days a client is reminded, and again after the reminder before; how often at most."""

    after_days: int = 3
    most: int = 2


def pace_of(switched: Switch | None) -> Pace:
    """Return the pace that a person has chosen, else the one that ships."""
    if switched is None or switched.remind_after_days is None or switched.most_reminders is None:
        return Pace()
    return Pace(switched.remind_after_days, switched.most_reminders)


def is_due(known: Reminded | None, since: date, today: date, pace: Pace, calendar: Calendar) -> bool:
    """Tell whether a repair's client is reminded today; ``since``: when it got ready, or they were reminded last."""
    if known is not None and (known.is_over or known.number >= pace.most):
        return False
    return calendar.working_days_between(since, today) >= pace.after_days


def was_off(looked_on: date, today: date, calendar: Calendar) -> bool:
    """Tell whether the DAG was off since it looked last."""
    return calendar.working_days_between(looked_on, today) > LONGEST_OFF


def together(of_account: Iterable[RepairFacts]) -> list[list[RepairFacts]]:
    """Return what one account hears in one message each: all that waits at one branch."""
    by_branch: defaultdict[int | None, list[RepairFacts]] = defaultdict(list)
    for repair in of_account:
        by_branch[repair.branch_id].append(repair)
    return list(by_branch.values())
