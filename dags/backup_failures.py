"""Backups of the CRM's databases: what failed, hangs, is missing or works again, told to the chat of backups.

**When**: `backup_failures` every ten minutes (`backup_failures_cron`), and at once when a backup script reports a
failure by Airflow's REST API (docs/backups.md has the line).

**Reads**: `reporting.backups` through the connection `sancrm_db`. That it cannot be read is no error of the run but
news: it is told once, and once that it is over.

**Sends**: to `backups` (the connection `telegram_backups`, else the staff chat) each failed attempt once, an attempt
that hangs once, a missing good copy every day until it is there, and the first good copy after any of these. `deliver`
sends what `format` has stored in the ledger (`notifications_db`); while the ledger is away, `deliver_unrecorded` sends
what is urgent without it and says so. With nothing to tell both are skipped. `deliver_outstanding` has nothing to do
with backups: it sends the operators' news of other failures that Telegram has not taken yet.

**By hand**: the form is that of a script's report; an empty one looks at the CRM at once.

**If it fails**: `deliver` says what to do about the chat or the token, then clear it. A later run sends what Telegram's
outage has left, so a run that failed for that needs nothing. Every task may be cleared, nothing is told twice.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import FromTask, every_dag
from sancrm_notifications.airflow.operators import DeliverOperator
from sancrm_notifications.schedule.crons import timetable

SQL = Path(__file__).parent.parent / "include" / "sql"
LONGEST_LOOK = timedelta(minutes=5)  # with a pause and two tries at a database that does not answer


@task(task_id="compute", show_return_value_in_logs=False, execution_timeout=LONGEST_LOOK)
def look_at_backups() -> dict[str, object]:
    """Read the attempts to back up; a CRM that cannot be read is a finding too."""
    from sancrm_notifications.notifications.backup_failures import tasks

    return tasks.compute((SQL / "backup_failures.sql").read_text(encoding="utf-8"))


@task(task_id="format", execution_timeout=LONGEST_LOOK)
def format_events(findings: FromTask) -> dict[str, object]:
    """Store in the ledger what the chat is to be notified of."""
    from sancrm_notifications.notifications.backup_failures import tasks

    errors_sql = (SQL / "backup_errors.sql").read_text(encoding="utf-8")
    return tasks.format_events(findings, errors_sql, get_current_context())


@task
def deliver_unrecorded(findings: FromTask, delivery: FromTask) -> dict[str, int]:
    """Notify while the ledger is away."""
    from sancrm_notifications.notifications.backup_failures import tasks

    errors_sql = (SQL / "backup_errors.sql").read_text(encoding="utf-8")
    return tasks.deliver_unrecorded(findings, delivery, errors_sql, get_current_context())


@task
def deliver_outstanding() -> None:
    """Send the operators what Telegram did not take when it was new: no other DAG runs as often."""
    from sancrm_notifications.alerts import dispatch

    dispatch.deliver_outstanding()


with DAG(
    dag_id="backup_failures",
    schedule=timetable("backup_failures"),
    # One look after the other; one that is stuck, whatever holds it, gives way to the next.
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=20),
    params=dict(forms.BACKUP_FAILURE),
    doc_md=__doc__,
    tags=["sancrm", "backup_failures"],
    **every_dag(retries=2),
):
    found: FromTask = look_at_backups()
    formatted: FromTask = format_events(found)
    DeliverOperator(task_id="deliver", delivery=formatted)
    deliver_unrecorded(found, formatted)
    deliver_outstanding()
