"""Forgets the texts of old messages.

**When**: every night at 03:30 in the zone `[sancrm_notifications] timezone` (`erase_old_texts_cron` changes it).

**Reads**: the setting `keep_texts_days`, and the ledger (`notifications_db`).

**Sends**: nothing. Text, rich form and buttons of messages that were sent, or settled otherwise, longer ago are
erased, and old previews are removed. Keys, figures, states, attempts and runs stay: nothing comes twice, every delivery
can still be looked up, and a message whose figures change can still be edited. What can still be sent keeps its text.
Before that, indexes are built that a new version of the package has brought; deliveries go on meanwhile.

**If it fails**, nothing is lost: the next night erases what this one did not.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, task

from sancrm_notifications.airflow.defaults import every_dag
from sancrm_notifications.schedule.crons import timetable


@task
def erase() -> dict[str, int]:
    """Erase what is older than the setting says; return how many messages' parts."""
    from sancrm_notifications.maintenance import erase_old_texts

    return erase_old_texts.erase_old_texts()


with DAG(
    dag_id="erase_old_texts",
    schedule=timetable("erase_old_texts"),
    max_active_runs=1,
    # That texts are forgotten must not depend on somebody's remembering to switch it on.
    is_paused_upon_creation=False,
    doc_md=__doc__,
    tags=["sancrm", "ledger"],
    **every_dag(retry_delay=timedelta(minutes=10)),
):
    erase()
