"""The tasks of client statuses: from what the CRM has recorded to messages stored for the clients whose it is."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from sancrm_notifications import connections, databases
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.crm import event_facts
from sancrm_notifications.events import computing
from sancrm_notifications.events.client_words import unusable
from sancrm_notifications.events.reading_clients import read_clients
from sancrm_notifications.events.rules import MOST_DECIDED, SETTLE, overtaken
from sancrm_notifications.ledger import brakes, feeds
from sancrm_notifications.ledger.alone import alone
from sancrm_notifications.ledger.history import messages_about
from sancrm_notifications.ledger.revising import revise_within
from sancrm_notifications.ledger.storing import Batch, store_within
from sancrm_notifications.notifications.client_statuses import messages
from sancrm_notifications.notifications.client_statuses.drafts import Drafts, Facts, drafts
from sancrm_notifications.notifications.client_statuses.rules import BULK, NOTIFICATION, changes
from sancrm_notifications.notifications.client_statuses.wording import SHIPPED_ON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg
    from airflow.sdk import Context

    from sancrm_notifications.ledger.feeds import SeenEvent
    from sancrm_notifications.notifications.client_statuses.rules import Change

log = logging.getLogger(__name__)

_EDIT_KEPT = timedelta(hours=12)
_FAULT_KEPT = timedelta(days=2)


def compute(context: Context) -> dict[str, int]:
    """Note what the CRM has recorded; see :func:`computing.compute`."""
    return computing.compute(NOTIFICATION, context)


def format_messages(context: Context) -> dict[str, Any]:
    """Write down what clients are told; return which batch to deliver, and counts.

    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached
    """
    with explained():
        conninfo = connections.ledger_conninfo()
        with alone(conninfo, NOTIFICATION):
            with databases.connect(conninfo, databases.LEDGER) as ledger:
                feeds.reopen_expired(ledger, NOTIFICATION)
                brakes.refuse_old(ledger, NOTIFICATION)
                due = feeds.due_events(ledger, NOTIFICATION, MOST_DECIDED)
            made = _made(conninfo, due)
            with databases.connect(conninfo, databases.LEDGER) as ledger:
                opened = _write(ledger, made, context, NOTIFICATION)
    for text_id, fault in made.faults.items():
        log.error("the text %d does not work, the one that ships goes out instead: %s", text_id, fault)
    counts = Counter[str](made.outcomes.values())
    return {
        "batch": NOTIFICATION,
        "subjects": None,
        "is_backfill": False,
        "withheld": None,
        "due": len(due),
        "messages": len(made.messages),
        "put_off": len(made.put_off),
        "brakes": opened,
        **counts,
    }


def describe(context: Context) -> str:
    """Return what a person is asked about: how many repairs, and their codes.

    :raises AirflowSkipException: nothing waits any more
    """
    with explained(), databases.connect(connections.ledger_conninfo(), databases.LEDGER) as ledger:
        waiting = brakes.braked_events(ledger, context["params"]["brake_ids"])
    if not waiting:
        raise AirflowSkipException("nothing waits behind these brakes any more")
    source = connections.source_conninfo()
    with explained(database=connections.SOURCE), databases.connect(source, databases.SOURCE) as crm:
        found = event_facts.repairs(crm, {event.repair_id for event in waiting})
    return messages.question(list(found.values()))


def release(context: Context) -> dict[str, Any]:
    """Write down what a person has let be told; return which batch to deliver, behind everything else.

    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached
    """
    brake_ids = context["params"]["brake_ids"]
    with explained():
        conninfo = connections.ledger_conninfo()
        with alone(conninfo, NOTIFICATION):
            with databases.connect(conninfo, databases.LEDGER) as ledger:
                waiting = brakes.braked_events(ledger, brake_ids)
            made = _made(conninfo, waiting)
            with databases.connect(conninfo, databases.LEDGER) as ledger:
                brakes.release(ledger, brake_ids)
                _write(ledger, made, context, BULK)
    delivery = {"batch": BULK, "subjects": None, "is_backfill": True, "withheld": None}
    return {**delivery, "messages": len(made.messages), "put_off": len(made.put_off)}


def _made(conninfo: str, due: Sequence[SeenEvent]) -> Drafts:
    """Read what is known of these events, and decide."""
    if not due:
        return Drafts()
    source = connections.source_conninfo()
    with explained(database=connections.SOURCE), databases.connect(source, databases.SOURCE) as crm:
        repairs = event_facts.repairs(crm, {event.repair_id for event in due})
        with databases.connect(conninfo, databases.LEDGER) as ledger:
            notified = feeds.notified_statuses(ledger, NOTIFICATION, repairs.keys())
        moving = overtaken(due, repairs)
        told, outcomes = changes([event for event in due if event.key not in moving], repairs, notified)
        made = drafts(told, _facts(crm, conninfo, told))
    made.outcomes |= outcomes
    made.put_off |= dict.fromkeys(moving, SETTLE)
    return made


def _facts(crm: psycopg.Connection, conninfo: str, told: Iterable[Change]) -> Facts:
    told = list(told)
    customers = {change.repair.customer_id for change in told if change.repair.customer_id is not None}
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        lately = brakes.lately_about(ledger, NOTIFICATION)
    commented = [change.keys[-1] for change in told if change.event == "comment"]
    return Facts(
        clients=read_clients(crm, conninfo, customers, SHIPPED_ON),
        lately=lately,
        comments=event_facts.comments(crm, commented),
        earlier={
            change.withdrawn.period: messages_about(conninfo, NOTIFICATION, change.withdrawn.period)
            for change in told
            if change.withdrawn is not None
        },
    )


def _write(ledger: psycopg.Connection, made: Drafts, context: Context, name: str) -> list[int]:
    """Store the messages and what was made of the events, all of it or nothing; return the brakes that are new.

    ``name`` is the batch that delivers them.
    """
    for draft in made.messages:
        store_within(ledger, _batch(name, draft.period, draft.keep, context), [draft.message])
        for change in filter(attrgetter("is_status"), draft.changes):
            feeds.note_notified(
                ledger,
                NOTIFICATION,
                change.repair.repair_id,
                status=change.repair.status,
                status_group=change.repair.status_group,
                former_status=change.former_status if change.withdrawn is None else None,
                period=draft.period,
            )
    for text_id, fault in made.faults.items():
        store_within(ledger, _batch(name, "texts", _FAULT_KEPT, context), [unusable(text_id, fault)])
    for revision in made.revisions:
        revise_within(ledger, _batch(name, revision.period, _EDIT_KEPT, context), [revision])
    feeds.decide(ledger, NOTIFICATION, made.outcomes)
    feeds.put_off(ledger, NOTIFICATION, made.put_off)
    return [brakes.brake(ledger, NOTIFICATION, about, keys) for about, keys in made.braked.items()]


def _batch(name: str, period: str, keep: timedelta, context: Context) -> Batch:
    return Batch(
        NOTIFICATION,
        period,
        name,
        keep,
        unknown_policy="hold",
        dag_id=context["dag"].dag_id,
        run_id=context["dag_run"].run_id,
    )
