"""The bot listens: what clients and staff write to it is answered at once.

When: without a gap; every quarter of an hour the next run takes over from the one before.
Reads: what comes from Telegram; the CRM, for answers; the ledger (``notifications_db``).
Sends: answers, to whoever has asked. Its task starts and ends in the triggerer: no worker waits with it.
If it fails: the next run listens on, nothing is lost for 24 hours; the page of the DAG is in include/dag_docs.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from sancrm_notifications.airflow.defaults import every_dag
from sancrm_notifications.bot.operators import ListenOperator
from sancrm_notifications.schedule.crons import timetable

PAGE = Path(__file__).parent.parent / "include" / "dag_docs" / "client_bot.md"

with DAG(
    dag_id="client_bot",
    schedule=timetable("client_bot"),
    # The one that listens, and the one that takes over.
    max_active_runs=2,
    # Clients write to it only after somebody has decided so.
    is_paused_upon_creation=True,
    tags=["sancrm", "bot"],
    **every_dag(PAGE),
):
    ListenOperator(task_id="listen")
