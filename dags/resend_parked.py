"""Sends again what was parked, of all notifications, after a person has removed the cause.

**When**: by hand only: here, or with `python -m sancrm_notifications.resend` (docs/delivery.md, Parked), in the demo
`make resend-parked`.

**Reads**: the ledger (`notifications_db`). `find` lists in its log what is parked or held: key, reason, until when it
can be sent.

**Sends**: in `deliver` what is parked and not past its end of use, batch after batch in the order in which it was
stored, behind whatever is current, to where its destinations lead now. What is in a chat does not come again.

**By hand**: the form narrows the choice, lists only, and says what becomes of *held* messages, of which nobody knows
whether they arrived: left alone, sent again headed «Возможный повтор», or noted as delivered.

**If it fails**, the cause is not gone: `deliver` names each destination with what to do. Then clear `deliver`.
"""

from __future__ import annotations

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, FromTask, every_dag
from sancrm_notifications.airflow.operators import ResendOperator


@task(multiple_outputs=True, show_return_value_in_logs=False)
def find() -> dict[str, object]:
    """List what waits for a person, and choose what to send."""
    from sancrm_notifications.maintenance import resend_parked

    return resend_parked.find(get_current_context())


with DAG(
    dag_id="resend_parked",
    schedule=None,
    max_active_runs=1,
    # It never runs by itself, and a person who is in need of it should not have to switch it on.
    is_paused_upon_creation=False,
    params=dict(forms.RESEND),
    doc_md=__doc__,
    tags=["sancrm", "ledger"],
    **every_dag(),
):
    found: FromTask = find()
    ResendOperator(task_id="deliver", delivery=found["delivery"], **OUTLASTS_A_DAY)
