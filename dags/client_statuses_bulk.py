"""Client statuses of very many at once: a person is asked before they are told.

When: ``client_statuses`` starts a run when more than ``bulk_above`` clients would hear of the same status at once.
Reads: what waits (``notifications_db``), the repairs' codes (``sancrm_db``).
Sends: what a person approves, behind everything else; refused, or not answered within a day, is never told.
If it fails: clear the task; what waits is in the ledger. The page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, FromTask, every_dag
from sancrm_notifications.events.operators import ApproveEventsOperator, DeliverToClientsOperator

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "client_statuses_bulk.md"


@task
def describe() -> str:
    """Say what a person is asked about."""
    from sancrm_notifications.notifications.client_statuses import tasks

    return tasks.describe(forms.checked_context())


@task(task_id="format")
def format_messages() -> dict[str, object]:
    """Store what was approved."""
    from sancrm_notifications.notifications.client_statuses import tasks

    return tasks.release(get_current_context())


with DAG(
    dag_id="client_statuses_bulk",
    schedule=None,
    is_paused_upon_creation=False,
    params=dict(forms.BULK),
    tags=["sancrm", "events"],
    **every_dag(PAGE),
):
    described: FromTask = describe()
    formatted: FromTask = format_messages()
    approve = ApproveEventsOperator(
        task_id="approve",
        subject="Рассказать сразу многим клиентам?",
        body=described,
    )
    approve >> formatted
    DeliverToClientsOperator(task_id="deliver", delivery=formatted, **OUTLASTS_A_DAY)
