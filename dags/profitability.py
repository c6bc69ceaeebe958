"""Profitability of each branch and of the whole network, told to Telegram.

**When**: `profitability_daily` every day at 09:00 except Monday, about the day before; `profitability_weekly` on
Monday at 09:30, about Monday to Sunday; `profitability_monthly` on the 1st at 09:30, about the month before.
All in the zone `[sancrm_notifications] timezone`.

**Reads**: `reporting.branches`, `repairs`, `rentals`, `fixed_costs` through the connection `sancrm_db`.

**Sends**: one silent report for each branch to `branch:<id>`, then the network's summary to `reports`.
Messages are stored in the ledger (`notifications_db`) by `format` and leave in `deliver`; every task may be
cleared at any time, nothing arrives twice.

**By hand**: the form takes any day inside the wanted period, one branch, or a preview that sends nothing.

**If it fails**, or a scheduled report is not delivered 15 minutes after its time, the operators' chat hears it.
`check_source` says in a sentence what is wrong with the CRM's views; `deliver` says what to do about the chat or the
token, then clear it. Reports that were missed: `python -m sancrm_notifications.backfill --from … --to …`; in the demo
`make backfill FROM=… TO=…` (docs/operations.md).
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, get_current_context, task, task_group

from sancrm_notifications.airflow import forms
from sancrm_notifications.airflow.defaults import OUTLASTS_A_DAY, SOURCE, FromTask, every_dag
from sancrm_notifications.airflow.operators import DeliverOperator, SourceCheckOperator, SourceQueryOperator
from sancrm_notifications.alerts.deadlines import delivery_deadline
from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.schedule.crons import timetable
from sancrm_notifications.schedule.periods import Kind

SQL = Path(__file__).parent.parent / "include" / "sql"
READ = ["branches", "repairs", "rentals", "fixed_costs"]


@task(multiple_outputs=True, show_return_value_in_logs=False)
def choose_period(kind: str) -> dict[str, object]:
    """Choose which period the run is about."""
    from sancrm_notifications.notifications.profitability import tasks

    return tasks.choose_period(Kind(kind), get_current_context())


@task_group
def check_source(parameters: FromTask) -> None:
    """Stop the run where the CRM's views would make numbers wrong."""
    relations = SourceCheckOperator(task_id="relations", sql="check_relations.sql", parameters={"relations": READ})
    unique_ids = SourceCheckOperator(task_id="unique_ids", sql="check_unique_ids.sql", parameters=parameters)
    relations >> unique_ids


@task(task_id="format")
def format_reports(period: FromTask, rows: FromTask, doubts: FromTask) -> dict[str, object]:
    """Store the period's messages in the ledger."""
    from sancrm_notifications.notifications.profitability import tasks

    return tasks.format_reports(period, rows, doubts, get_current_context())


def profitability_tasks(kind: Kind) -> None:
    """Make the tasks of one kind of report, inside its DAG."""
    chosen: FromTask = choose_period(kind.value)
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
    chosen >> check_source(chosen["checks_parameters"]) >> [compute, count_doubts]
    formatted = format_reports(chosen["period"], compute.output, count_doubts.output)
    DeliverOperator(task_id="deliver", delivery=formatted, **OUTLASTS_A_DAY)


for each in Kind:
    with DAG(
        dag_id=f"profitability_{each}",
        schedule=timetable(f"profitability_{each}"),
        template_searchpath=[str(SQL)],
        params=dict(forms.REPORT),
        deadline=delivery_deadline(each),
        doc_md=__doc__,
        tags=["sancrm", "profitability"],
        **every_dag(report=each.value, **SOURCE),
    ):
        profitability_tasks(each)
