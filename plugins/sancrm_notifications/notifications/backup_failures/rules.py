"""What the chat is notified of: pure, from the attempts, a script's report and what it was notified of before.

Source: docs/backups.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.notifications.backup_failures.facts import (
    FAILED,
    RUNNING,
    SUCCEEDED,
    Attempt,
    Event,
    Fact,
    Fault,
    GoodCopy,
    Kind,
)
from sancrm_notifications.notifications.backup_failures.script_reports import notified_by_reports, with_report
from sancrm_notifications.text.markup import beginning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sancrm_notifications.notifications.backup_failures.figures import History
    from sancrm_notifications.notifications.backup_failures.script_reports import Report

NOTIFICATION = "backup_failures"
# A script that tries again every minute all night, a CRM that comes and goes: the chat gets it all, and does not ring
# each time.
RINGS_PER_HOUR = 3
_NAME_CHARACTERS = 60  # of a database's name in a key, which PostgreSQL's index limits
_TROUBLES = frozenset({Kind.FAILED, Kind.HANGING, Kind.MISSING, Kind.EMPTY})


@dataclass(frozen=True, slots=True)
class Rules:
    """From when on something is an event; ``time_zone`` is an IANA name, ``reminder_hour`` an hour of its clock."""

    time_zone: str
    max_age: timedelta
    longest: timedelta
    lookback: timedelta
    watched: timedelta
    reminder_hour: int

    def local_day(self, moment: datetime) -> date:
        """Return the day of an instant by the clock of ``time_zone``."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Findings:
    """What one look at the CRM found: the attempts, or the fault that hid them."""

    as_of: datetime
    attempts: tuple[Attempt, ...] = ()
    fault: Fault | None = None


def events_to_notify(findings: Findings, report: Report | None, facts: Sequence[Fact], rules: Rules) -> list[Event]:
    """Return what the chat is to be notified of now, in order of the moments; ``facts`` are oldest first.

    With their facts added to ``facts`` the same findings give no events a second time.
    """
    # Loading pandas takes half a second: the task that only looks at the CRM does without.
    from sancrm_notifications.notifications.backup_failures.figures import histories

    now = findings.as_of
    attempts = with_report(findings.attempts, report, facts, now)
    notified_ids = _notified_ids(facts, Kind.FAILED) | notified_by_reports(findings.attempts, facts, now)
    events = list(_source_events(findings, facts, rules))
    for history in histories(attempts):
        events += _Database(history, notified_ids, facts, now, rules).events()
    dated = [attempt for attempt in findings.attempts if attempt.is_dated]
    if findings.fault is None and not any(attempt.started_at >= now - rules.watched for attempt in dated):
        events += _empty(findings, facts, rules)
    return sorted(events, key=lambda event: (event.at, event.database or "", event.subject))


def ledger_down(since: datetime, rules: Rules) -> Event:
    """Return the event that the ledger is away, first found so at ``since``."""
    return Event(Kind.LEDGER_DOWN, f"ledger:away:{_stamp(since)}", rules.local_day(since), since, since=since)


def ledger_up(since: datetime, unrecorded: Sequence[Fact], now: datetime, rules: Rules) -> Event:
    """Return the event that the ledger is there again, with the facts that it did not record."""
    subject, day = f"ledger:back:{_stamp(since)}", rules.local_day(since)
    return Event(Kind.LEDGER_UP, subject, day, now, since=since, is_silent=True, unrecorded=tuple(unrecorded))


def _source_events(findings: Findings, facts: Sequence[Fact], rules: Rules) -> Iterator[Event]:
    """Yield that the CRM cannot be seen, once per outage and reason, or that it can be seen again."""
    outage, now, fault = _outage(facts), findings.as_of, findings.fault
    if fault is not None and fault.kind not in {fact.fault for fact in outage}:
        subject = f"source:{fault.kind}:{_stamp(now)}"
        is_silent = _rings_left([fact for fact in facts if fact.kind is Kind.SOURCE_DOWN], now) <= 0
        yield Event(Kind.SOURCE_DOWN, subject, rules.local_day(now), now, fault=fault, is_silent=is_silent)
    if fault is None and outage:
        began_at, over = outage[0].at, Fault(str(outage[-1].fault), "")
        subject = f"source:back:{_stamp(began_at)}"
        day = rules.local_day(began_at)
        yield Event(Kind.SOURCE_UP, subject, day, now, since=began_at, fault=over, is_silent=True)


def _outage(facts: Sequence[Fact]) -> list[Fact]:
    """Return all facts about an outage that is not over, oldest first: its reason may have changed."""
    known: list[Fact] = []
    for fact in facts:
        if fact.kind is Kind.SOURCE_UP:
            known = []
        elif fact.kind is Kind.SOURCE_DOWN:
            known.append(fact)
    return known


