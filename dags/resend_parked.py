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

from datetime import timedelta
from typing import Any

# Not used here: see profitability.py.
from airflow.providers.telegram.operators.telegram import TelegramOperator  # noqa: F401
from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.operators import ResendOperator
from sancrm_notifications.alerts.notifier import OperatorsNotifier
from sancrm_notifications.schedule.crons import first_tick

FromTask = Any  # what another task returns when it has run
TELL_OPERATORS = OperatorsNotifier()
DEFAULTS = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    "on_failure_callback": TELL_OPERATORS,
}


@task(multiple_outputs=True, show_return_value_in_logs=False)
def find() -> dict[str, object]:
    """List what waits for a person, and choose what to send."""
    from sancrm_notifications.maintenance import resend_parked

    return resend_parked.find(get_current_context())


with DAG(
    dag_id="resend_parked",
    schedule=None,
    start_date=first_tick(),
    catchup=False,
    max_active_runs=1,
    # It never runs by itself, and a person who is in need of it should not have to switch it on.
    is_paused_upon_creation=False,
    params=dict(forms.RESEND),
    default_args=DEFAULTS,
    on_failure_callback=TELL_OPERATORS,
    doc_md=__doc__,
    tags=["sancrm", "ledger"],
):
    # An outage of a day heals by itself, as for every delivery.
    found: FromTask = find()
    ResendOperator(task_id="deliver", delivery=found["delivery"], retries=60)
