"""The DAGs that the demo shows: run through Airflow's scheduler, watched until they have succeeded."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from local.demo_error import DemoError
from sancrm_notifications.airflow.rest import NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.progress import Progress
    from sancrm_notifications.airflow.rest import Airflow

REPORTS = ("profitability_daily", "profitability_weekly", "profitability_monthly")
DAG_IDS = (
    *REPORTS,
    "missed_calls",
    "missed_calls_check",
    "backup_failures",
    "check_connections",
    "resend_parked",
    "erase_old_texts",
)
PARSING_SECONDS = 90.0
RUNNING_SECONDS = 600.0
LOOK_SECONDS = 0.5
SHOWN = 3  # runs that a line of progress speaks of


def run_reports(
    api: Airflow,
    dag_ids: tuple[str, ...],
    started_at: datetime,
    progress: Progress,
    require_alive: Callable[[], None],
) -> None:
    """Run each DAG with nothing filled in; raise DemoError when one does not succeed.

    ``started_at`` is when Airflow was started: what it read before may be an older file. ``require_alive``
    is called again and again, and raises when Airflow is no longer there.
    """
    with progress.step("reading the DAG files"):
        _wait_until_parsed(api, dag_ids, started_at, progress, require_alive)
    with progress.step(f"running {', '.join(dag_ids)}"):
        runs = {}
        for dag_id in dag_ids:
            api.unpause(dag_id)
            runs[dag_id] = api.trigger(dag_id)
        for state in _wait_until_finished(api, runs, progress, require_alive):
            progress.say(state)


def _wait_until_parsed(
    api: Airflow,
    dag_ids: tuple[str, ...],
    started_at: datetime,
    progress: Progress,
    require_alive: Callable[[], None],
) -> None:
    """Wait until Airflow has read the files as they are now, not as they were at an earlier start."""
    deadline = time.monotonic() + PARSING_SECONDS
    while waiting := [dag_id for dag_id in dag_ids if not _is_newer(api.parsed_at(dag_id), started_at)]:
        require_alive()
        errors = api.import_errors()
        if errors:
            raise DemoError("Airflow cannot read a DAG file:\n" + "\n".join(errors))
        if time.monotonic() > deadline:
            raise DemoError(f"Airflow found no DAG {', '.join(waiting)} within {PARSING_SECONDS:.0f} seconds.")
        progress.still(f"waiting for {', '.join(waiting)}")
        time.sleep(LOOK_SECONDS)


def _is_newer(parsed_at: str, than: datetime) -> bool:
    return bool(parsed_at) and datetime.fromisoformat(parsed_at) > than


def _wait_until_finished(
    api: Airflow, runs: dict[str, str], progress: Progress, require_alive: Callable[[], None]
) -> list[str]:
    """Wait for all runs and return a line about each; raise DemoError when one failed or takes too long."""
    deadline = time.monotonic() + RUNNING_SECONDS
    states = dict.fromkeys(runs, "queued")
    while unfinished := [dag_id for dag_id, state in states.items() if state not in ("success", "failed")]:
        require_alive()
        if time.monotonic() > deadline:
            raise DemoError(f"{', '.join(unfinished)} did not end within {RUNNING_SECONDS / 60:.0f} minutes.")
        try:
            states |= {dag_id: api.run_state(dag_id, runs[dag_id]) for dag_id in unfinished}
            if progress.is_due():
                ended = f"{len(runs) - len(unfinished)} of {len(runs)} runs have ended"
                progress.say("; ".join([ended, *(_where(api, dag_id, runs[dag_id]) for dag_id in unfinished[:SHOWN])]))
        except NoAnswerError:
            progress.still("Airflow does not answer")
        time.sleep(LOOK_SECONDS)
    failed = [dag_id for dag_id, state in states.items() if state == "failed"]
    if failed:
        raise DemoError("A run failed:\n" + "\n".join(_failure(api, dag_id, runs[dag_id]) for dag_id in failed))
    return [f"{dag_id} succeeded ({runs[dag_id]})" for dag_id in runs]


def _where(api: Airflow, dag_id: str, run_id: str) -> str:
    """Return what a run is doing at the moment, and why it tries again if it does."""
    tasks = api.tasks(dag_id, run_id)
    done = ("success", "skipped")
    finished = sum(state in done for state in tasks.values())
    current = next((task for task, state in tasks.items() if state not in ("waiting", *done)), "")
    where = f"{dag_id}: {finished} of {len(tasks)} tasks"
    if not current:
        return where
    error = f" after: {api.last_error(dag_id, run_id, current)}" if tasks[current] == "up_for_retry" else ""
    return f"{where}, {current} is {tasks[current]}{error}"


def _failure(api: Airflow, dag_id: str, run_id: str) -> str:
    """Return which task failed, where to read why, and the error itself."""
    failed = [task for task, state in api.tasks(dag_id, run_id).items() if state == "failed"]
    lines = [f"{dag_id} failed at {', '.join(failed) or 'its start'}: {api.url}/dags/{dag_id}/runs/{run_id}"]
    return "\n".join(lines + [f"  {task}: {api.last_error(dag_id, run_id, task)}" for task in failed])
