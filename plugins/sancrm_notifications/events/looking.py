"""One look at the CRM's events: all that was recorded within the look-back is noted in the ledger, once each.

No watermark decides what is read: ids and instants become visible out of order, and whoever remembers the highest of
them loses events. The ledger's unique key knows what was seen.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications import databases
from sancrm_notifications.crm.repair_events import changes_are_indexed, crm_now, recent_changes, recent_events
from sancrm_notifications.events.rules import GREATEST_LATENESS, LONG_LOOK_EVERY, LOOK_BACK, SETTLE
from sancrm_notifications.ledger import feeds
from sancrm_notifications.ledger.recipients import is_anything_left
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from sancrm_notifications.crm.repair_events import Event
    from sancrm_notifications.ledger.feeds import Key

log = logging.getLogger(__name__)

_SECONDS = 30
_CRM = databases.Use(f"{databases.APPLICATION} events", is_reading=True, statement_seconds=_SECONDS)
_LEDGER = databases.Use(f"{databases.APPLICATION} events", statement_seconds=_SECONDS, lock_seconds=10)
_ONE_LOOK_DUE = 1


@dataclass(frozen=True, slots=True)
class Look:
    """What a look has brought: how many events are new here, and whether any is due."""

    new: int
    is_any_due: bool


class KeptConnection:
    """A connection for one transaction after the other; one that is lost is made anew by the next."""

    def __init__(self, conninfo: str, use: databases.Use) -> None:
        self._conninfo = conninfo
        self._use = use
        self._connection: psycopg.Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """Give the connection in a transaction that ends with the block.

        :raises psycopg.OperationalError: the database cannot be reached, or was lost on the way
        """
        if self._connection is None or self._connection.closed:
            self._connection = databases.connect(self._conninfo, self._use)
            self._connection.commit()
        try:
            with self._connection.transaction():
                self._connection.execute(*databases.settings(self._connection.info.server_version, self._use))
                yield self._connection
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Looking:
    """Looks at the feed for one notification, again and again."""

    def __init__(self, crm_conninfo: str, ledger_conninfo: str, feed: str, *, settle: timedelta = SETTLE) -> None:
        self._crm = KeptConnection(crm_conninfo, _CRM)
        self._ledger = KeptConnection(ledger_conninfo, _LEDGER)
        self._feed = feed
        self._settle = settle
        self._noted: frozenset[Key] = frozenset()  # by the look before: the ledger need not be told again
        self._is_upgraded = False
        self._has_no_events = False  # then the repairs themselves are asked

    def look(self, *, since: datetime | None = None) -> Look:
        """Note what is new within the look-back; ``since``: also what was recorded from then on.

        The first look of a notification only begins: what was recorded before is not notified.

        :raises psycopg.Error: a database cannot be reached, refuses the statement, or shows no events
        """
        with self._upgraded() as ledger:
            known = feeds.feed_of(ledger, self._feed, LONG_LOOK_EVERY)
        if known is None:
            self._begin()
            return Look(0, is_any_due=False)
        is_long = known.is_long_look_due or since is not None
        look_back = GREATEST_LATENESS if is_long else LOOK_BACK
        with self._crm.transaction() as crm:
            if since is not None:
                look_back = max(look_back, crm_now(crm) - since)
            events = self._recent(crm, look_back, min(since or known.switched_on_at, known.switched_on_at))
        unknown = [event for event in events if event.key not in self._noted]
        with self._ledger.transaction() as ledger:
            new = feeds.note_seen(ledger, self._feed, map(asdict, unknown), self._settle)
            feeds.note_look(ledger, self._feed, is_long=is_long)
            is_any_due = bool(feeds.due_events(ledger, self._feed, _ONE_LOOK_DUE))
        self._noted = frozenset(event.key for event in events)
        return Look(new, is_any_due)

    def note_woken(self, *, is_woken: bool) -> None:
        """Note that the wait has ended, or begins.

        :raises psycopg.Error: the ledger cannot be reached
        """
        with self._ledger.transaction() as ledger:
            feeds.note_woken(ledger, self._feed, is_woken=is_woken)

    def is_anything_left(self) -> bool:
        """Tell whether a delivery has left something that could be sent now.

        :raises psycopg.Error: the ledger cannot be reached
        """
        with self._ledger.transaction() as ledger:
            return is_anything_left(ledger, self._feed)

    def begin_anew_after(self, longest: timedelta) -> bool:
        """Begin with what is recorded from now on if the wait ended longer ago than that; return whether it did.

        :raises psycopg.Error: a database cannot be reached
        """
        with self._upgraded() as ledger:
            is_off = feeds.slept_through(ledger, self._feed, longest)
        if is_off:
            self._begin()
        return is_off

    def close(self) -> None:
        """Close both connections."""
        self._crm.close()
        self._ledger.close()

    def _begin(self) -> None:
        """Begin with what is recorded from now on."""
        with self._crm.transaction() as crm:
            now = crm_now(crm)
            self._recent(crm, LOOK_BACK, now)  # a CRM that shows no events switches nothing on
        with self._ledger.transaction() as ledger:
            feeds.switch_on(ledger, self._feed, now)

    def _recent(self, crm: psycopg.Connection, look_back: timedelta, since: datetime) -> list[Event]:
        """Return what was recorded of late; of a CRM that shows no events what its repairs say, if an index serves."""
        if not self._has_no_events:
            try:
                with crm.transaction():
                    return recent_events(crm, look_back, since)
            except psycopg.errors.UndefinedTable:
                if not _can_compare(crm):
                    raise
            log.warning("the CRM shows no repair_events: only the repairs' present statuses are told, and no comments")
            self._has_no_events = True
        return recent_changes(crm, look_back, since)

    @contextmanager
    def _upgraded(self) -> Iterator[psycopg.Connection]:
        with self._ledger.transaction() as ledger:
            if not self._is_upgraded:
                upgrade(ledger)
                self._is_upgraded = True
            yield ledger


def _can_compare(crm: psycopg.Connection) -> bool:
    try:
        return changes_are_indexed(crm)
    except psycopg.errors.UndefinedTable:
        return False
