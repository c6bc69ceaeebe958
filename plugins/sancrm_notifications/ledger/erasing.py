"""Forgets the texts of old messages, in portions, so that no delivery waits long for a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from datetime import timedelta

# A portion is one short transaction: its rows are locked for some hundredths of a second.
PORTION = 2000


@dataclass(frozen=True, slots=True)
class Erased:
    """How many messages (parts) have lost their text, and how many previews (parts) and updates are gone."""

    texts: int
    previews: int
    updates: int = 0


def erase(conninfo: str, keep: timedelta) -> Erased:
    """Erase text, rich form and buttons of messages that were sent, or settled otherwise, longer than ``keep`` ago.

    What came to the bot, or was decided about an event, before that goes altogether, and so does the account of whom
    nothing else is left.

    Key, figures, state, attempts and times stay: they are what keeps a message from coming twice.  What can still be
    sent keeps its text, however old.  May be run at any time, also twice at once.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    texts = 0
    reached = datetime.min.replace(tzinfo=UTC)
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        previews = connection.execute(query("erase_previews"), {"keep": keep}).rowcount
        connection.execute(query("erase_sightings"))
        connection.execute(query("erase_code_tries"))
        connection.execute(query("erase_comments"), {"keep": keep})
        connection.execute(query("erase_replies"), {"keep": keep})
    while True:
        portion = {"keep": keep, "reached": reached, "most": PORTION}
        with databases.connect(conninfo, databases.LEDGER) as connection:
            row = connection.execute(query("erase_texts"), portion).fetchone()
        if row is None or row[0] == 0:
            updates = _erase_rows(conninfo, query("erase_inbox"), keep)
            _erase_rows(conninfo, query("erase_seen_events"), keep)
            _forget_people(conninfo)
            return Erased(texts, previews, updates)
        texts += row[0]
        reached = row[1]


def _erase_rows(conninfo: str, statement: bytes, keep: timedelta) -> int:
    """Delete rows portion by portion; return how many."""
    rows = 0
    while True:
        with databases.connect(conninfo, databases.LEDGER) as connection:
            portion = connection.execute(statement, {"keep": keep, "most": PORTION}).rowcount
        rows += portion
        if portion < PORTION:
            return rows


def _forget_people(conninfo: str) -> None:
    with databases.connect(conninfo, databases.LEDGER) as connection:
        connection.execute(query("forget_people"))
