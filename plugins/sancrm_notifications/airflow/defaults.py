"""What the DAGs have in common: since when they tick, who hears of a failure, and how tasks try again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.alerts.last_words import last_words
from sancrm_notifications.alerts.notifier import OperatorsNotifier
from sancrm_notifications.schedule.crons import first_tick

if TYPE_CHECKING:
    from pathlib import Path

FromTask = Any
"""What another task returns when it has run."""

SOURCE: dict[str, Any] = {"conn_id": "sancrm_db"}
"""How tasks read the CRM's database."""

RETRIES: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
}
OUTLASTS_A_DAY: dict[str, Any] = {"retries": 60, "max_retry_delay": timedelta(minutes=30)}
"""How a delivery tries again: an outage of a day heals by itself, the wait between tries grows to half an hour."""


# In place of a function's docstring, which the UI would show: that is for those who read the code.
_OF_A_TASK = "Что делает задача, сказано на странице её DAG."


def every_dag(page: Path, *, report: str | None = None, **of_tasks: Any) -> dict[str, Any]:
    """Return the arguments that every DAG is made with; ``of_tasks`` are further ones of its tasks.

    :param page: the file with the DAG's page in Airflow's UI; its first line stands in the list of DAGs
    :param report: the kind of report, where the DAG makes one, so that news of its failure names the period
    """
    text = page.read_text(encoding="utf-8")
    # A task's own process knows the error; of a task that was killed, Airflow calls only the DAG's.
    tell_operators = OperatorsNotifier(report=report)
    return {
        "start_date": first_tick(),
        "catchup": False,
        "default_args": {
            **RETRIES,
            "on_failure_callback": [tell_operators, last_words],
            "on_retry_callback": last_words,
            "doc_md": _OF_A_TASK,
            **of_tasks,
        },
        "on_failure_callback": tell_operators,
        "description": text.partition("\n")[0],
        "doc_md": text,
    }
