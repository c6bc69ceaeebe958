"""Backups of the CRM's databases: what failed, hangs, is missing or works again, sent to the chat of backups.

When: every ten minutes, and at once when a backup script reports a failure by Airflow's REST API.
Reads: ``reporting.backups`` through the connection ``sancrm_db``; that it cannot be read is a finding too.
Sends: what is new to ``backups``, without the ledger while that is away; and what the operators have not received yet.
If it fails: the page of the DAG, in include/dag_docs, says what to do; every task may be cleared.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import FromTask, every_dag
from sancrm_notifications.airflow.operators import DeliverOperator
from sancrm_notifications.schedule.crons import timetable

INCLUDE = Path(__file__).parent.parent / "include"
SQL, PAGES = INCLUDE / "sql", INCLUDE / "dag_docs"
LONGEST_LOOK = timedelta(minutes=5)  # with a pause and two tries at a database that does not answer


@task(task_id="compute", show_return_value_in_logs=False, execution_timeout=LONGEST_LOOK)
def look_at_backups() -> dict[str, object]:
    """Read the attempts to back up; a CRM that cannot be read is a finding too."""
    from sancrm_notifications.notifications.backup_failures import tasks

    forms.checked_context(is_for_scripts=True)
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
    tags=["sancrm", "backup_failures"],
    **every_dag(PAGES / "backup_failures.md", retries=2),
):
    found: FromTask = look_at_backups()
    formatted: FromTask = format_events(found)
    DeliverOperator(task_id="deliver", delivery=formatted)
    deliver_unrecorded(found, formatted)
    deliver_outstanding()
