"""The task of the profitability reports behind their SQL: from rows to stored messages. Before it: choosing.py."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk.exceptions import AirflowFailException

from sancrm_notifications import connections, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.alerts.form_mistakes import refuse
from sancrm_notifications.crm.rows import instant
from sancrm_notifications.delivery.preview import preview_words
from sancrm_notifications.ledger.history import messages_about
from sancrm_notifications.ledger.revising import Revision, revise
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.notifications.profitability import corrections, rules
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.schedule.runs import run_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from sancrm_notifications.notifications.profitability.corrections import Correction
    from sancrm_notifications.notifications.profitability.messages import Options
    from sancrm_notifications.notifications.profitability.pictures import NetworkPicture
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)


def format_reports(
    period: dict[str, Any],
    rows: list[dict[str, Any]],
    doubts: list[dict[str, Any]],
    history_sql: str,
    context: Context,
) -> dict[str, Any]:
    """Write the period's messages into the ledger and return which batch to deliver, and why not if it must wait.

    ``history_sql`` is the text of ``profitability_history.sql``.

    :raises AirflowFailException: the branch asked for has no report, or a setting or a connection is wrong
    :raises AirflowException: the ledger cannot be reached
    """
    with explained():
        chosen = settings.load()
    report = _with_unusual(_read(period, rows, doubts[0], chosen, context), history_sql, chosen)
    batch = _batch(report, chosen, context)
    messages = report.messages()
    wanted = [message for message in messages if message.picture is None or report.has_picture]
    with explained():
        conninfo = connections.ledger_conninfo()
        stored = store(conninfo, batch, wanted)
        corrected = _correct(conninfo, batch, report, messages, is_asked_for=context["params"]["correct_old"])
        words = _preview_words(conninfo, batch, report, chosen, is_asked_for=context["params"]["correct_old"])
    lateness = timedelta(hours=chosen.report_lateness_hours)
    withheld = rules.withheld(report.period, run_facts(context), batch, lateness, datetime.now(UTC))
    is_whole = report.options.only_branch_id is None
    return {
        "batch": batch.name,
        "subjects": None if is_whole else [message.subject for message in messages],
        "is_backfill": batch.is_backfill,
        "withheld": f"{withheld}. {words}" if words else withheld,
        "stored": stored.stored,
        "already_sent": stored.already_sent,
        "corrected": corrected,
    }


@dataclass(frozen=True, slots=True)
class _Report:
    """What a report is written from: its period, the rows of its queries, and how it is to be written.

    ``picture`` is that of the summary, where it may have one; ``has_picture``: it is wanted, and there is history.
    """

    period: Period
    rows: list[dict[str, Any]]
    doubts: dict[str, Any]
    options: Options
    picture: NetworkPicture | None
    has_picture: bool

    def messages(self, corrections: Mapping[str, Correction] | None = None) -> list[Message]:
        """Return the report's messages, with what is corrected of those in the chat.

        The picture too where it is not wanted: one that is in the chat must not show what is no longer true.
        """
        from sancrm_notifications.notifications.profitability.messages import messages
        from sancrm_notifications.notifications.profitability.pictures import SUBJECT

        corrected = corrections or {}
        texts = messages(self.period, self.rows, self.doubts, replace(self.options, corrections=corrected))
        if self.picture is None:
            return texts
        names = {message.subject: message.label for message in texts}
        return [*texts, self.picture.message(names, corrected.get(SUBJECT))]


def _read(
    period: dict[str, Any], rows: list[dict[str, Any]], doubts: dict[str, Any], chosen: Settings, context: Context
) -> _Report:
    """Return what the report is written from, as earlier tasks, the settings and the run's form say.

    :raises AirflowFailException: the branch asked for has no report
    """
    from sancrm_notifications.notifications.profitability.messages import Options
    from sancrm_notifications.notifications.profitability.pictures import NetworkPicture

    only_branch_id = period.get("only_branch_id")
    if context["params"]["branch"] and only_branch_id is None:
        raise AirflowFailException("the branch was not chosen yet: clear choose_period of this run")
    if only_branch_id is not None and not rules.has_report(only_branch_id, rows):
        refuse(context, f"У филиала {only_branch_id} нет отчёта за этот период: он закрыт, и цифр у него нет.")
    as_of = instant(period["unfinished_as_of"])
    written_on = datetime.now(ZoneInfo(period["time_zone"])).date()
    first_on = date.fromisoformat(period["first_on"])
    reported = Period.containing(Kind(period["kind"]), first_on, period["time_zone"])
    is_pictured = reported.kind is not Kind.DAILY and only_branch_id is None
    has_one = is_pictured and NetworkPicture.was_computed(rows)
    picture = NetworkPicture(reported, rows) if has_one else None
    why_not = picture.why_not if picture and chosen.pictures else None
    notes = (why_not,) if why_not else ()
    options = Options(
        chosen.whole_roubles,
        only_branch_id,
        chosen.source_quiet_hours,
        as_of,
        written_on,
        summary_notes=notes,
    )
    return _Report(reported, rows, doubts, options, picture, has_picture=chosen.pictures and why_not is None)


def _with_unusual(report: _Report, history_sql: str, chosen: Settings) -> _Report:
    """Return the report with what is unusual in it; of a period that goes on nothing is."""
    if not chosen.name_unusual or report.options.unfinished_as_of:
        return report
    from sancrm_notifications.notifications.profitability.history import read_unusual

    found = read_unusual(report.period, report.rows, history_sql)
    return replace(report, options=replace(report.options, unusual=found))


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


def _preview_words(conninfo: str, batch: Batch, report: _Report, chosen: Settings, *, is_asked_for: bool) -> str:
    """Return what a preview would send and change, and where; of anything else nothing."""
    if not batch.is_preview:
        return ""
    now = datetime.now(ZoneInfo(report.period.time_zone))
    is_corrected = is_asked_for or rules.is_corrected_unasked(report.period, now)
    is_changed = corrections.is_corrected if is_corrected else lambda *_: False
    return f"A real run: {preview_words(conninfo, batch, chosen, is_changed)}"


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
            " corrected only with «Исправить старый период» in the form of a run",
            batch.name,
            len(changed),
            rules.CORRECTED_WITHIN.days,
        )
        return 0
    rewritten = report.messages({subject: correction for subject, correction in changed.items() if correction})
    revisions = (Revision(batch.period, message) for message in rewritten if message.subject in changed)
    return revise(conninfo, batch, revisions).edited
