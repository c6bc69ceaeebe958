"""Everything the notifications need, looked at before the morning.

**When**: every day at 08:30, half an hour before the first report, in the zone `[sancrm_notifications] timezone`
(`check_connections_cron` changes it).

**Reads**: the Airflow Variable, the connections, the CRM's rows of the last ten weeks, and what Telegram says of each
bot and chat.

**Sends**: nothing into any chat but «typing» for a moment. Where Telegram is in order, news of failures that it did not
take before goes out.

**If it fails**: the red task says what is wrong and what to do; its log has a line for each thing that was looked at.
Correct it, then clear the task. The same by hand, with every row of the CRM: `python -m sancrm_notifications.checks`
(docs/watching.md); in the demo `make check`.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow.defaults import every_dag
from sancrm_notifications.schedule.crons import timetable

GROUPS = ("configuration", "telegram", "databases", "contract")


@task
def check_group(name: str) -> None:
    """Look at one group of things; fail with what is wrong and what to do."""
    from sancrm_notifications.checks import task as checks

    checks.check_group(name, get_current_context()["dag_run"].run_id)


@task
def deliver_outstanding() -> None:
    """Send the operators what Telegram did not take when it was news."""
    from sancrm_notifications.alerts import dispatch

    dispatch.deliver_outstanding()


with DAG(
    dag_id="check_connections",
    schedule=timetable("check_connections"),
    max_active_runs=1,
    doc_md=__doc__,
    tags=["sancrm", "watch"],
    # What is away for a moment at half past eight is no news.
    **every_dag(retries=2, retry_delay=timedelta(minutes=3)),
):
    checked = {name: check_group.override(task_id=f"check_{name}")(name) for name in GROUPS}
    checked["telegram"] >> deliver_outstanding()
