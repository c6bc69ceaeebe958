"""The tasks of the profitability reports around their SQL: which period, and from rows to stored messages."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk.exceptions import AirflowFailException

from sancrm_notifications import connections, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.crm.rows import instant
from sancrm_notifications.ledger.history import messages_about
from sancrm_notifications.ledger.revising import Revision, revise
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.notifications.profitability import rules
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from sancrm_notifications.schedule.runs import PeriodError, reported_period, run_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from sancrm_notifications.notifications.profitability.corrections import Correction
    from sancrm_notifications.notifications.profitability.messages import Options
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)


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
    with explained():
        chosen = settings.load()
    report = _read(period, rows, doubts[0], chosen, context)
    batch = _batch(report, chosen, context)
    messages = report.messages()
    with explained():
        conninfo = connections.ledger_conninfo()
        stored = store(conninfo, batch, messages)
        corrected = _correct(conninfo, batch, report, messages, is_asked_for=context["params"]["correct_old"])
    lateness = timedelta(hours=chosen.report_lateness_hours)
    is_whole = report.options.only_branch_id is None
    return {
        "batch": batch.name,
        "subjects": None if is_whole else [message.subject for message in messages],
        "is_backfill": batch.is_backfill,
        "withheld": rules.withheld(report.period, run_facts(context), batch, lateness, datetime.now(UTC)),
        "stored": stored.stored,
        "already_sent": stored.already_sent,
        "corrected": corrected,
    }


@dataclass(frozen=True, slots=True)
class _Report:
    """What a report is written from: its period, the rows of its queries, and how it is to be written."""

    period: Period
    rows: list[dict[str, Any]]
    doubts: dict[str, Any]
    options: Options

    def messages(self, corrections: Mapping[str, Correction] | None = None) -> list[Message]:
        """Return the report's messages, with what is corrected of those in the chat."""
        from sancrm_notifications.notifications.profitability.messages import messages

        options = replace(self.options, corrections=corrections or {})
        return messages(self.period, self.rows, self.doubts, options)


def _read(
    period: dict[str, Any], rows: list[dict[str, Any]], doubts: dict[str, Any], chosen: Settings, context: Context
) -> _Report:
    """Return what the report is written from, as earlier tasks, the settings and the run's form say.

    :raises AirflowFailException: the branch asked for does not exist
    """
    from sancrm_notifications.notifications.profitability.messages import Options

    with explained(LookupError):
        only_branch_id = rules.find_branch(context["params"]["branch"], rows)
    as_of = instant(period["unfinished_as_of"])
    options = Options(chosen.whole_roubles, only_branch_id, chosen.source_quiet_hours, as_of)
    first_on = date.fromisoformat(period["first_on"])
    reported = Period.containing(Kind(period["kind"]), first_on, period["time_zone"])
    return _Report(reported, rows, doubts, options)


def _batch(report: _Report, chosen: Settings, context: Context) -> Batch:
    """Return the batch of the period's messages; or the run's own preview."""
    dag_id, run_id = context["dag"].dag_id, context["dag_run"].run_id
    is_preview = bool(context["params"]["preview"])
    name = f"{dag_id}/{report.period.key}"
    return Batch(
        notification=dag_id,
        period=report.period.key,
        name=f"preview/{name}/{run_id}" if is_preview else name,
        keep=timedelta(days=chosen.report_keep_days),
        if_uneditable="replace",
        is_backfill=run_facts(context).is_backfill,
        is_preview=is_preview,
        dag_id=dag_id,
        run_id=run_id,
    )


def _correct(conninfo: str, batch: Batch, report: _Report, messages: list[Message], *, is_asked_for: bool) -> int:
    """Have those messages edited that show other figures than these; return how many are.

    Looked at after storing: what began to be sent meanwhile has kept its old figures, and is corrected too.
    """
    if batch.is_preview:
        return 0
    now = datetime.now(ZoneInfo(report.period.time_zone))
    changed = rules.corrections(messages_about(conninfo, batch.notification, batch.period), messages, now)
    if not changed:
        return 0
    if not is_asked_for and not rules.is_corrected_unasked(report.period, now):
        log.warning(
            "%s: %d messages in the chat have other figures now; the period ended more than %d days ago, so they are"
            " corrected only with «Correct an old period» in the form of a run",
            batch.name,
            len(changed),
            rules.CORRECTED_WITHIN.days,
        )
        return 0
    rewritten = report.messages({subject: correction for subject, correction in changed.items() if correction})
    revisions = (Revision(batch.period, message) for message in rewritten if message.subject in changed)
    return revise(conninfo, batch, revisions).edited
