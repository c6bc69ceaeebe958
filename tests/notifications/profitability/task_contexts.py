"""What Airflow hands to a task of the reports."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from airflow.utils.types import DagRunType


def a_run(run_type: DagRunType = DagRunType.SCHEDULED, **more: Any) -> Any:
    """Return the context of a task, of a run on time unless ``more`` says otherwise."""
    now = datetime.now(UTC)
    run = SimpleNamespace(
        run_type=run_type,
        run_id=more.pop("run_id", f"{run_type.value}__1"),
        run_after=more.pop("run_after", now),
        clear_number=more.pop("clear_number", 0),
    )
    interval_end = more.pop("data_interval_end", None)
    params = {"date": None, "branch": None, "preview": False, "correct_old": False, **more}
    dag = SimpleNamespace(dag_id="profitability_daily")
    instance = SimpleNamespace(xcom_push=lambda **_: None)
    return {"dag": dag, "dag_run": run, "params": params, "data_interval_end": interval_end, "ti": instance}