def _empty(findings: Findings, facts: Sequence[Fact], rules: Rules) -> Iterator[Event]:
    """Yield, once a day, that nothing is being backed up at all."""
    now = findings.as_of
    newest = max((attempt.ended_at for attempt in findings.attempts if attempt.status == SUCCEEDED), default=None)
    before = [fact for fact in facts if fact.kind is Kind.EMPTY and fact.notified_at > now - rules.watched]
    if not _is_due(before, now, rules):
        return
    good_copy = None if newest is None else GoodCopy(newest)
    subject = f"empty:{rules.local_day(now)}"
    yield Event(Kind.EMPTY, subject, rules.local_day(now), now, good_copy=good_copy, is_reminder=bool(before))


def _rings_left(facts: Sequence[Fact], now: datetime) -> int:
    """Return how often the chat may still ring for the like of these facts."""
    hour_ago = now - timedelta(hours=1)
    return RINGS_PER_HOUR - sum(fact.rings and fact.notified_at > hour_ago for fact in facts)


def _is_due(facts: Sequence[Fact], now: datetime, rules: Rules) -> bool:
    """Tell whether something that lasts is due today: at once, and then each day from the set hour on."""
    last = max((fact.notified_at for fact in facts), default=None)
    if last is None:
        return True
    is_another_day = rules.local_day(last) < rules.local_day(now)
    return is_another_day and now.astimezone(ZoneInfo(rules.time_zone)).hour >= rules.reminder_hour


