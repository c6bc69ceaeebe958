"""The tasks of the watch over backups: look at the CRM, write events down, and notify also without the ledger.

Source: docs/backups.md.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from sancrm_notifications import connections, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.delivery.without_ledger import send_unrecorded
from sancrm_notifications.errors.redaction import kind
from sancrm_notifications.ledger.history import messages_since
from sancrm_notifications.ledger.outcome import Result
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.notifications.backup_failures import outage_memory, source
from sancrm_notifications.notifications.backup_failures.facts import Attempt, Fault, Kind, facts_of
from sancrm_notifications.notifications.backup_failures.messages import DESTINATION, TextInputs, message
from sancrm_notifications.notifications.backup_failures.rules import (
    NOTIFICATION,
    Findings,
    Rules,
    events_to_notify,
    ledger_down,
    ledger_up,
)
from sancrm_notifications.notifications.backup_failures.script_reports import ReportError, read_report
from sancrm_notifications.schedule.crons import time_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from sancrm_notifications.channels.channel import Address
    from sancrm_notifications.ledger.history import StoredMessage
    from sancrm_notifications.ledger.outcome import Outcome
    from sancrm_notifications.notifications.backup_failures.facts import Event, Fact
    from sancrm_notifications.notifications.backup_failures.outage_memory import Unrecorded
    from sancrm_notifications.notifications.backup_failures.script_reports import Report
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

_REMEMBERED = timedelta(days=10)  # beyond what the chat may be notified of
_ON_THEIR_WAY = frozenset({"stored", "sending"})


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


def format_events(findings: Mapping[str, Any], errors_sql: str, context: Context) -> dict[str, Any]:
    """Write events into the ledger; return what is to be delivered: them, and what an outage of Telegram left.

    A ledger that can be read and not written to, with a full disk or as a read-only standby, is away too.

    :raises AirflowFailException: the run's form, a setting or a connection is wrong
    """
    inputs = _inputs(findings, context)
    try:
        known = source.once_more(lambda: _known_messages(inputs))
    except psycopg.Error as error:
        return _ledger_away("read", error)
    recorded = [fact for row in known for fact in _facts(row)]
    missed = outage_memory.unrecorded()
    events = _events_with_ledger(inputs, recorded, missed)
    try:
        _store(events, inputs, errors_sql, context)
    except psycopg.Error as error:
        # Of what was stored before it the chat is notified twice: now, and when the ledger is there again.
        outage_memory.copy(recorded, inputs.copied_since)
        return _ledger_away("written to", error)
    _remember(events, recorded, missed, inputs)
    subjects = [*(row.subject for row in known if row.state in _ON_THEIR_WAY), *(event.subject for event in events)]
    return _delivery(subjects, None if subjects else "nothing to tell", is_ledger_away=False)


def deliver_unrecorded(
    findings: Mapping[str, Any], delivery: Mapping[str, Any], errors_sql: str, context: Context
) -> dict[str, int]:
    """Notify straight to the chat while the ledger is away; return how many messages were sent.

    :raises AirflowSkipException: the ledger is there, or the setting «sending» is off
    :raises AirflowFailException: a person must act, with what to do
    :raises AirflowException: Telegram is away too; a retry, or the next run, goes on
    """
    if not delivery["is_ledger_away"]:
        raise AirflowSkipException("the ledger is there: deliver sends")
    inputs = _inputs(findings, context)
    if not inputs.settings.sending:
        log.warning("the setting sending is off: nothing leaves")
        raise AirflowSkipException("the setting sending is off: nothing leaves")
    memory = outage_memory.unrecorded()
    events = _events_without_ledger(inputs, outage_memory.copied(), memory)
    if memory is None:
        memory = outage_memory.Unrecorded(inputs.findings.as_of, ())
    with explained():
        address = addresses(inputs.settings, connections.telegram_connection)(DESTINATION)
    texts = _text_inputs(events, inputs, errors_sql)
    return {"sent": asyncio.run(_send(events, address, texts, memory, inputs.settings))}


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What events follow from: the findings, a script's report, the rules; and the settings."""

    findings: Findings
    report: Report | None
    rules: Rules
    settings: Settings
    conninfo: str

    @property
    def copied_since(self) -> datetime:
        """From when on a copy of the ledger's facts must know the attempts that they are about."""
        return self.findings.as_of - self.rules.lookback - timedelta(days=1)


def _inputs(found: Mapping[str, Any], context: Context) -> _Inputs:
    """Return what ``compute`` found, with what the run's form and the settings say.

    :raises AirflowFailException: the form, a setting or the ledger's connection is wrong
    """
    fault = Fault(**found["fault"]) if found["fault"] else None
    attempts = tuple(map(Attempt.from_row, found["attempts"]))
    findings = Findings(datetime.fromisoformat(found["as_of"]), attempts, fault)
    with explained(ReportError):
        chosen = settings.load()
        rules = _rules(chosen)
        report = read_report(context["params"], context["dag_run"].run_after, rules.time_zone)
        return _Inputs(findings, report, rules, chosen, connections.ledger_conninfo())


