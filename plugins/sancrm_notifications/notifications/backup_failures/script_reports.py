"""What a backup script reports by itself, and how it is recognised as an attempt that the CRM shows, earlier or later.

Source: docs/backups.md.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sancrm_notifications.notifications.backup_failures.facts import FAILED, RUNNING, Attempt, Kind
from sancrm_notifications.text.markup import beginning, ending, is_blank, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sancrm_notifications.notifications.backup_failures.facts import Fact

log = logging.getLogger(__name__)

# A report and the CRM's row come from two clocks. More would take the next try of a quick script for the one before.
MARGIN = timedelta(minutes=2)
# A script reports when its backup fails: of an older failure the rules would say nothing any more.
_BELIEVED = timedelta(hours=48)
_LONGEST_NAME, _LONGEST_ERROR = 1_000, 100_000


class ReportError(ValueError):
    """The run's form does not say which backup failed; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Report:
    """A failure as a script reports it; of ``started_at`` and ``failed_at`` the one that is not known is the other."""

    database: str
    started_at: datetime
    failed_at: datetime
    error: str | None = None
    backup_id: int | None = None

    @property
    def attempt(self) -> Attempt:
        """The attempt that it is about, as far as it says."""
        return Attempt(
            backup_id=self.backup_id,
            database=self.database,
            status=FAILED,
            started_at=self.started_at,
            ended_at=self.failed_at,
            error=self.error,
            is_reported=True,
        )


def read_report(params: Mapping[str, Any], run_after: datetime, time_zone: str) -> Report | None:
    """Return the failure that a run was started to report, or None for the usual look at the CRM.

    ``run_after`` stands for the time where the script gives none that can be believed, or one to come: a failure is
    not lost for its time stamp. A time without a zone is one of ``time_zone`` (IANA name).

    :raises ReportError: there is an error or a time, but no database
    """
    if is_blank(params["database"]):
        given = [name for name in ("started_at", "failed_at", "error", "backup_id") if params[name]]
        if given:
            raise ReportError(f"{', '.join(given)} without database: name the database whose backup failed")
        return None
    since = run_after - _BELIEVED
    started_at, failed_at = (_instant(name, params[name], time_zone, since) for name in ("started_at", "failed_at"))
    ended_at = min(failed_at or started_at or run_after, run_after)
    return Report(
        database=beginning(params["database"].strip(), _LONGEST_NAME),
        started_at=min(started_at or ended_at, ended_at),
        failed_at=ended_at,
        error=one_line(_shortened(params["error"] or "")) or None,
        backup_id=_backup_id(params["backup_id"]),
    )


def with_report(
    attempts: Sequence[Attempt], report: Report | None, facts: Sequence[Fact], now: datetime
) -> list[Attempt]:
    """Return the attempts with the reported failure among them: in its place where the CRM shows it, else added.

    The id of another database's attempt, or of one that has succeeded, is no id of this failure.
    """
    if report is None:
        return list(attempts)
    named = next((attempt for attempt in attempts if attempt.backup_id == report.backup_id), None)
    if named is not None and not _can_be(named, report):
        report = replace(report, backup_id=None)
    found = _shown(attempts, report, notified_by_reports(attempts, facts, now), now)
    if found is None:
        return [*attempts, report.attempt]
    started_at, ended_at = found.started_at, found.ended_at
    if not found.is_dated:
        started_at, ended_at = report.started_at, report.failed_at
    elif found.status == RUNNING:
        ended_at = max(started_at, report.failed_at)
    known = replace(found, started_at=started_at, ended_at=ended_at, is_dated=True)
    reported = replace(known, status=FAILED, error=report.error, is_reported=True)
    return [reported if attempt is found else attempt for attempt in attempts]


def notified_by_reports(attempts: Iterable[Attempt], facts: Iterable[Fact], now: datetime) -> set[int]:
    """Return the ids of attempts that scripts have reported, of which the chat was notified then without their ids.

    Each report stands for one attempt, the nearest; an attempt that was notified under its id needs none.
    """
    failures = [fact for fact in facts if fact.kind is Kind.FAILED and fact.database is not None]
    by_id = {backup_id for fact in failures for backup_id in fact.backup_ids}
    reports = [
        Report(str(fact.database), started_at, failed_at) for fact in failures for started_at, failed_at in fact.reports
    ]
    candidates = [attempt for attempt in attempts if attempt.backup_id not in by_id]
    notified: set[int] = set()
    for report in sorted(reports, key=lambda report: report.failed_at):
        found = _nearest([attempt for attempt in candidates if attempt.backup_id not in notified], report, now)
        if found is not None and found.backup_id is not None:
            notified.add(found.backup_id)
    return notified


def _shown(attempts: Sequence[Attempt], report: Report, taken: set[int], now: datetime) -> Attempt | None:
    """Return the attempt that the CRM shows of this report, or None."""
    if report.backup_id is not None:
        return next((attempt for attempt in attempts if attempt.backup_id == report.backup_id), None)
    return _nearest([attempt for attempt in attempts if attempt.backup_id not in taken], report, now)


def _can_be(attempt: Attempt, report: Report) -> bool:
    """Tell whether an attempt can be the reported one: of the same database, and not succeeded."""
    return attempt.database == report.database and attempt.status in {FAILED, RUNNING}


def _nearest(attempts: Iterable[Attempt], report: Report, now: datetime) -> Attempt | None:
    """Return the unsuccessful attempt in whose span the failure lies, give or take ``MARGIN``, or None."""
    possible = [
        (_distance(attempt, report, now), attempt.started_at, attempt)
        for attempt in attempts
        if _can_be(attempt, report) and attempt.is_dated
    ]
    near = [candidate for candidate in possible if candidate[0] <= MARGIN]
    return min(near, key=lambda candidate: candidate[:2])[2] if near else None


def _distance(attempt: Attempt, report: Report, now: datetime) -> timedelta:
    """Return how far the failure is from the attempt's span, which for one that runs has no end yet."""
    ended_at = max(attempt.ended_at, now) if attempt.status == RUNNING else attempt.ended_at
    if report.failed_at < attempt.started_at:
        return attempt.started_at - report.failed_at
    return max(report.failed_at - ended_at, timedelta())


def _instant(name: str, text: str | None, time_zone: str, since: datetime) -> datetime | None:
    """Return the moment that a script gives, or None, with a word in the log, where it can be none of its failure's."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        log.warning(
            "%s = %r is no moment such as 2026-11-23T02:10:00+03:00: taken as unknown", name, beginning(text, 80)
        )
        return None
    if moment < since:
        log.warning("%s = %r is too long ago for a failure that is reported now: taken as unknown", name, text)
        return None
    return moment


def _backup_id(given: int | str | None) -> int | None:
    """Return the attempt's id; what is no bigint is none."""
    try:
        number = int(given or 0)
    except ValueError:
        number = 0
    if given and not 0 < number < 2**63:
        log.warning("backup_id = %r is no number of an attempt: taken as unknown", beginning(str(given), 80))
    return number if 0 < number < 2**63 else None


def _shortened(text: str) -> str:
    """Return an error of which the message shows beginning and end, without more of its middle than anybody reads."""
    half = _LONGEST_ERROR // 2
    return text if len(text) <= _LONGEST_ERROR else f"{beginning(text, half)} … {ending(text, half)}"
