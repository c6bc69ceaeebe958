"""What the watch over backups knows: attempts, what the chat was notified of, and the events that follow.

Every notification leaves a fact behind, plain JSON: in the ledger as the message's figures, and for the time the ledger
is away in Airflow Variables.  The chat is not notified of what a fact says already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sancrm_notifications.crm.rows import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

FAILED, SUCCEEDED, RUNNING = "failed", "succeeded", "running"  # the contract's words for an attempt's status


class Kind(StrEnum):
    """What an event is."""

    FAILED = "failed"
    HANGING = "hanging"
    MISSING = "missing"
    EMPTY = "empty"
    RECOVERED = "recovered"
    SOURCE_DOWN = "source_down"
    SOURCE_UP = "source_up"
    LEDGER_DOWN = "ledger_down"
    LEDGER_UP = "ledger_up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to back up a database; instants are aware.

    ``backup_id`` is None for a failure that only a script has reported.  ``ended_at`` is its start while it runs, or
    when no end is known; without ``is_dated`` both are the moment at which it was seen.  ``is_reported``: a script
    tells of it now, with ``error``.
    """

    backup_id: int | None
    database: str
    status: str
    started_at: datetime
    ended_at: datetime
    size_bytes: int | None = None
    good_copy_before_at: datetime | None = None
    first_started_at: datetime | None = None
    error: str | None = None
    is_reported: bool = False
    is_dated: bool = True

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Attempt:
        """Return the attempt of a row of ``backup_failures.sql`` as it travels between tasks."""
        return cls(
            backup_id=row["backup_id"],
            database=row["database_name"] or "",
            status=row["status"] or "",
            started_at=datetime.fromisoformat(row["started_at"]),
            ended_at=datetime.fromisoformat(row["ended_at"]),
            size_bytes=row["size_bytes"],
            good_copy_before_at=instant(row["good_copy_before_at"]),
            first_started_at=instant(row["first_started_at"]),
            # A run that began before the upgrade has none.
            is_dated=row.get("is_dated", True),
        )


@dataclass(frozen=True, slots=True)
class GoodCopy:
    """A database's good copy: when it was finished, how large it is when that is known."""

    at: datetime
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the backups cannot be seen: ``kind`` is «unreachable» or «unreadable», ``words`` the reason in Russian."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the chat was notified of; ``at`` is the moment it is about.

    ``reports`` are start and end of failures that only scripts have reported; ``rings`` whether the chat rang.
    """

    kind: Kind
    at: datetime
    notified_at: datetime
    database: str | None = None
    backup_ids: tuple[int, ...] = ()
    reports: tuple[tuple[datetime, datetime], ...] = ()
    fault: str | None = None
    rings: bool = True

    def figures(self) -> dict[str, Any]:
        """Return the fact as JSON."""
        return {
            "kind": self.kind.value,
            "at": _iso(self.at),
            "told_at": _iso(self.notified_at),
            "database": self.database,
            "backup_ids": list(self.backup_ids),
            "reports": [[_iso(started), _iso(ended)] for started, ended in self.reports],
            "fault": self.fault,
            "rings": self.rings,
        }

    @classmethod
    def from_figures(cls, figures: Mapping[str, Any]) -> Fact:
        """Return the fact that such JSON says.

        :raises KeyError, TypeError, ValueError: it is no fact
        """
        return cls(
            kind=Kind(figures["kind"]),
            at=datetime.fromisoformat(figures["at"]),
            notified_at=datetime.fromisoformat(figures["told_at"]),
            database=figures["database"],
            backup_ids=tuple(map(int, figures["backup_ids"])),
            reports=tuple((datetime.fromisoformat(s), datetime.fromisoformat(e)) for s, e in figures["reports"]),
            fault=figures["fault"],
            rings=bool(figures["rings"]),
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the chat is to be notified of.

    ``subject`` and ``period_on`` (a local day) make its key in the ledger.  ``at`` is the moment it is about;
    ``since`` is when a gap or an outage began, None for a database that never had a good copy.  ``attempts`` are
    those it is about, in order of their ends; ``good_copy`` is the last one before it; ``is_last``: nothing more will
    be said of it; ``unrecorded`` is what the chat was notified of while the ledger was away.
    """

    kind: Kind
    subject: str
    period_on: date
    at: datetime
    database: str | None = None
    attempts: tuple[Attempt, ...] = ()
    good_copy: GoodCopy | None = None
    since: datetime | None = None
    fault: Fault | None = None
    is_reminder: bool = False
    is_last: bool = False
    is_silent: bool = False
    unrecorded: tuple[Fact, ...] = ()

    def fact(self, notified_at: datetime) -> Fact:
        """Return what is to be remembered once the chat is notified."""
        return Fact(
            kind=self.kind,
            at=self.at,
            notified_at=notified_at,
            database=self.database,
            backup_ids=tuple(attempt.backup_id for attempt in self.attempts if attempt.backup_id is not None),
            reports=tuple(
                (attempt.started_at, attempt.ended_at) for attempt in self.attempts if attempt.backup_id is None
            ),
            fault=self.fault.kind if self.fault else None,
            rings=not self.is_silent,
        )


def figures(event: Event, notified_at: datetime) -> dict[str, Any]:
    """Return what a message about this event leaves behind in the ledger."""
    return {
        **event.fact(notified_at).figures(),
        "unrecorded": [fact.figures() for fact in event.unrecorded],
    }


def facts_of(figures: Mapping[str, Any]) -> list[Fact]:
    """Return the facts that a message's figures say: its own, and those it makes up for."""
    return [Fact.from_figures(figures), *map(Fact.from_figures, figures["unrecorded"])]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
