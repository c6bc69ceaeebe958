"""Missed calls (незвонки): repairs whose customer waits for a call back, told to one chat or to the teams'.

When: ``missed_calls`` in the morning of working days; ``missed_calls_check``, every hour after it, only edits.
Reads: ``reporting.repairs`` and ``branches`` through the connection ``sancrm_db``; names and phones only in ``format``.
Sends: a message for each repair, or digests, to ``missed_calls`` or ``team:<branch>``; edits those of who was called.
If it fails: the pages of the DAGs, in include/dag_docs, say what to do; on the same day every task may be cleared.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, SOURCE, FromTask, every_dag
from sancrm_notifications.airflow.operators import DeliverOperator
from sancrm_notifications.airflow.source_operators import SourceCheckOperator, SourceQueryOperator
from sancrm_notifications.alerts.deadlines import PunctualDAG, delivery_deadline
from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.schedule.crons import timetable

INCLUDE = Path(__file__).parent.parent / "include"
SQL, PAGES = INCLUDE / "sql", INCLUDE / "dag_docs"


@task(multiple_outputs=True)
def choose_day() -> dict[str, object]:
    """Choose the day of the run, or skip a day that is not today."""
    from sancrm_notifications.notifications.missed_calls import tasks

    return tasks.choose_day(forms.checked_context())


@task(task_id="format")
def format_messages(day: FromTask, waiting: FromTask, *, is_notifying: bool) -> dict[str, object]:
    """Store what is new, and change what is no longer true."""
    from sancrm_notifications.notifications.missed_calls import tasks

    cards_sql = (SQL / "missed_call_cards.sql").read_text(encoding="utf-8")
    return tasks.format_messages(day, waiting, cards_sql, get_current_context(), is_notifying=is_notifying)


for dag_id, is_notifying in {"missed_calls": True, "missed_calls_check": False}.items():
    with PunctualDAG(
        dag_id=dag_id,
        schedule=timetable(dag_id),
        template_searchpath=[str(SQL)],
        params=dict(forms.MISSED_CALLS),
        # Of the check nobody waits for anything.
        deadline=delivery_deadline() if is_notifying else None,
        tags=["sancrm", "missed_calls"],
        **every_dag(PAGES / f"{dag_id}.md", **SOURCE),
    ):
        chosen: FromTask = choose_day()
        check_source = SourceCheckOperator(
            task_id="check_source", sql="check_relations.sql", parameters={"relations": ["repairs", "branches"]}
        )
        compute = SourceQueryOperator(
            task_id="compute",
            sql="missed_calls.sql",
            parameters=chosen["waiting_parameters"],
            handler=json_rows,
            show_return_value_in_logs=False,
        )
        [chosen, check_source] >> compute
        formatted = format_messages(chosen["day"], compute.output, is_notifying=is_notifying)
        # What is left at midnight is shown as expired and ends the task.
        DeliverOperator(task_id="deliver", delivery=formatted, **OUTLASTS_A_DAY)
