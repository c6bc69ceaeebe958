"""Forgets the texts of old messages.

When: every night.
Reads: the setting ``keep_texts_days``, and the ledger (``notifications_db``).
Sends: nothing.
If it fails: nothing is lost, the next night erases what this one did not; the page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import every_dag
from sancrm_notifications.schedule.crons import timetable

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "erase_old_texts.md"


@task
def erase() -> dict[str, int]:
    """Erase what is older than the setting says; return how many messages' parts."""
    from sancrm_notifications.maintenance import erase_old_texts

    forms.checked_context()
    return erase_old_texts.erase_old_texts()


with DAG(
    dag_id="erase_old_texts",
    schedule=timetable("erase_old_texts"),
    max_active_runs=1,
    # That texts are forgotten must not depend on somebody's remembering to switch it on.
    is_paused_upon_creation=False,
    tags=["sancrm", "ledger"],
    **every_dag(PAGE, retry_delay=timedelta(minutes=10)),
):
    erase()
