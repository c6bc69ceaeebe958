"""From repairs that wait to the reminders that say so: whose turn it is today, and in which words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sancrm_notifications.events.wording import Occasion
from sancrm_notifications.notifications.pickup_reminders import messages
from sancrm_notifications.notifications.pickup_reminders.rules import is_due, pace_of, together
from sancrm_notifications.notifications.pickup_reminders.wording import NAMES, REMINDER, SEVERAL, default_text
from sancrm_notifications.text.template import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.crm.uncollected_repairs import Uncollected
    from sancrm_notifications.events.clients import Clients
    from sancrm_notifications.ledger.pickups import Reminded
    from sancrm_notifications.schedule.working_days import Calendar
    from sancrm_notifications.text.message import Message


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when reminders are written; ``repairs`` are those that wait, as they stand now, by id.

    ``crm_now`` is the present moment by the clock of the CRM's database.
    """

    clients: Clients
    crm_now: datetime
    waiting: Sequence[Uncollected]
    repairs: Mapping[int, RepairFacts]
    reminded: Mapping[int, Reminded]
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Draft:
    """A reminder to be stored, for how long it is worth sending, and of which repairs it reminds."""

    message: Message
    keep: timedelta
    repairs: tuple[RepairFacts, ...]


@dataclass
class Drafts:
    """What a run writes down."""

    reminders: list[Draft] = field(default_factory=list)
    faults: dict[int, TemplateError] = field(default_factory=dict)
    """The office's texts that did not work, by id, and why."""

    @property
    def repairs(self) -> dict[int, RepairFacts]:
        """The repairs of which somebody is reminded, by id."""
        return {repair.repair_id: repair for draft in self.reminders for repair in draft.repairs}


def drafts(facts: Facts) -> Drafts:
    """Return the reminders of today."""
    of_account: defaultdict[int, list[tuple[RepairFacts, int]]] = defaultdict(list)
    for entry in facts.waiting:
        repair = facts.repairs.get(entry.repair_id)
        if repair is not None and _is_told(entry, repair, facts):
            # A reminder is an event of this moment: who is bound now hears of it.
            heard = facts.clients.hearing(repair.customer_id, facts.clients.now)
            for account, binding_id in heard.items():
                of_account[account].append((repair, binding_id))
    made = Drafts()
    for heard_by_account in of_account.values():
        bindings = {repair.repair_id: binding_id for repair, binding_id in heard_by_account}
        for group in together(repair for repair, _ in heard_by_account):
            _write(made, group, f"client:{min(bindings[repair.repair_id] for repair in group)}", facts)
    return made


def _is_told(entry: Uncollected, repair: RepairFacts, facts: Facts) -> bool:
    clients, branch_id = facts.clients, repair.branch_id
    view = clients.view(branch_id)
    # The CRM's clock may be wrong: how long it has waited is not.
    ready_at = clients.now - (facts.crm_now - entry.ready_at)
    known = facts.reminded.get(repair.repair_id)
    since = known.last_at if known is not None and known.last_at is not None else ready_at
    pace = pace_of(clients.wording.reminding(REMINDER, branch_id))
    return (
        repair.status_group == "ready"
        and is_due(known, view.day(since), view.now.date(), pace, facts.calendar)
        and (
            clients.wording.is_on(REMINDER, branch_id)
            if entry.is_asked_for
            else clients.wording.is_told(REMINDER, branch_id, ready_at)
        )
        and clients.quiet_for(REMINDER, branch_id) is None
    )


def _write(made: Drafts, group: list[RepairFacts], destination: str, facts: Facts) -> None:
    branch_id = group[0].branch_id
    view = facts.clients.view(branch_id)
    event = SEVERAL if len(group) > 1 else REMINDER
    stored = facts.clients.wording.text(Occasion(event, branch_id, to_status=group[0].status))
    message = None
    if stored is not None:
        try:
            own = facts.clients.wording.template(stored, NAMES)
            message = messages.message(group, destination, view, own, event=event, text_id=stored.text_id)
        except TemplateError as fault:
            # A value that is gone must park nothing: the text that ships goes out, and the office is told.
            made.faults[stored.text_id] = fault
    if message is None:
        message = messages.message(group, destination, view, default_text(event), event=event)
    # It must not be tried again at night.
    made.reminders.append(Draft(message, facts.clients.quiet_in(REMINDER, branch_id), tuple(group)))
