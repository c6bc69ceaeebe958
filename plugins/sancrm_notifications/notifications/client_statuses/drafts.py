"""From changes to the messages that say them: who hears what, in which words, and what waits for the morning."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sancrm_notifications.events.recipients import by_customer, recipients
from sancrm_notifications.events.wording import Occasion, Wording
from sancrm_notifications.ledger.revising import Revision
from sancrm_notifications.notifications.client_statuses import messages
from sancrm_notifications.notifications.client_statuses.messages import View
from sancrm_notifications.notifications.client_statuses.rules import SEVERAL_READY, braked, together
from sancrm_notifications.notifications.client_statuses.wording import NAMES, SHIPPED_ON, default_text
from sancrm_notifications.text.template import TemplateError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sancrm_notifications.crm.clients import Branch
    from sancrm_notifications.ledger.feeds import Key, Outcome
    from sancrm_notifications.ledger.history import StoredMessage
    from sancrm_notifications.ledger.recipients import WillingBinding
    from sancrm_notifications.notifications.client_statuses.rules import Change
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when messages are written; ``now`` is an aware instant of the ledger's clock.

    ``phones`` are the customers' numbers, ``bearers`` the customers of each of these numbers, ``unwilling`` the
    customers of whom the CRM knows that they want no messages.
    """

    now: datetime
    settings: Settings
    zone: str
    branches: Mapping[int, Branch]
    phones: Mapping[int, frozenset[str]]
    bearers: Mapping[str, frozenset[int]]
    unwilling: frozenset[int]
    bindings: Sequence[WillingBinding]
    comments: Mapping[Key, str] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[StoredMessage]] = field(default_factory=dict)
    """By period, the messages that may hold no longer."""
    lately: Mapping[str, int] = field(default_factory=dict)
    """How much was told within ten minutes, or waits for a person, by what it is about."""
    wording: Wording = field(default_factory=lambda: Wording(SHIPPED_ON))

    def view(self, branch_id: int | None) -> View:
        """Return what a message of a branch is written for."""
        branch = self.branches.get(branch_id) if branch_id is not None else None
        return View(
            now=self.now.astimezone(self._zone(branch)),
            branch=branch,
            region=self.settings.phone_region,
            company=self.settings.company_name,
            whole_roubles=self.settings.whole_roubles,
        )

    def _zone(self, branch: Branch | None) -> ZoneInfo:
        try:
            return ZoneInfo((branch and branch.time_zone) or self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be stored: under which period, and for how long it is worth sending; which changes it tells."""

    message: Message
    period: str
    keep: timedelta
    changes: tuple[Change, ...]


@dataclass
class Drafts:
    """What a run writes down: messages, what was made of events, and events that are decided about later."""

    messages: list[Draft] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    put_off: dict[Key, timedelta] = field(default_factory=dict)
    braked: dict[str, list[Key]] = field(default_factory=dict)
    """What waits for a person, by what it is about."""
    faults: list[tuple[int, TemplateError]] = field(default_factory=list)
    """Ids of the office's texts that did not work, and why."""


def drafts(changes: Sequence[Change], facts: Facts) -> Drafts:
    """Return what is to be written down about changes."""
    made = Drafts()
    told: list[tuple[Change, dict[int, int]]] = []
    concerned = by_customer(facts.bindings, facts.bearers)
    for change in changes:
        branch_id = change.repair.branch_id
        heard = _recipients(change, facts, concerned)
        delay = facts.wording.quiet_hours(change.event, branch_id).delay(facts.view(branch_id).now)
        if not facts.wording.is_told(change.event, branch_id, change.happened_at):
            made.outcomes |= dict.fromkeys(change.keys, "no_words")
        elif not heard:
            made.outcomes |= dict.fromkeys(change.keys, "nobody")
        elif delay is not None:
            made.put_off |= dict.fromkeys(change.keys, delay)
        else:
            told.append((change, heard))
    waiting = braked(told, facts.lately, facts.settings.bulk_above)
    made.braked = {about: [key for change in held for key in change.keys] for about, held in waiting.items()}
    held = {key for keys in made.braked.values() for key in keys}
    _tell(made, [(change, heard) for change, heard in told if held.isdisjoint(change.keys)], facts)
    for change in changes:
        if held.isdisjoint(change.keys) and made.put_off.keys().isdisjoint(change.keys):
            made.revisions += _revisions(change, facts)
    return made


def _tell(made: Drafts, told: Sequence[tuple[Change, dict[int, int]]], facts: Facts) -> None:
    """Write what each account hears."""
    of_account: defaultdict[int, list[tuple[Change, int]]] = defaultdict(list)
    for change, heard in told:
        for account, binding_id in heard.items():
            of_account[account].append((change, binding_id))
    for heard_by_account in of_account.values():
        bindings = {change.keys: binding_id for change, binding_id in heard_by_account}
        for group in together([change for change, _ in heard_by_account]):
            _write(made, group, f"client:{min(bindings[change.keys] for change in group)}", facts)


def _revisions(change: Change, facts: Facts) -> list[Revision]:
    """Return what messages say now that told a status which was set back; one about several tools stays."""
    if change.withdrawn is None:
        return []
    view, period = facts.view(change.repair.branch_id), change.withdrawn.period
    return [
        Revision(period, messages.withdrawn(change, stored.destination, view), is_withdrawn=True)
        for stored in facts.earlier.get(period, ())
        if stored.figures.get("repair_ids") == [change.repair.repair_id]
    ]


def _recipients(change: Change, facts: Facts, concerned: Mapping[int, Sequence[WillingBinding]]) -> dict[int, int]:
    customer_id = change.repair.customer_id
    if customer_id is None or customer_id in facts.unwilling:
        return {}
    bindings = concerned.get(customer_id, ())
    return recipients(bindings, customer_id, facts.bearers, happened_at=change.happened_at, now=facts.now)


def _write(made: Drafts, group: list[Change], destination: str, facts: Facts) -> None:
    first = group[0]
    branch_id = first.repair.branch_id
    view = facts.view(branch_id)
    event = SEVERAL_READY if len(group) > 1 else first.event
    occasion = Occasion(event, branch_id, first.former_status, first.repair.status)
    comment = facts.comments.get(first.keys[-1], "")
    stored = facts.wording.text(occasion)
    message = None
    if stored is not None:
        try:
            own = parse(stored.source, NAMES)
            message = messages.message(
                group, destination, view, own, event=event, comment=comment, text_id=stored.text_id
            )
        except TemplateError as fault:
            # A value that is gone must park nothing: the text that ships goes out, and the office is told.
            made.faults.append((stored.text_id, fault))
    if message is None:
        message = messages.message(group, destination, view, default_text(event), event=event, comment=comment)
    # It must not be tried again at night: in the morning it is decided about anew.
    keep = facts.wording.quiet_hours(event, branch_id).left(view.now)
    made.messages.append(Draft(message, first.period, keep, tuple(group)))
    made.outcomes |= dict.fromkeys((key for change in group for key in change.keys), "notified")