def _rules(chosen: Settings) -> Rules:
    return Rules(
        time_zone=time_zone(),
        max_age=timedelta(hours=chosen.backup_max_age_hours),
        longest=timedelta(hours=chosen.backup_longest_hours),
        lookback=timedelta(hours=chosen.backup_lookback_hours),
        watched=timedelta(days=chosen.backup_watch_days),
        reminder_hour=chosen.backup_reminder_hour,
    )


def _known_messages(inputs: _Inputs) -> list[StoredMessage]:
    """Return the watch's messages that the ledger has."""
    since = inputs.findings.as_of - max(inputs.rules.watched, inputs.rules.lookback) - _REMEMBERED
    return [row for row in messages_since(inputs.conninfo, NOTIFICATION, since) if row.destination == DESTINATION]


def _facts(row: StoredMessage) -> list[Fact]:
    """Return the facts of a message; one that was changed by hand must not end the watch."""
    try:
        return facts_of(row.figures)
    except (KeyError, TypeError, ValueError):
        log.warning("the figures of %s/%s in the ledger are no facts, and are not used", row.period, row.subject)
        return []


def _events_with_ledger(inputs: _Inputs, recorded: Sequence[Fact], missed: Unrecorded | None) -> list[Event]:
    """Return what the chat is to be notified of; first, if it was ``missed``, that the ledger is there again."""
    if missed is None:
        return events_to_notify(inputs.findings, inputs.report, recorded, inputs.rules)
    back = ledger_up(missed.since, missed.facts, inputs.findings.as_of, inputs.rules)
    return [back, *events_to_notify(inputs.findings, inputs.report, [*recorded, *missed.facts], inputs.rules)]


def _events_without_ledger(inputs: _Inputs, copied: Sequence[Fact], memory: Unrecorded | None) -> list[Event]:
    """Return what the chat is to be notified of; first, if it does not know yet, that the ledger is away."""
    if memory is not None:
        return events_to_notify(inputs.findings, inputs.report, [*copied, *memory.facts], inputs.rules)
    away = ledger_down(inputs.findings.as_of, inputs.rules)
    return [away, *events_to_notify(inputs.findings, inputs.report, copied, inputs.rules)]


def _store(events: Sequence[Event], inputs: _Inputs, errors_sql: str, context: Context) -> None:
    """Write the messages about events into the ledger, in order.

    :raises psycopg.Error: the ledger cannot be written to
    """
    texts = _text_inputs(events, inputs, errors_sql)
    for event in events:
        batch = Batch(
            notification=NOTIFICATION,
            period=event.period_on.isoformat(),
            name=NOTIFICATION,
            keep=timedelta(hours=inputs.settings.backup_keep_hours),
            dag_id=context["dag"].dag_id,
            run_id=context["dag_run"].run_id,
        )
        store(inputs.conninfo, batch, [message(event, texts)])
        log.info("stored: %s %s", event.kind, event.subject)


def _text_inputs(events: Sequence[Event], inputs: _Inputs, errors_sql: str) -> TextInputs:
    """Return what texts are written with; errors are read only here, and only of what the chat is notified of."""
    failed = [attempt for event in events if event.kind is Kind.FAILED for attempt in event.attempts]
    ids = [attempt.backup_id for attempt in failed if attempt.backup_id is not None and not attempt.error]
    rows = source.read(errors_sql, {"backup_ids": ids}) if ids and inputs.findings.fault is None else []
    errors = {} if isinstance(rows, Fault) else {row["backup_id"]: row["error"] for row in rows}
    return TextInputs(inputs.findings.as_of, inputs.rules, errors)


def _remember(events: Sequence[Event], recorded: Sequence[Fact], missed: Unrecorded | None, inputs: _Inputs) -> None:
    """Keep a copy of what the ledger knows now, and forget what was kept while it was away."""
    if missed is not None:
        outage_memory.forget_unrecorded()
    facts = [*recorded, *(missed.facts if missed else ()), *(event.fact(inputs.findings.as_of) for event in events)]
    outage_memory.copy(facts, inputs.copied_since)


async def _send(
    events: Sequence[Event], address: Address, texts: TextInputs, memory: Unrecorded, chosen: Settings
) -> int:
    """Send messages about events without the ledger, in order, each remembered as soon as it may have arrived."""
    for event in events:
        is_protected = chosen.is_protected(DESTINATION)
        outcome = await send_unrecorded(address, message(event, texts), is_protected=is_protected)
        log.info("%s without the ledger: %s %s", event.subject, outcome.result, outcome.description)
        if outcome.result is not Result.UNKNOWN:
            _require(outcome)
        memory = memory.with_fact(event.fact(texts.now))
        await asyncio.sleep(chosen.limits.chat_gap_seconds)
    return len(events)


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


def _ledger_away(way: str, error: psycopg.Error) -> dict[str, Any]:
    log.warning("the ledger cannot be %s: %s", way, kind(error))
    return _delivery([], "the ledger is away: deliver_unrecorded sends what is urgent", is_ledger_away=True)


def _delivery(subjects: list[str], withheld: str | None, *, is_ledger_away: bool) -> dict[str, Any]:
    return {
        "batch": NOTIFICATION,
        "subjects": list(dict.fromkeys(subjects)),
        "is_backfill": False,
        "withheld": withheld,
        "is_ledger_away": is_ledger_away,
    }
