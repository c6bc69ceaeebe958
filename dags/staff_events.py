"""Staff events: a new repair, a changed status and what a client writes, told to the team.

When: without a gap; a run waits in the triggerer until something has lasted, one run after the other.
Reads: ``reporting.repair_events``, repairs and branches (``sancrm_db``).
Sends: to ``team:<branch>``, which falls back to ``staff``, each once; a burst is a digest. No money.
If it fails: nothing is lost, the next run looks a day back. The page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import FromTask, every_dag
from sancrm_notifications.events.operators import DeliverEventsOperator, WaitForEventsOperator

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "staff_events.md"


@task
def compute() -> dict[str, int]:
    """Note what the CRM has recorded."""
    from sancrm_notifications.notifications.staff_events import tasks

    return tasks.compute(forms.checked_context())


@task(task_id="format")
def format_messages() -> dict[str, object]:
    """Store what staff are told."""
    from sancrm_notifications.notifications.staff_events import tasks

    return tasks.format_messages(get_current_context())


with DAG(
    dag_id="staff_events",
    schedule="@continuous",
    max_active_runs=1,
    # Staff are written to only after somebody has decided so.
    is_paused_upon_creation=True,
    params=dict(forms.EVENTS),
    tags=["sancrm", "events"],
    **every_dag(PAGE),
):
    formatted: FromTask = format_messages()
    WaitForEventsOperator(task_id="wait") >> compute() >> formatted
    DeliverEventsOperator(task_id="deliver", delivery=formatted)
