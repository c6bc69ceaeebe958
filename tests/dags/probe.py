"""``python -m tests.dags.probe``: parses the DAG folder as Airflow does, and prints as JSON what it found.

A process of its own: it starts with nothing imported, and can be given another configuration.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pendulum
from airflow import plugins_manager
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from airflow.utils.file import iter_airflow_imports

if TYPE_CHECKING:
    from airflow.sdk.bases.operator import BaseOperator

# What a DAG file must not pay for at every parse, and what computes or connects.
HEAVY = (
    "pandas",
    "numpy",
    "psycopg",
    "sancrm_notifications.notifications.profitability.figures",
    "sancrm_notifications.delivery.batch",
    "aiohttp",
    "telegram",
)
TICKS_FROM = pendulum.datetime(2026, 11, 27, tz="UTC")  # a Friday, before a 1st that is a Tuesday
TICKS_COUNT = 6


def main() -> None:
    """Print the findings."""
    _import_as_the_dag_processor_does()
    before = set(sys.modules)
    bag = DagBag()
    loaded = [name for name in HEAVY if name in sys.modules]
    found = {
        "import_errors": bag.import_errors,
        "heavy_modules": loaded,
        "imported_by_each_fork": sorted(set(sys.modules) - before),
        "dags": {dag_id: _dag(dag) for dag_id, dag in bag.dags.items()},
        "plugins": _plugins(),
    }
    print(json.dumps(found))  # noqa: T201 - this is a command


def _import_as_the_dag_processor_does() -> None:
    """Import what the DAG files name of Airflow: the dag-processor does so once, and reads each file in a fork."""
    for file in Path(conf.get_mandatory_value("core", "dags_folder")).glob("*.py"):
        for module in iter_airflow_imports(str(file)):
            import_module(module)


def _dag(dag: Any) -> dict[str, Any]:
    return {
        "doc": dag.doc_md,
        "description": dag.description,
        "form_words": _form_words(dag),
        "params": {name: param.value for name, param in dag.params.items()},
        "catchup": dag.catchup,
        "is_paused_upon_creation": dag.is_paused_upon_creation,
        "tells_failures": bool(dag.on_failure_callback) and _tells_failures(dag.on_failure_callback),
        "deadlines": [_deadline(deadline) for deadline in dag.deadline or []],
        "ticks": _ticks(dag),
        "tasks": [_task(task) for task in dag.topological_sort()],
    }


def _form_words(dag: Any) -> list[str | None]:
    """Return titles and descriptions of the form's fields."""
    return [param.schema.get(words) for _, param in dag.params.items() for words in ("title", "description_md")]


def _ticks(dag: Any) -> list[str]:
    """Return the next ticks in UTC, as the scheduler counts them: from the DAG as it is stored."""
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    restriction = TimeRestriction(earliest=TICKS_FROM, latest=None, catchup=True)
    ticks: list[str] = []
    interval = None
    while len(ticks) < TICKS_COUNT:
        info = timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
        if info is None:  # it has no schedule
            break
        interval = info.data_interval
        ticks.append(info.run_after.in_timezone("UTC").isoformat())
    return ticks


def _task(task: BaseOperator) -> dict[str, Any]:
    task.resolve_template_files()
    return {
        "task_id": task.task_id,
        "doc": task.doc_md,
        "retries": task.retries,
        "tells_failures": _tells_failures(task.on_failure_callback),
        "retry_delay_seconds": _seconds(task.retry_delay),
        "max_retry_delay_seconds": _seconds(task.max_retry_delay),
        "template_fields": list(task.template_fields),
        "sql": getattr(task, "sql", None),
    }


def _tells_failures(callbacks: Any) -> bool:
    """Tell whether the callbacks are this package's notifier, and what ends a task's log."""
    called = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    named = [getattr(callback, "__name__", type(callback).__name__) for callback in called]
    return named in (["OperatorsNotifier"], ["OperatorsNotifier", "last_words"])


def _deadline(deadline: Any) -> dict[str, Any]:
    return {
        "reference": type(deadline.reference).__name__,
        "seconds": deadline.interval.total_seconds(),
        "runs_in": type(deadline.callback).__name__,
        "calls": deadline.callback.path,
        "with": deadline.callback.kwargs,
    }


def _seconds(delay: timedelta | float | None) -> float | None:
    return delay.total_seconds() if isinstance(delay, timedelta) else delay


def _plugins() -> dict[str, Any]:
    """Return the registered plugins, and the modules that loading their folder has put under a bare file name."""
    plugins_manager.ensure_plugins_loaded()
    folder = conf.get_mandatory_value("core", "plugins_folder")
    files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    loaded = [name for name, file in files.items() if file.startswith(folder)]
    return {
        "registered": [plugin["name"] for plugin in plugins_manager.get_plugin_info()],
        "executed": sorted(name for name in loaded if name.split(".")[0] != "sancrm_notifications"),
    }


if __name__ == "__main__":
    main()
