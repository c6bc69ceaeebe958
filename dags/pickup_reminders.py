"""Pickup reminders: whoever has not collected a repair that is ready is reminded of it.

When: on working days at 11:00, configured as ``pickup_reminders_cron``.
Reads: ``reporting.repairs``, branches and customers (``sancrm_db``); bindings (``notifications_db``).
Sends: to clients who are bound and have agreed, after some working days, three times at most.
If it fails: clear the task; nobody is reminded twice. The page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, FromTask, every_dag
from sancrm_notifications.events.operators import ApproveRemindersOperator, DeliverToClientsOperator
from sancrm_notifications.schedule.crons import timetable

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "pickup_reminders.md"


@task
def compute() -> list[dict[str, object]]:
    """Look which repairs wait to be collected."""
    from sancrm_notifications.notifications.pickup_reminders import tasks

    return tasks.compute(forms.checked_context())


@task(multiple_outputs=True)
def describe(waiting: FromTask) -> dict[str, object]:
    """Say what a person is asked about, where it is so much."""
    from sancrm_notifications.notifications.pickup_reminders import tasks

    return tasks.describe(waiting)


@task(task_id="format")
def format_messages(waiting: FromTask) -> dict[str, object]:
    """Store what clients are reminded of."""
    from sancrm_notifications.notifications.pickup_reminders import tasks

    return tasks.format_messages(waiting, get_current_context())


with DAG(
    dag_id="pickup_reminders",
    schedule=timetable("pickup_reminders"),
    # Clients are written to only after somebody has decided so.
    is_paused_upon_creation=True,
    params=dict(forms.REMINDERS),
    tags=["sancrm", "events"],
    **every_dag(PAGE),
):
    waiting: FromTask = compute()
    described: FromTask = describe(waiting)
    approve = ApproveRemindersOperator(
        task_id="approve",
        subject="Напомнить сразу многим клиентам?",
        body=described["question"],
        repair_ids=described["repair_ids"],
    )
    formatted: FromTask = format_messages(waiting)
    approve >> formatted
    DeliverToClientsOperator(task_id="deliver", delivery=formatted, **OUTLASTS_A_DAY)
