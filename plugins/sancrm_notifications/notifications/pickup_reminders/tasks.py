"""The tasks of pickup reminders: from repairs that wait in the CRM to messages stored for their clients."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sancrm_notifications import connections, databases, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.crm import event_facts
from sancrm_notifications.crm.repair_events import crm_now
from sancrm_notifications.crm.uncollected_repairs import Uncollected, uncollected_repairs
from sancrm_notifications.events.client_words import unusable
from sancrm_notifications.events.reading_clients import read_clients
from sancrm_notifications.ledger import feeds, pickups
from sancrm_notifications.ledger.alone import alone
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.ledger.storing import Batch, store_within
from sancrm_notifications.notifications.pickup_reminders import messages
from sancrm_notifications.notifications.pickup_reminders.drafts import Drafts, Facts, drafts
from sancrm_notifications.notifications.pickup_reminders.rules import LONGEST_WAIT, NOTIFICATION, was_off
from sancrm_notifications.notifications.pickup_reminders.wording import SHIPPED_ON
from sancrm_notifications.schedule.crons import calendar, time_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg
    from airflow.sdk import Context

log = logging.getLogger(__name__)

_FAULT_KEPT = timedelta(days=2)


def compute(context: Context) -> list[dict[str, Any]]:
    """Return the repairs that wait to be collected: ``repair_id``, ``ready_at`` and ``is_asked_for``.

    The first run only begins.

    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached
    """
    written = context["params"].get("since")
    since = datetime.fromisoformat(written) if written else None
    source = connections.source_conninfo()
    with explained(database=connections.SOURCE), databases.connect(source, databases.SOURCE) as crm:
        begins = _begins_at(crm_now(crm))
        found = uncollected_repairs(crm, min(begins, since) if since else begins, LONGEST_WAIT)
    return [
        {
            "repair_id": entry.repair_id,
            "ready_at": entry.ready_at.isoformat(),
            "is_asked_for": since is not None and entry.ready_at >= since,
        }
        for entry in found
    ]


def describe(waiting: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a person is asked before more than ``bulk_above`` clients are reminded, and of which repairs.

    ``waiting`` are the rows of :func:`compute`; an empty ``question``: nobody is asked.

    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached
    """
    with explained():
        made = _made(connections.ledger_conninfo(), waiting)
        above = settings.load().bulk_above
    clients = len({draft.message.destination for draft in made.reminders})
    question = messages.question(list(made.repairs.values()), clients) if clients > above else ""
    return {"question": question, "repair_ids": sorted(made.repairs)}


def format_messages(waiting: Sequence[Mapping[str, Any]], context: Context) -> dict[str, Any]:
    """Write down who is reminded; return which batch to deliver, and counts.

    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached
    """
    with explained():
        conninfo = connections.ledger_conninfo()
        with alone(conninfo, NOTIFICATION):
            made = _made(conninfo, waiting)
            with databases.connect(conninfo, databases.LEDGER) as ledger:
                _write(ledger, made, context)
    for text_id, fault in made.faults.items():
        log.error("the text %d does not work, the one that ships goes out instead: %s", text_id, fault)
    return {
        "batch": NOTIFICATION,
        "subjects": None,
        "is_backfill": False,
        "withheld": None,
        "waiting": len(waiting),
        "messages": len(made.reminders),
    }


def _begins_at(now: datetime) -> datetime:
    """Return since when what became ready is reminded of, by the CRM's clock; note that the DAG has looked."""
    zone = ZoneInfo(time_zone())
    with databases.connect(connections.ledger_conninfo(), databases.LEDGER) as ledger:
        upgrade(ledger)
        known = feeds.feed_of(ledger, NOTIFICATION, LONGEST_WAIT)
        looked_at = known.looked_at if known else None
        today = feeds.ledger_now(ledger).astimezone(zone).date()
        if known is None or (looked_at and was_off(looked_at.astimezone(zone).date(), today, calendar())):
            log.warning("the DAG was just switched on: nobody is reminded of what became ready before")
            feeds.switch_on(ledger, NOTIFICATION, now)
            begins = now
        else:
            begins = known.switched_on_at
        feeds.note_look(ledger, NOTIFICATION, is_long=False)
    return begins


def _made(conninfo: str, waiting: Sequence[Mapping[str, Any]]) -> Drafts:
    """Read what is known of these repairs now, and decide."""
    if not waiting:
        return Drafts()
    entries = [
        Uncollected(row["repair_id"], datetime.fromisoformat(row["ready_at"]), bool(row.get("is_asked_for")))
        for row in waiting
    ]
    source = connections.source_conninfo()
    with explained(database=connections.SOURCE), databases.connect(source, databases.SOURCE) as crm:
        repairs = event_facts.repairs(crm, {entry.repair_id for entry in entries})
        customers = {repair.customer_id for repair in repairs.values() if repair.customer_id is not None}
        clients = read_clients(crm, conninfo, customers, SHIPPED_ON)
        now = crm_now(crm)
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        pickups.forget_unsent(ledger, NOTIFICATION, repairs.keys(), time_zone())
        reminded = pickups.reminded(ledger, repairs.keys())
    return drafts(Facts(clients, now, entries, repairs, reminded, calendar()))


def _write(ledger: psycopg.Connection, made: Drafts, context: Context) -> None:
    """Store the reminders and that they were made, all of it or nothing."""
    today = feeds.ledger_now(ledger).astimezone(ZoneInfo(time_zone())).date().isoformat()
    for draft in made.reminders:
        store_within(ledger, _batch(today, draft.keep, context), [draft.message])
    for text_id, fault in made.faults.items():
        store_within(ledger, _batch("texts", _FAULT_KEPT, context), [unusable(text_id, fault)])
    pickups.note_reminded(ledger, made.repairs.keys())


def _batch(period: str, keep: timedelta, context: Context) -> Batch:
    return Batch(
        NOTIFICATION,
        period,
        NOTIFICATION,
        keep,
        unknown_policy="hold",
        dag_id=context["dag"].dag_id,
        run_id=context["dag_run"].run_id,
    )
