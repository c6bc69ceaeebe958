"""From changes to the messages that say them: who hears what, in which words, and what waits for the morning."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sancrm_notifications.events.wording import Occasion
from sancrm_notifications.ledger.revising import Revision
from sancrm_notifications.notifications.client_statuses import messages
from sancrm_notifications.notifications.client_statuses.rules import SEVERAL_READY, braked, together
from sancrm_notifications.notifications.client_statuses.wording import NAMES, default_text
from sancrm_notifications.text.template import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from sancrm_notifications.events.clients import Clients
    from sancrm_notifications.ledger.feeds import Key, Outcome
    from sancrm_notifications.ledger.history import StoredMessage
    from sancrm_notifications.notifications.client_statuses.rules import Change
    from sancrm_notifications.text.message import Message


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when messages are written."""

    clients: Clients
    comments: Mapping[Key, str] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[StoredMessage]] = field(default_factory=dict)
    """By period, the messages that may hold no longer."""
    lately: Mapping[str, int] = field(default_factory=dict)
    """How much was told within ten minutes, or waits for a person, by what it is about."""


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
    faults: dict[int, TemplateError] = field(default_factory=dict)
    """The office's texts that did not work, by id, and why."""


def drafts(changes: Sequence[Change], facts: Facts) -> Drafts:
    """Return what is to be written down about changes."""
    made = Drafts()
    told: list[tuple[Change, dict[int, int]]] = []
    clients = facts.clients
    for change in changes:
        branch_id = change.repair.branch_id
        heard = clients.hearing(change.repair.customer_id, change.happened_at)
        delay = clients.quiet_for(change.event, branch_id)
        if not clients.wording.is_told(change.event, branch_id, change.happened_at):
            made.outcomes |= dict.fromkeys(change.keys, "no_words")
        elif not heard:
            made.outcomes |= dict.fromkeys(change.keys, "nobody")
        elif delay is not None:
            made.put_off |= dict.fromkeys(change.keys, delay)
        else:
            told.append((change, heard))
    waiting = braked(told, facts.lately, clients.settings.bulk_above)
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
    view, period = facts.clients.view(change.repair.branch_id), change.withdrawn.period
    return [
        Revision(period, messages.withdrawn(change, stored.destination, view), is_withdrawn=True)
        for stored in facts.earlier.get(period, ())
        if stored.figures.get("repair_ids") == [change.repair.repair_id]
    ]


def _write(made: Drafts, group: list[Change], destination: str, facts: Facts) -> None:
    first = group[0]
    branch_id = first.repair.branch_id
    view = facts.clients.view(branch_id)
    event = SEVERAL_READY if len(group) > 1 else first.event
    occasion = Occasion(event, branch_id, first.former_status, first.repair.status)
    comment = facts.comments.get(first.keys[-1], "")
    stored = facts.clients.wording.text(occasion)
    message = None
    if stored is not None:
        try:
            own = facts.clients.wording.template(stored, NAMES)
            message = messages.message(
                group, destination, view, own, event=event, comment=comment, text_id=stored.text_id
            )
        except TemplateError as fault:
            # A value that is gone must park nothing: the text that ships goes out, and the office is told.
            made.faults[stored.text_id] = fault
    if message is None:
        message = messages.message(group, destination, view, default_text(event), event=event, comment=comment)
    # It must not be tried again at night: in the morning it is decided about anew.
    keep = facts.clients.quiet_in(event, branch_id)
    made.messages.append(Draft(message, first.period, keep, tuple(group)))
    made.outcomes |= dict.fromkeys((key for change in group for key in change.keys), "notified")
