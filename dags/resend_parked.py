"""Sends again what was parked, of all notifications, after a person has removed the cause.

When: by hand only, here or with ``python -m sancrm_notifications.resend``.
Reads: the ledger (``notifications_db``).
Sends: what is parked and not past its end of use, in the order in which it was stored, behind whatever is current.
If it fails: the cause is not gone, and ``deliver`` names it; the page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, FromTask, every_dag
from sancrm_notifications.airflow.operators import ResendOperator

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "resend_parked.md"


@task(multiple_outputs=True, show_return_value_in_logs=False)
def find() -> dict[str, object]:
    """List what waits for a person, and choose what to send."""
    from sancrm_notifications.maintenance import resend_parked

    return resend_parked.find(forms.checked_context())


with DAG(
    dag_id="resend_parked",
    schedule=None,
    max_active_runs=1,
    # It never runs by itself, and a person who is in need of it should not have to switch it on.
    is_paused_upon_creation=False,
    params=dict(forms.RESEND),
    tags=["sancrm", "ledger"],
    **every_dag(PAGE),
):
    found: FromTask = find()
    ResendOperator(task_id="deliver", delivery=found["delivery"], **OUTLASTS_A_DAY)
