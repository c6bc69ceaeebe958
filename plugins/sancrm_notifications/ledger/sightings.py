"""Remembers what a notification has seen and does not believe until it is seen again some time later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from datetime import timedelta


def note(conninfo: str, notification: str, sighting: str, keep: timedelta) -> timedelta:
    """Remember a sighting for ``keep`` and return how long ago it was first seen, by the ledger's clock.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    parameters = {"notification": notification, "sighting": sighting, "keep": keep}
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        connection.execute(query("erase_sightings"))
        ((age,),) = connection.execute(query("note_sighting"), parameters).fetchall()
    first_seen_ago: timedelta = age
    return first_seen_ago


def forget(conninfo: str, notification: str, sighting: str) -> None:
    """Forget a sighting: what was seen is seen no longer.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        connection.execute(query("forget_sighting"), {"notification": notification, "sighting": sighting})
