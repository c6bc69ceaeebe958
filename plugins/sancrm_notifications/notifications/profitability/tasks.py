"""The tasks of the profitability reports around their SQL: which period, and from rows to stored messages."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk.exceptions import AirflowFailException

from sancrm_notifications import connections, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.ledger.history import told_about
from sancrm_notifications.ledger.revising import Revision, revise
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from sancrm_notifications.schedule.runs import PeriodError, RunFacts, is_too_late, reported_period, run_facts

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sancrm_notifications.notifications.profitability.corrections import Correction
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)

# Who reads last quarter's report again? An older message is changed only when somebody asks for it.
CORRECTED_WITHIN = timedelta(days=35)


def choose_period(kind: Kind, context: Context) -> dict[str, Any]:
    """Return what the run reports, as the following tasks read it: the period, and each query's parameters.

    :raises AirflowFailException: the period asked for has not ended
    """
    params = context["params"]
    facts = run_facts(context)
    now = datetime.now(UTC)
    try:
        period = reported_period(kind, facts, params["date"], now, preview=params["preview"], zone=time_zone())
    except (PeriodError, ValueError) as error:
        raise AirflowFailException(f"{context['dag'].dag_id}: {error}") from None
    days = {"first_on": period.first_on.isoformat(), "last_on": period.last_on.isoformat()}
    bounds = {"period_start": period.start.isoformat(), "period_end": period.end.isoformat(), **days}
    return {
        "period": {
            "kind": kind.value,
            "time_zone": period.time_zone,
            "unfinished_as_of": now.isoformat() if period.end > now else None,
            **days,
        },
        "figures_parameters": query_parameters(period.computed()),
        "checks_parameters": bounds,
        "doubts_parameters": {**bounds, "as_of": now.isoformat()},
    }


def format_reports(
    period: dict[str, Any], rows: list[dict[str, Any]], doubts: list[dict[str, Any]], context: Context
) -> dict[str, Any]:
    """Write the period's messages into the ledger and return which batch to deliver, and why not if it must wait.

    :raises AirflowFailException: the branch asked for does not exist, or a setting or a connection is wrong
    :raises AirflowException: the ledger cannot be reached
    """
    from sancrm_notifications.notifications.profitability.messages import Options, messages

    dag_id, run_id = context["dag"].dag_id, context["dag_run"].run_id
    with explained(LookupError):
        chosen = settings.load()
        only_branch_id = find_branch(context["params"]["branch"], rows)
    reported = Period(
        Kind(period["kind"]),
        date.fromisoformat(period["first_on"]),
        date.fromisoformat(period["last_on"]),
        period["time_zone"],
    )
    facts = run_facts(context)
    is_preview = bool(context["params"]["preview"])
    batch = Batch(
        notification=dag_id,
        period=reported.key,
        name=_batch_name(dag_id, reported.key, run_id if is_preview else None),
        keep=timedelta(days=chosen.report_keep_days),
        if_uneditable="replace",
        is_backfill=facts.is_backfill,
        is_preview=is_preview,
        dag_id=dag_id,
        run_id=run_id,
    )
    as_of = period["unfinished_as_of"]
    options = Options(
        chosen.whole_roubles,
        only_branch_id,
        chosen.source_quiet_hours,
        None if as_of is None else datetime.fromisoformat(as_of),
    )
    written = messages(reported, rows, doubts[0], options)
    with explained():
        conninfo = connections.ledger_conninfo()
        stored = store(conninfo, batch, written)
        # Looked at afterwards: what began to be sent meanwhile has kept its old figures, and is corrected too.
        changed = _changed(conninfo, batch, reported, written, asked_for=context["params"]["correct_old"])
        corrections = {subject: correction for subject, correction in changed.items() if correction is not None}
        rewritten = messages(reported, rows, doubts[0], replace(options, corrections=corrections)) if changed else []
        corrected = (Revision(reported.key, message) for message in rewritten if message.subject in changed)
        revised = revise(conninfo, batch, corrected)
    return {
        "batch": batch.name,
        "subjects": None if only_branch_id is None else [message.subject for message in written],
        "is_backfill": batch.is_backfill,
        "withheld": _withheld(reported, facts, batch, timedelta(hours=chosen.report_lateness_hours)),
        "stored": stored.stored,
        "already_sent": stored.already_sent,
        "corrected": revised.edited,
    }


def _changed(
    conninfo: str, batch: Batch, reported: Period, written: list[Message], *, asked_for: bool
) -> dict[str, Correction | None]:
    """Return what is corrected, by subject: messages in the chat, or on their way, whose own figures have changed.

    None stands for an edit on its way that is taken back: the chat shows these very figures.  An old period's
    messages are corrected only when it is ``asked_for``.
    """
    from sancrm_notifications.notifications.profitability.corrections import Correction, is_corrected

    if batch.is_preview:
        return {}
    now = datetime.now(ZoneInfo(reported.time_zone))
    figures = {message.subject: message.figures for message in written}
    changed: dict[str, Correction | None] = {}
    for about in told_about(conninfo, batch.notification, batch.period):
        if not about.has_begun or about.subject not in figures:
            continue
        if is_corrected(about.shown_figures, figures[about.subject]):
            changed[about.subject] = Correction(about.shown_figures, now)
        elif is_corrected(about.figures, figures[about.subject]):
            changed[about.subject] = None
    if changed and not asked_for and now - reported.end > CORRECTED_WITHIN:
        log.warning(
            "%s: %d messages in the chat have other figures now; the period ended more than %d days ago, so they are"
            " corrected only with «Correct an old period» in the form of a run",
            batch.name,
            len(changed),
            CORRECTED_WITHIN.days,
        )
        return {}
    return changed


def find_branch(asked: str | None, rows: list[dict[str, Any]]) -> int | None:
    """Return the id of the branch named by id, code prefix or name; None when none was asked for.

    :raises LookupError: there is no such branch, or two have this name; the text lists those known
    """
    wanted = _comparable(asked)
    if not wanted:
        return None
    reported = [row for row in rows if row["period_name"] == "reported" and row["subject"] == "branch"]
    branches = {row["branch_id"]: row for row in reported}
    for column in ("branch_id", "code_prefix", "branch_name"):
        found = [branch_id for branch_id, row in branches.items() if _comparable(row[column]) == wanted]
        if len(found) == 1:
            return int(found[0])
    known = ", ".join(f"{row['branch_id']} ({row['branch_name']})" for row in branches.values())
    raise LookupError(f"parameter branch = {asked!r} names no single branch; those with a report here are {known}")


def _comparable(name: object) -> str:
    return "" if name is None else str(name).strip().casefold()


def _batch_name(dag_id: str, period: str, preview_run_id: str | None) -> str:
    name = f"{dag_id}/{period}"
    return name if preview_run_id is None else f"preview/{name}/{preview_run_id}"


def _withheld(period: Period, facts: RunFacts, batch: Batch, lateness: timedelta) -> str | None:
    """Return the sentence why a stored batch is not delivered by this run, or None."""
    if batch.is_preview:
        return (
            "preview: nothing is sent. Read it on this run's tab «Notification preview», or find it in the menu"
            f" Browse → Notification previews: {batch.name}"
        )
    if is_too_late(facts, datetime.now(UTC), lateness):
        # From the last day, on which the period ends: from its first, all its days' reports would be sent too.
        return (
            f"this run started more than {lateness / timedelta(hours=1):g} h after its time, so its messages were"
            f" stored and not sent. To send them, clear this run, or backfill the reported day {period.last_on}"
        )
    return None
