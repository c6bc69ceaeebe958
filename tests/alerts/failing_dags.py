"""DAGs whose task fails as the environment says, with the notifier as this package's own DAGs have it."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.alerts.notifier import OperatorsNotifier


def fail() -> None:
    """Fail in the way that ``FAULT`` names."""
    import psycopg
    from airflow.sdk.exceptions import AirflowException

    from sancrm_notifications.airflow.task_errors import explained
    from sancrm_notifications.alerts.form_mistakes import refuse
    from sancrm_notifications.channels.channel import DestinationError

    match os.environ["FAULT"]:
        case "explained":
            with explained():
                raise DestinationError("Airflow connection telegram_default has no chat id; not +7 912 345-67-89")
        case "foreign":
            raise AirflowException("Иванов Пётр, 8 (912) 345-67-89")
        case "query":
            with psycopg.connect(os.environ["LEDGER"]) as connection:
                connection.execute("select %s::integer", ("Иванов Пётр",))
        case "away":
            psycopg.connect("host=127.0.0.1 port=1 user=reader password=hunter2")
        case "form":
            refuse(get_current_context(), "В форме нет поля preview_only.")
        case "first try only":
            if get_current_context()["ti"].try_number == 1:
                raise ValueError("Иванов Пётр")


tell_operators = OperatorsNotifier(report="daily")
with DAG(
    "failing",
    schedule=None,
    params={"date": "2026-11-20"},
    default_args={
        "on_failure_callback": tell_operators,
        "retries": 1,
        "retry_delay": timedelta(0),
    },
    on_failure_callback=tell_operators,
):
    task(fail)()
