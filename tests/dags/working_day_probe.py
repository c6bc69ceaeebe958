"""``python -m tests.dags.working_day_probe NOW …``: what Airflow makes of DAGs that run on working days, as JSON.

Parses the DAG folder as the dag-processor does, and reads each DAG as the scheduler does: from what was stored, in
a process that has registered the plugins. NOW are instants at which the scheduler asks when a new DAG runs next.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pendulum
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

RANGE = (pendulum.datetime(2025, 10, 31, tz="Europe/Moscow"), pendulum.datetime(2025, 11, 7, tz="Europe/Moscow"))


def main() -> None:
    """Print the findings."""
    bag = DagBag()
    found = {
        "import_errors": {Path(file).name: said for file, said in bag.import_errors.items()},
        "dags": {dag_id: _dag(dag) for dag_id, dag in bag.dags.items()},
    }
    print(json.dumps(found))  # noqa: T201 - this is a command


def _dag(dag: Any) -> dict[str, Any]:
    stored = json.dumps(DagSerialization.to_dict(dag))
    read = DagSerialization.from_dict(json.loads(stored))
    return {
        "timetable": f"{type(read.timetable).__module__}.{type(read.timetable).__name__}",
        "is_stored_alike_again": json.dumps(DagSerialization.to_dict(dag)) == stored,
        "next_runs": [_next_run(read, datetime.fromisoformat(now)) for now in sys.argv[1:]],
        "next_runs_of_a_former_version": [
            _next_run(_as_stored_by_the_former_release(stored), datetime.fromisoformat(now)) for now in sys.argv[1:]
        ],
        "backfill": [str(info.run_after) for info in read.iter_dagrun_infos_between(*RANGE)],
    }


def _as_stored_by_the_former_release(stored: str) -> Any:
    """Read a version of a DAG that was stored when the timetable had another path."""
    former = stored.replace(
        "sancrm_notifications.schedule.working_day_timetable", "sancrm_notifications.working_day_timetable"
    )
    return DagSerialization.from_dict(json.loads(former))


def _next_run(read: Any, now: datetime) -> str:
    """Return what the scheduler writes into the DAG's row, and the UI shows."""
    with patch("airflow.timetables.trigger.utcnow", lambda: pendulum.instance(now)):
        last = read.next_dagrun_info(last_automated_run_info=None)
        assert last is not None
        info = read.next_dagrun_info(last_automated_run_info=last)
    assert info is not None
    return str(info.run_after)


if __name__ == "__main__":
    main()
