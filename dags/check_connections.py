"""Everything the notifications need, looked at before the morning.

When: every day, half an hour before the first report.
Reads: the Airflow Variable, the connections, the CRM's rows of ten weeks, what Telegram says of bots and chats.
Sends: nothing but «typing»; and what the operators have not received yet.
If it fails: the red task says what is wrong and what to do; the page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import every_dag
from sancrm_notifications.schedule.crons import timetable

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "check_connections.md"
GROUPS = ("configuration", "telegram", "databases", "contract")


@task
def check_group(name: str) -> None:
    """Look at one group of things; fail with what is wrong and what to do."""
    from sancrm_notifications.checks import task as checks

    checks.check_group(name, forms.checked_context()["dag_run"].run_id)


@task
def deliver_outstanding() -> None:
    """Send the operators what Telegram did not take when it was news."""
    from sancrm_notifications.alerts import dispatch

    dispatch.deliver_outstanding()


with DAG(
    dag_id="check_connections",
    schedule=timetable("check_connections"),
    max_active_runs=1,
    tags=["sancrm", "watch"],
    # What is away for a moment at half past eight is no news.
    **every_dag(PAGE, retries=2, retry_delay=timedelta(minutes=3)),
):
    checked = {name: check_group.override(task_id=f"check_{name}")(name) for name in GROUPS}
    checked["telegram"] >> deliver_outstanding()
