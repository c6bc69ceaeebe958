"""The tasks of the watch over backups: look at the CRM, write down what is news, and tell it also without the ledger.

Source: docs/backups.md.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sancrm_notifications import connections, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.delivery.without_ledger import send_unrecorded
from sancrm_notifications.errors.redaction import kind
from sancrm_notifications.ledger.history import notified
from sancrm_notifications.ledger.outcome import Result
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.notifications.backup_failures import outage_memory, source
from sancrm_notifications.notifications.backup_failures.facts import Attempt, Fault, Kind, facts_of
from sancrm_notifications.notifications.backup_failures.messages import DESTINATION, Look, message
from sancrm_notifications.notifications.backup_failures.rules import Rules, Seen, ledger_down, ledger_up, news
from sancrm_notifications.notifications.backup_failures.script_reports import ReportError, read_report
from sancrm_notifications.schedule.crons import time_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from sancrm_notifications.ledger.history import Notified
    from sancrm_notifications.ledger.outcome import Outcome
    from sancrm_notifications.notifications.backup_failures.facts import Event, Fact
    from sancrm_notifications.notifications.backup_failures.outage_memory import Unrecorded
    from sancrm_notifications.notifications.backup_failures.script_reports import Report
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

NOTIFICATION = "backup_failures"
_CONNECT_SECONDS = 10  # to the ledger, where its connection does not say
_REMEMBERED = timedelta(days=10)  # beyond what may be told
_WAITING = frozenset({"stored", "sending"})


def compute(attempts_sql: str) -> dict[str, Any]:
    """Return the attempts that matter now, rows of ``backup_failures.sql``, or the fault that hides them.

    :raises AirflowFailException: a setting is wrong
    """
    with explained():
        rules = _rules(settings.load())
    as_of = datetime.now(UTC)
    since = as_of - rules.lookback - rules.longest
    found = source.read(attempts_sql, {"since": since, "as_of": as_of})
    if isinstance(found, Fault):
        return {"as_of": as_of.isoformat(), "fault": {"kind": found.kind, "words": found.words}, "attempts": []}
    return {"as_of": as_of.isoformat(), "fault": None, "attempts": found}


def format_news(findings: Mapping[str, Any], errors_sql: str, context: Context) -> dict[str, Any]:
    """Write what is news into the ledger; return what is to be delivered: it, and what an outage of Telegram left.

    A ledger that can be read and not written to, with a full disk or as a read-only standby, is away too.

    :raises AirflowFailException: the run's form, a setting or a connection is wrong
    """
    watch = _Watch(findings, context)
    try:
        rows = source.once_more(watch.told)
    except psycopg.Error as error:
        return _ledger_away("read", error)
    recorded = [fact for row in rows for fact in _recorded(row)]
    missed = outage_memory.unrecorded()
    facts = [*recorded, *(missed.facts if missed else ())]
    events = watch.news(facts)
    if missed is not None:
        events.insert(0, ledger_up(missed.since, missed.facts, watch.seen.as_of, watch.rules))
    try:
        watch.store(events, errors_sql)
    except psycopg.Error as error:
        # What was stored before it is told twice: once now, and once when the ledger is there again.
        outage_memory.copy(recorded, watch.seen.as_of - watch.rules.lookback - timedelta(days=1))
        return _ledger_away("written to", error)
    if missed is not None:
        outage_memory.forget_unrecorded()
    now_told = [event.fact(watch.seen.as_of) for event in events]
    outage_memory.copy([*facts, *now_told], watch.seen.as_of - watch.rules.lookback - timedelta(days=1))
    subjects = [*_waiting(rows), *(event.subject for event in events)]
    for event in events:
        log.info("news: %s %s", event.kind, event.subject)
    return _order(subjects, None if subjects else "nothing to tell", is_ledger_away=False)


def deliver_unrecorded(
    findings: Mapping[str, Any], delivery: Mapping[str, Any], errors_sql: str, context: Context
) -> dict[str, int]:
    """Tell what is news straight to the chat while the ledger is away; return how many messages were sent.

    :raises AirflowSkipException: the ledger is there, or the setting «sending» is off
    :raises AirflowFailException: a person must act, with what to do
    :raises AirflowException: Telegram is away too; a retry, or the next run, goes on
    """
    if not delivery["is_ledger_away"]:
        raise AirflowSkipException("the ledger is there: deliver sends")
    watch = _Watch(findings, context)
    if not watch.settings.sending:
        raise AirflowSkipException("the setting sending is off: nothing leaves")
    memory = outage_memory.unrecorded()
    events = watch.news([*outage_memory.copied(), *(memory.facts if memory else ())])
    if memory is None:
        memory = outage_memory.Unrecorded(watch.seen.as_of, ())
        events.insert(0, ledger_down(watch.seen.as_of, watch.rules))
    return {"sent": asyncio.run(watch.send(events, memory, errors_sql))}


class _Watch:
    """One look of the watch: what was found, by which rules, and what a script reports."""

    def __init__(self, findings: Mapping[str, Any], context: Context) -> None:
        run = context["dag_run"]
        with explained(ReportError):
            self.settings: Settings = settings.load()
            self.rules = _rules(self.settings)
            self.report: Report | None = read_report(context["params"], run.run_after, self.rules.time_zone)
            self.conninfo = _impatient(connections.ledger_conninfo())
        self.seen = _seen(findings)
        self.dag_id, self.run_id = context["dag"].dag_id, run.run_id

    def told(self) -> list[Notified]:
        """Return what the ledger says was told."""
        since = self.seen.as_of - max(self.rules.watched, self.rules.lookback) - _REMEMBERED
        rows = notified(self.conninfo, NOTIFICATION, since)
        return [row for row in rows if row.destination == DESTINATION]

    def news(self, facts: Sequence[Fact]) -> list[Event]:
        """Return what is to be told now."""
        return news(self.seen, self.report, facts, self.rules)

    def store(self, events: Sequence[Event], errors_sql: str) -> None:
        """Write the news down, in order."""
        look = self._look(events, errors_sql)
        for event in events:
            batch = Batch(
                notification=NOTIFICATION,
                period=event.period_on.isoformat(),
                name=NOTIFICATION,
                keep=timedelta(hours=self.settings.backup_keep_hours),
                dag_id=self.dag_id,
                run_id=self.run_id,
            )
            store(self.conninfo, batch, [message(event, look)])

    async def send(self, events: Sequence[Event], memory: Unrecorded, errors_sql: str) -> int:
        """Send the news without the ledger, in order, each remembered as soon as it may have arrived."""
        with explained():
            address = addresses(self.settings, connections.telegram_connection)(DESTINATION)
        look = self._look(events, errors_sql)
        for event in events:
            is_protected = self.settings.is_protected(DESTINATION)
            outcome = await send_unrecorded(address, message(event, look), is_protected=is_protected)
            log.info("%s without the ledger: %s %s", event.subject, outcome.result, outcome.description)
            if outcome.result is not Result.UNKNOWN:
                _require(outcome)
            memory = memory.with_fact(event.fact(self.seen.as_of))
            await asyncio.sleep(self.settings.limits.chat_gap_seconds)
        return len(events)

    def _look(self, events: Sequence[Event], errors_sql: str) -> Look:
        """Return what the texts are written with; errors are read only here, and only of what is told."""
        failed = [attempt for event in events if event.kind is Kind.FAILED for attempt in event.attempts]
        ids = [attempt.backup_id for attempt in failed if attempt.backup_id is not None and not attempt.error]
        rows = source.read(errors_sql, {"backup_ids": ids}) if ids and self.seen.fault is None else []
        errors = {} if isinstance(rows, Fault) else {row["backup_id"]: row["error"] for row in rows}
        return Look(self.seen.as_of, self.rules, errors)


def _rules(chosen: Settings) -> Rules:
    return Rules(
        time_zone=time_zone(),
        max_age=timedelta(hours=chosen.backup_max_age_hours),
        longest=timedelta(hours=chosen.backup_longest_hours),
        lookback=timedelta(hours=chosen.backup_lookback_hours),
        watched=timedelta(days=chosen.backup_watch_days),
        reminder_hour=chosen.backup_reminder_hour,
    )


def _seen(findings: Mapping[str, Any]) -> Seen:
    fault = Fault(**findings["fault"]) if findings["fault"] else None
    return Seen(datetime.fromisoformat(findings["as_of"]), tuple(map(Attempt.from_row, findings["attempts"])), fault)


def _recorded(row: Notified) -> list[Fact]:
    """Return the facts of a message; one that was changed by hand must not end the watch."""
    try:
        return facts_of(row.figures)
    except (KeyError, TypeError, ValueError):
        log.warning("the figures of %s/%s in the ledger are no facts, and are not used", row.period, row.subject)
        return []


def _waiting(rows: Sequence[Notified]) -> list[str]:
    """Return what earlier runs could not send; what is parked waits for a person and fails no later run."""
    return [row.subject for row in rows if row.state in _WAITING]


def _ledger_away(way: str, error: psycopg.Error) -> dict[str, Any]:
    log.warning("the ledger cannot be %s: %s", way, kind(error))
    return _order([], "the ledger is away: deliver_unrecorded tells what is urgent", is_ledger_away=True)


def _order(subjects: list[str], withheld: str | None, *, is_ledger_away: bool) -> dict[str, Any]:
    return {
        "batch": NOTIFICATION,
        "subjects": list(dict.fromkeys(subjects)),
        "is_backfill": False,
        "withheld": withheld,
        "is_ledger_away": is_ledger_away,
    }


def _require(outcome: Outcome) -> None:
    """Stop where Telegram did not take the message.

    :raises AirflowFailException: a person must act
    :raises AirflowException: trying again may help
    """
    if outcome.result is Result.SENT:
        return
    words = f"{outcome.result}: {outcome.description}"
    if outcome.result in {Result.BAD_TOKEN, Result.CHAT_GONE, Result.CHAT_CLOSED}:
        raise AirflowFailException(f"the ledger is away, and the chat {DESTINATION} cannot be reached: {words}")
    raise AirflowException(f"the ledger is away, and Telegram cannot be reached: {words}")


def _impatient(conninfo: str) -> str:
    if "connect_timeout" in conninfo_to_dict(conninfo):
        return conninfo
    return make_conninfo(conninfo, connect_timeout=_CONNECT_SECONDS)
