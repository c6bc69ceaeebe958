"""Missed calls (незвонки): repairs whose customer waits for a call back, told to the chat of missed calls.

**When**: `missed_calls` at 10:00 of working days tells who waits; `missed_calls_check` every hour from 11:00 to 18:00
of working days only changes what has been told. Times, zone and calendar are in Airflow's configuration, section
`[sancrm_notifications]`.

**Reads**: `reporting.repairs` and `branches` through the connection `sancrm_db`. `compute` asks which repairs wait;
names and phones are read by `format`, when a message is written, and pass through no other task.

**Sends**: one message for each repair to `missed_calls`; above the setting `digest_above`, digests of up to ten. A
repair is told once a day. The messages of one who was called are edited, silently: «Снято с обзвона».

**By hand**: the run tells today's list, also on a day off; the form has a preview that sends and changes nothing.

**If it fails**: `check_source` says in a sentence what is wrong with the CRM's views; `deliver` says what to do about
the chat or the token, then clear it. Every task may be cleared on the same day, nothing arrives twice. A past day's run
is skipped, as the CRM shows only who waits now. More in docs/missed_calls.md.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, SOURCE, FromTask, every_dag
from sancrm_notifications.airflow.operators import DeliverOperator, SourceCheckOperator, SourceQueryOperator
from sancrm_notifications.alerts.deadlines import delivery_deadline
from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.schedule.crons import timetable

SQL = Path(__file__).parent.parent / "include" / "sql"


@task(multiple_outputs=True)
def choose_day() -> dict[str, object]:
    """Choose the day of the run, or skip a day that is not today."""
    from sancrm_notifications.notifications.missed_calls import tasks

    return tasks.choose_day(get_current_context())


@task(task_id="format")
def format_messages(day: FromTask, waiting: FromTask, *, is_telling: bool) -> dict[str, object]:
    """Store what is new, and change what is no longer true."""
    from sancrm_notifications.notifications.missed_calls import tasks

    cards_sql = (SQL / "missed_call_cards.sql").read_text(encoding="utf-8")
    return tasks.format_messages(day, waiting, cards_sql, get_current_context(), is_telling=is_telling)


for dag_id, is_telling in {"missed_calls": True, "missed_calls_check": False}.items():
    with DAG(
        dag_id=dag_id,
        schedule=timetable(dag_id),
        template_searchpath=[str(SQL)],
        params=dict(forms.MISSED_CALLS),
        # Of the check nobody waits for anything.
        deadline=delivery_deadline() if is_telling else None,
        doc_md=__doc__,
        tags=["sancrm", "missed_calls"],
        **every_dag(**SOURCE),
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
        chosen >> check_source >> compute
        formatted = format_messages(chosen["day"], compute.output, is_telling=is_telling)
        # What is left at midnight is shown as expired and ends the task.
        DeliverOperator(task_id="deliver", delivery=formatted, **OUTLASTS_A_DAY)
