"""One installation for all tests of whole runs: to start it takes as long as several runs.

It is gone when they have passed: Airflow at rest would take a third of a core from all other tests.
"""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from local.progress import Progress
from local.reports import REPORTS
from tests.installation.installation import Installation, Json, Run, SmallServices

if TYPE_CHECKING:
    from collections.abc import Iterator


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="package")
def started_installation() -> Iterator[Installation]:
    """Start everything in a temporary directory, all DAGs paused; stop and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="airflow_", ignore_cleanup_errors=True) as directory:
        with environment(directory):
            services = SmallServices(Progress())
        services.check()
        try:
            with environment(directory):
                services.start()
            installation = Installation(services)
            api = services.api()
            installation.wait_until(lambda: all(map(api.parsed_at, REPORTS)), "the DAG files are read")
            yield installation
            installation.close()
        finally:
            services.stop()


@contextmanager
def environment(directory: str, **more: str) -> Iterator[None]:
    """Set what the services read of the environment, only for as long as they read it; ``more`` on top."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("TELEGRAM_", "AIRFLOW"))]:
            patch.delenv(name)
        patch.setenv("DEMO_DIRECTORY", directory)
        ports = {"AIRFLOW_PORT": str(free_port()), "CHAT_PORT": str(free_port())}
        for name, value in {**ports, **more}.items():
            patch.setenv(name, value)
        yield


@dataclass(frozen=True)
class FirstTick:
    """What came of the tick that a DAG had missed when it was unpaused, as it was when its run had ended."""

    run: Run
    stored: dict[str, str]
    arrived: list[Json]


@pytest.fixture(scope="package")
def first_ticks(started_installation: Installation) -> dict[str, FirstTick]:
    """Unpause every DAG; the week's and the month's ticks come too late by the settings, the day's does not."""
    started_installation.set_settings(report_lateness_hours=0.001)
    late = _unpause(started_installation, "profitability_weekly", "profitability_monthly")
    started_installation.set_settings(report_lateness_hours=1000)
    in_time = _unpause(started_installation, "profitability_daily")
    started_installation.set_settings()
    return {**late, **in_time}


@pytest.fixture
def installation(started_installation: Installation, first_ticks: dict[str, FirstTick]) -> Installation:
    """Return the installation with all DAGs unpaused and nothing under way."""
    assert len(first_ticks) == len(REPORTS)
    return started_installation


def _unpause(installation: Installation, *dag_ids: str) -> dict[str, FirstTick]:
    count = len(installation.arrived())
    for dag_id in dag_ids:
        installation.unpause(dag_id)
    installation.wait_until(
        lambda: all(installation.runs(dag_id, "scheduled") for dag_id in dag_ids), "missed ticks fire"
    )
    runs = {dag_id: installation.runs(dag_id, "scheduled")[-1] for dag_id in dag_ids}
    assert {run.finished() for run in runs.values()} == {"success"}
    ticks = {}
    for dag_id, run in runs.items():
        rows = installation.ledger(
            "select key, state from notifications.messages where run_id = %s and dag_id = %s order by message_id",
            run.run_id,
            dag_id,
        )
        stored = {row["key"]: row["state"] for row in rows}
        ticks[dag_id] = FirstTick(run, stored, installation.arrived()[count:])
    return ticks