@dataclass(frozen=True, slots=True)
class _Database:
    """One database: its history, and what may be said of it."""

    history: History
    notified_ids: set[int]
    facts: Sequence[Fact]
    now: datetime
    rules: Rules

    @property
    def name(self) -> str:
        return self.history.database

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return self.history.attempts

    def events(self) -> list[Event]:
        troubles = [*self._failures(), *self._hanging(), *self._missing()]
        return [*troubles, *self._recoveries(troubles)]

    def _failures(self) -> Iterator[Event]:
        """Yield failed attempts that the chat was not notified of: those between two good copies together."""
        new = [attempt for attempt in self._lately(FAILED) if not self._is_notified(attempt)]
        yield from self._undated([attempt for attempt in new if not attempt.is_dated])
        new = [attempt for attempt in new if attempt.is_dated]
        good_copies = dict(zip(self.attempts, self.history.good_copies, strict=True))
        rings = _rings_left(self._facts(Kind.FAILED), self.now)
        for _, streak in groupby(new, key=good_copies.__getitem__):
            failed = _distinct(streak)
            yield Event(
                Kind.FAILED,
                self._failure_subject(failed[0]),
                self.rules.local_day(failed[0].started_at),
                failed[-1].ended_at,
                self.name,
                failed,
                self._good_copy_before(failed[0].ended_at),
                is_silent=rings <= 0,
            )
            rings -= 1

    def _undated(self, new: Sequence[Attempt]) -> Iterator[Event]:
        """Yield, as one, failed attempts of which the CRM does not know when they were."""
        failed = _distinct(new)
        if not failed:
            return
        is_silent = _rings_left(self._facts(Kind.FAILED), self.now) <= 0
        subject, copy = self._failure_subject(failed[0]), self._good_copy_before(self.now)
        day = self.rules.local_day(self.now)
        yield Event(Kind.FAILED, subject, day, self.now, self.name, failed, copy, is_silent=is_silent)

    def _hanging(self) -> Iterator[Event]:
        """Yield attempts that run too long."""
        for attempt in self.attempts:
            late_at = attempt.started_at + self.rules.longest
            is_late = attempt.status == RUNNING and self.now - self.rules.lookback <= late_at < self.now
            is_notified = attempt.backup_id in self.notified_ids or self._is_known(Kind.HANGING, attempt, late_at)
            if is_late and not is_notified:
                day = self.rules.local_day(attempt.started_at)
                copy = self._good_copy_before(self.now)
                subject = f"hanging:{self._id(attempt)}"
                yield Event(Kind.HANGING, subject, day, late_at, self.name, (attempt,), copy, attempt.started_at)

    def _missing(self) -> Iterator[Event]:
        """Yield, once a day, that there is no good copy for too long; a database nobody tries to copy is left.

        The last word on such a database says that it is the last.
        """
        newest = max((attempt.started_at for attempt in self._shown()), default=None)
        if newest is None or newest < self.now - self.rules.watched:
            return
        copy = self._good_copy_before(self.now)
        first = min((attempt.first_started_at or attempt.started_at for attempt in self._shown()), default=newest)
        since = first if copy is None else copy.at
        if self.now - since <= self.rules.max_age:
            return
        before = [fact for fact in self._facts(Kind.MISSING) if fact.at > since]
        if _is_due(before, self.now, self.rules):
            day = self.rules.local_day(self.now)
            subject = f"missing:{_key(self.name)}:{day}"
            late_at = since + self.rules.max_age
            yield Event(
                Kind.MISSING,
                subject,
                day,
                late_at,
                self.name,
                good_copy=copy,
                since=since,
                is_reminder=bool(before),
                is_last=newest < self._next_reminder_at() - self.rules.watched,
            )

    def _next_reminder_at(self) -> datetime:
        local = self.now.astimezone(ZoneInfo(self.rules.time_zone)) + timedelta(days=1)
        return local.replace(hour=self.rules.reminder_hour, minute=0, second=0, microsecond=0)

    def _recoveries(self, troubles: Sequence[Event]) -> Iterator[Event]:
        """Yield good copies that are the first after a trouble that the chat was notified of, or is now."""
        moments = [event.at for event in troubles]
        moments += [fact.at for fact in self.facts if fact.kind in _TROUBLES and fact.database in {self.name, None}]
        for attempt in self._lately(SUCCEEDED):
            before = attempt.good_copy_before_at
            was_trouble = any((before is None or before < at) and at <= attempt.ended_at for at in moments)
            if was_trouble and not self._is_known(Kind.RECOVERED, attempt, attempt.ended_at):
                day = self.rules.local_day(attempt.started_at)
                copy = self._good_copy_before(attempt.ended_at)
                subject = f"recovered:{self._id(attempt)}"
                at = attempt.ended_at
                yield Event(Kind.RECOVERED, subject, day, at, self.name, (attempt,), copy, before, is_silent=True)

    def _shown(self) -> list[Attempt]:
        """Return the attempts that the CRM shows and dates: a database known from reports alone is not watched."""
        return [attempt for attempt in self.attempts if attempt.first_started_at is not None and attempt.is_dated]

    def _lately(self, status: str) -> list[Attempt]:
        """Return attempts that ended not too long ago; what a script reports counts however old."""
        since = self.now - self.rules.lookback
        ended = (attempt for attempt in self.attempts if attempt.status == status)
        return [attempt for attempt in ended if attempt.ended_at >= since or attempt.is_reported]

    def _facts(self, kind: Kind) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind is kind and fact.database == self.name]

    def _is_notified(self, attempt: Attempt) -> bool:
        if attempt.backup_id is not None:
            return attempt.backup_id in self.notified_ids
        reported = (attempt.started_at, attempt.ended_at)
        return any(reported in fact.reports for fact in self._facts(Kind.FAILED))

    def _is_known(self, kind: Kind, attempt: Attempt, at: datetime) -> bool:
        """Tell whether the chat was notified of this; an attempt without an id is known by its moment."""
        if attempt.backup_id is not None:
            return attempt.backup_id in _notified_ids(self.facts, kind)
        return any(fact.at == at for fact in self._facts(kind))

    def _id(self, attempt: Attempt) -> str:
        """Return what tells an attempt from others in a key."""
        if attempt.backup_id is not None:
            return str(attempt.backup_id)
        return f"{_key(self.name)}:{_stamp(attempt.started_at)}"

    def _good_copy_before(self, moment: datetime) -> GoodCopy | None:
        """Return the last good copy that was finished before an instant."""
        sizes = {attempt.ended_at: attempt.size_bytes for attempt in self.attempts if attempt.status == SUCCEEDED}
        known = [attempt.good_copy_before_at for attempt in self.attempts if attempt.good_copy_before_at is not None]
        last = max((at for at in [*sizes, *known] if at < moment), default=None)
        return None if last is None else GoodCopy(last, sizes.get(last))

    def _failure_subject(self, first: Attempt) -> str:
        if first.backup_id is not None:
            return f"attempt:{first.backup_id}"
        return f"report:{_key(self.name)}:{_stamp(first.started_at)}:{_stamp(first.ended_at)}"


def _notified_ids(facts: Iterable[Fact], kind: Kind) -> set[int]:
    return {backup_id for fact in facts if fact.kind is kind for backup_id in fact.backup_ids}


def _distinct(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return each attempt once, also where a view shows rows twice."""
    seen: dict[object, Attempt] = {}
    for attempt in attempts:
        seen.setdefault(attempt if attempt.backup_id is None else attempt.backup_id, attempt)
    return tuple(seen.values())


def _key(database: str) -> str:
    """Return a database's name for a key: a long one is shortened, and told from others by its digest."""
    if len(database) <= _NAME_CHARACTERS:
        return database
    return f"{beginning(database, _NAME_CHARACTERS)}…{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S.%f}"
