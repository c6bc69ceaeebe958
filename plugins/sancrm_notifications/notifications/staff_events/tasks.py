"""The tasks of staff events: from what the CRM has recorded to messages stored for the teams."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications import connections, databases, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.crm import event_facts
from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.events import computing
from sancrm_notifications.events.rules import MOST_DECIDED, SETTLE, overtaken
from sancrm_notifications.events.wording import Occasion, Wording
from sancrm_notifications.ledger import feeds
from sancrm_notifications.ledger.alone import alone
from sancrm_notifications.ledger.comments import copied
from sancrm_notifications.ledger.recipients import stored_of_late
from sancrm_notifications.ledger.storing import Batch, store_within
from sancrm_notifications.ledger.wording import present_texts, switches
from sancrm_notifications.notifications.staff_events import messages
from sancrm_notifications.notifications.staff_events.rules import NOTIFICATION, StaffEvent, shared, staff_events
from sancrm_notifications.notifications.staff_events.wording import NAMES, SHIPPED_ON, default_text
from sancrm_notifications.text.template import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg
    from airflow.sdk import Context

    from sancrm_notifications.ledger.feeds import Key, Outcome, SeenEvent
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)

_KEPT = timedelta(hours=12)


@dataclass
class Drafts:
    """What a run writes down: messages with the events that each tells, what was made of events or is decided later."""

    messages: list[tuple[Message, list[StaffEvent]]] = field(default_factory=list)
    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    put_off: dict[Key, timedelta] = field(default_factory=dict)
    faults: dict[int, TemplateError] = field(default_factory=dict)


def compute(context: Context) -> dict[str, int]:
    """Note what the CRM has recorded; see :func:`computing.compute`."""
    return computing.compute(NOTIFICATION, context)


def format_messages(context: Context) -> dict[str, Any]:
    """Write down what staff are told; return which batch to deliver, and counts.

    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached
    """
    with explained():
        conninfo = connections.ledger_conninfo()
        with alone(conninfo, NOTIFICATION):
            with databases.connect(conninfo, databases.LEDGER) as ledger:
                due = feeds.due_events(ledger, NOTIFICATION, MOST_DECIDED)
            made = _made(conninfo, due)
            with databases.connect(conninfo, databases.LEDGER) as ledger:
                _write(ledger, made, context)
    for text_id, fault in made.faults.items():
        log.error("the text %d does not work, the one that ships goes out instead: %s", text_id, fault)
    return {
        "batch": NOTIFICATION,
        "subjects": None,
        "is_backfill": False,
        "withheld": None,
        "due": len(due),
        "messages": len(made.messages),
        **Counter[str](made.outcomes.values()),
    }


def _made(conninfo: str, due: Sequence[SeenEvent]) -> Drafts:
    """Read what is known of these events, and decide."""
    if not due:
        return Drafts()
    source = connections.source_conninfo()
    with explained(database=connections.SOURCE), databases.connect(source, databases.SOURCE) as crm:
        repairs = event_facts.repairs(crm, {event.repair_id for event in due})
        branches = event_facts.branches(crm)
        commented = [event.key for event in due if event.kind == "comment"]
        comments = event_facts.comments(crm, commented)
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        notified = feeds.notified_statuses(ledger, NOTIFICATION, repairs.keys())
        wording = Wording(SHIPPED_ON, present_texts(ledger, "staff"), switches(ledger, "staff"))
        of_late = stored_of_late(ledger, NOTIFICATION)
        clients = {event.key: (event.repair_id, comments[event.key]) for event in due if comments.get(event.key)}
        ours = copied(ledger, clients)
    # What clients wrote to the bot the team has read already: the CRM has only copied it.
    moving = overtaken(due, repairs)
    told, outcomes = staff_events([event for event in due if event.key not in ours | moving], repairs, notified)
    outcomes |= dict.fromkeys(ours, "nothing_new")
    happened_at = {event.key: event.happened_at for event in due}
    wanted = [
        event for event in told if wording.is_told(event.event, event.repair.branch_id, happened_at[event.keys[-1]])
    ]
    made = Drafts(
        outcomes={**outcomes, **{key: "no_words" for event in told for key in event.keys}},
        put_off=dict.fromkeys(moving, SETTLE),
    )
    view = messages.View(branches, _links())
    for group in shared(wanted, of_late):
        written = messages.digest(group) if len(group) > 1 else _one(made, group[0], view, wording, comments)
        made.messages.append((written, group))
        made.outcomes |= dict.fromkeys((key for event in group for key in event.keys), "notified")
    return made


def _one(
    made: Drafts, event: StaffEvent, view: messages.View, wording: Wording, comments: Mapping[Key, str]
) -> Message:
    """Return the message about one event: in the office's words, or in those that ship where they fail."""
    comment = comments.get(event.keys[-1], "")
    repair = event.repair
    stored = wording.text(Occasion(event.event, repair.branch_id, event.former_status, repair.status))
    if stored is not None:
        try:
            own = wording.template(stored, NAMES)
            return messages.message(event, view, own, comment=comment, text_id=stored.text_id)
        except TemplateError as fault:
            made.faults[stored.text_id] = fault
    return messages.message(event, view, default_text(event.event), comment=comment)


def _links() -> CardLinks | None:
    chosen = settings.load()
    return CardLinks(chosen.crm_base_url, chosen.repair_card_path) if chosen.crm_base_url else None


def _write(ledger: psycopg.Connection, made: Drafts, context: Context) -> None:
    """Store the messages and what was made of the events, all of it or nothing."""
    for message, events in made.messages:
        store_within(ledger, _batch(events[0].period, context), [message])
        for event in events:
            if event.event == "status":
                feeds.note_notified(
                    ledger,
                    NOTIFICATION,
                    event.repair.repair_id,
                    status=event.repair.status,
                    status_group=event.repair.status_group,
                    former_status=event.former_status,
                    period=events[0].period,
                )
    for text_id, fault in made.faults.items():
        store_within(ledger, _batch("texts", context), [messages.unusable(text_id, fault)])
    feeds.decide(ledger, NOTIFICATION, made.outcomes)
    feeds.put_off(ledger, NOTIFICATION, made.put_off)


def _batch(period: str, context: Context) -> Batch:
    return Batch(
        NOTIFICATION,
        period,
        NOTIFICATION,
        _KEPT,
        dag_id=context["dag"].dag_id,
        run_id=context["dag_run"].run_id,
    )
