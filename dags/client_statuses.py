"""Client statuses: what happens to a repair is told to the client whose it is.

When: without a gap; a run waits in the triggerer until something has lasted, one run after the other.
Reads: ``reporting.repair_events``, repairs, branches and customers (``sancrm_db``); bindings (``notifications_db``).
Sends: to clients who are bound and have agreed, each change once; at night nothing.
If it fails: nothing is lost, the next run looks a day back. The page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import FromTask, every_dag
from sancrm_notifications.events.operators import AskOperator, DeliverEventsOperator, WaitForEventsOperator

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "client_statuses.md"


@task
def compute() -> dict[str, int]:
    """Note what the CRM has recorded."""
    from sancrm_notifications.notifications.client_statuses import tasks

    return tasks.compute(forms.checked_context())


@task(task_id="format", multiple_outputs=True)
def format_messages() -> dict[str, object]:
    """Store what clients are told."""
    from sancrm_notifications.notifications.client_statuses import tasks

    return tasks.format_messages(get_current_context())


with DAG(
    dag_id="client_statuses",
    schedule="@continuous",
    max_active_runs=1,
    # Clients are written to only after somebody has decided so.
    is_paused_upon_creation=True,
    params=dict(forms.EVENTS),
    tags=["sancrm", "events"],
    **every_dag(PAGE),
):
    formatted: FromTask = format_messages()
    WaitForEventsOperator(task_id="wait") >> compute() >> formatted
    AskOperator(task_id="ask", trigger_dag_id="client_statuses_bulk", brakes=formatted["brakes"])
    DeliverEventsOperator(task_id="deliver", delivery=formatted)
