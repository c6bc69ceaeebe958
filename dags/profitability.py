"""Profitability of each branch and of the whole network, sent to Telegram: three DAGs, for a day, a week, a month.

When: at the ticks of ``schedule/crons.py``, about the last period that has ended.
Reads: ``reporting.branches``, ``repairs``, ``rentals``, ``fixed_costs`` through the connection ``sancrm_db``.
Sends: a silent report for each branch to ``branch:<id>``, then the network's summary to ``reports``.
If it fails: the pages of the DAGs, in include/dag_docs, say what to do; every task may be cleared at any time.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import TaskGroup, get_current_context, task

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, SOURCE, FromTask, every_dag
from sancrm_notifications.airflow.operators import DeliverOperator
from sancrm_notifications.airflow.source_operators import SourceCheckOperator, SourceQueryOperator
from sancrm_notifications.alerts.deadlines import PunctualDAG, delivery_deadline
from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.schedule.crons import timetable
from sancrm_notifications.schedule.periods import Kind

INCLUDE = Path(__file__).parent.parent / "include"
SQL, PAGES = INCLUDE / "sql", INCLUDE / "dag_docs"
READ = ["branches", "repairs", "rentals", "fixed_costs"]


@task(multiple_outputs=True, show_return_value_in_logs=False)
def choose_period(kind: str) -> dict[str, object]:
    """Choose which period the run is about, and which branch where the form names one."""
    from sancrm_notifications.notifications.profitability import choosing

    branches_sql = (SQL / "branches.sql").read_text(encoding="utf-8")
    return choosing.choose_period(Kind(kind), branches_sql, forms.checked_context())


@task(task_id="format")
def format_reports(period: FromTask, rows: FromTask, doubts: FromTask) -> dict[str, object]:
    """Store the period's messages in the ledger."""
    from sancrm_notifications.notifications.profitability import tasks

    history_sql = (SQL / "profitability_history.sql").read_text(encoding="utf-8")
    return tasks.format_reports(period, rows, doubts, history_sql, get_current_context())


def profitability_tasks(kind: Kind) -> None:
    """Make the tasks of one kind of report, inside its DAG."""
    chosen: FromTask = choose_period(kind.value)
    with TaskGroup("check_source", tooltip="Stop the run where the CRM's views would make numbers wrong."):
        relations = SourceCheckOperator(task_id="relations", sql="check_relations.sql", parameters={"relations": READ})
        # Beside the queries: what they have computed is used only when this has passed.
        unique_ids = SourceCheckOperator(
            task_id="unique_ids", sql="check_unique_ids.sql", parameters=chosen["checks_parameters"]
        )
    compute = SourceQueryOperator(
        task_id="compute",
        sql="profitability.sql",
        parameters=chosen["figures_parameters"],
        handler=json_rows,
        show_return_value_in_logs=False,
    )
    count_doubts = SourceQueryOperator(
        task_id="count_doubts",
        sql="profitability_doubts.sql",
        parameters=chosen["doubts_parameters"],
        handler=json_rows,
    )
    formatted = format_reports(chosen["period"], compute.output, count_doubts.output)
    relations >> [unique_ids, compute, count_doubts] >> formatted
    DeliverOperator(task_id="deliver", delivery=formatted, **OUTLASTS_A_DAY)


for each in Kind:
    with PunctualDAG(
        dag_id=f"profitability_{each}",
        schedule=timetable(f"profitability_{each}"),
        template_searchpath=[str(SQL)],
        params=dict(forms.REPORT),
        deadline=delivery_deadline(each),
        tags=["sancrm", "profitability"],
        **every_dag(PAGES / f"profitability_{each}.md", report=each.value, **SOURCE),
    ):
        profitability_tasks(each)
