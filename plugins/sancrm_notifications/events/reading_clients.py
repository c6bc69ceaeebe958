"""Reads what is known of the clients of some customers, from the CRM and the ledger, at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications import databases, settings
from sancrm_notifications.crm import event_facts
from sancrm_notifications.events.clients import Clients
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger import feeds
from sancrm_notifications.ledger.recipients import willing_bindings
from sancrm_notifications.ledger.wording import present_texts, switches
from sancrm_notifications.schedule.crons import time_zone

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg


def read_clients(
    crm: psycopg.Connection, conninfo: str, customers: Collection[int], shipped_on: Collection[str]
) -> Clients:
    """Return what is known of these customers now; ``shipped_on`` are the events that are told out of the box.

    :raises psycopg.Error: a database cannot be reached
    """
    chosen = settings.load()
    phones = event_facts.phones_of(crm, customers, chosen.phone_region)
    numbers = frozenset().union(*phones.values())
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        bindings = willing_bindings(ledger, numbers, customers)
        wording = Wording(shipped_on, present_texts(ledger, "client"), switches(ledger, "client"))
        now = feeds.ledger_now(ledger)
    shared = {binding.phone for binding in bindings if binding.phone is not None}
    return Clients(
        now=now,
        settings=chosen,
        zone=time_zone(),
        branches=event_facts.branches(crm),
        bearers=event_facts.bearers_of(crm, shared, chosen.phone_region),
        unwilling=event_facts.unwilling(crm, customers),
        bindings=bindings,
        wording=wording,
    )
