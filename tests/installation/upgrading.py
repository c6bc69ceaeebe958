"""An installation of the release before the rooms gets today's code and goes on; run by `make test-upgrade`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from local.airflow_environment import ROOT
from local.progress import Progress
from local.reports import REPORTS
from tests.installation.conftest import environment, free_port
from tests.installation.installation import Installation, Run, SmallServices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(900)

FORMER = "1428ed2"
WEEKLY = "profitability_weekly"
# What Airflow says when something that it remembers by path is not there.
MISSING = re.compile(r"ModuleNotFoundError|ImportError|No module named|not registered|could not be imported")
IMPORT_ERRORS = "/importErrors"


class Upgraded:
    """The installation with the code of today, and what the former one had left."""

    def __init__(self, installation: Installation, left: dict[str, list[str]], arrived: int) -> None:
        self.installation = installation
        self.runs = {name: Run(installation, *run) for name, run in left.items()}
        self.arrived = arrived

    def new_texts(self) -> list[str]:
        """Return what has come into the chats since the former code was stopped, oldest first."""
        return [message["text"] for message in self.installation.arrived()[self.arrived :]]

    def stored(self, name: str) -> list[str]:
        """Return the states of the report's messages that a run has stored; alerts about the run are not among them."""
        run = self.runs[name]
        rows = self.installation.ledger(
            "select state from notifications.messages where run_id = %s and notification = %s order by message_id",
            run.run_id,
            run.dag_id,
        )
        return [row["state"] for row in rows]


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tree of the former release's code."""
    archive = subprocess.run(["git", "archive", FORMER], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"commit {FORMER} is not in this repository's history: {archive.stderr.decode().strip()}")
    tree = tmp_path_factory.mktemp("former")
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(tree, filter="data")
    return tree


@pytest.fixture(scope="module")
def upgraded(former: Path) -> Iterator[Upgraded]:
    """Let the former code work and stop in the middle of things, then start today's on all it has left.

    Not below pytest's own temporary directory, which another session of pytest closes to the server's user.
    """
    ports = {"AIRFLOW_PORT": str(free_port()), "CHAT_PORT": str(free_port())}
    beside = tempfile.TemporaryDirectory(prefix="upgraded_", ignore_cleanup_errors=True)
    with beside as directory, environment(directory, **ports):
        left = _leave(former)
        arrived = left.pop("arrived")
        services = SmallServices(Progress())
        try:
            services.start()
            installation = Installation(services)
            api = services.api()
            newer = services.started_at.isoformat()[:19]
            installation.wait_until(lambda: all(api.parsed_at(dag_id) > newer for dag_id in REPORTS), "files are read")
            # A demo that starts sets its own; the run that stood still is two days late by now.
            installation.set_settings(report_lateness_hours=1000)
            yield Upgraded(installation, left, arrived)
            installation.close()
        finally:
            services.stop()


def _leave(former: Path) -> dict[str, Any]:
    """Run the former code; return what it has left."""
    script = (ROOT / "tests" / "installation" / "former_release.py").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-"],
        input=script,
        cwd=former,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(former / "plugins"), str(former)]),
            # Two weeks: no deadline passes while the former code is there to tell of it.
            "AIRFLOW__SANCRM_NOTIFICATIONS__DEADLINE_MINUTES": "20160",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_what_waited_in_the_triggerer_goes_on_and_nothing_is_lost_or_repeated(upgraded: Upgraded) -> None:
    assert upgraded.runs["deferred"].finished() == "success"
    assert upgraded.stored("deferred") == ["sent"] * 3
    everything = [message["text"] for message in upgraded.installation.arrived()]
    assert [text for text, count in Counter(everything).items() if count > 1] == []
    assert not [text for text in everything if "Возможный повтор" in text]


def test_a_deadline_that_was_pending_is_told_by_todays_code(upgraded: Upgraded) -> None:
    before = len(upgraded.new_texts())
    with psycopg.connect(upgraded.installation.metadata) as connection:
        run_id = upgraded.runs["weekly"].run_id
        connection.execute(
            "update dag_run set queued_at = queued_at - interval '15 days' where dag_id = %s and run_id = %s",
            [WEEKLY, run_id],
        )
        moved = connection.execute(
            "update deadline set deadline_time = now() where not missed and dagrun_id ="
            " (select id from dag_run where dag_id = %s and run_id = %s)",
            [WEEKLY, run_id],
        )
        assert moved.rowcount == 1
    upgraded.installation.wait_until(lambda: len(upgraded.new_texts()) > before, "the operators hear of it")
    title, dag, *_ = upgraded.new_texts()[before].splitlines()
    assert title.startswith("Отчёт не доставлен и через ")
    assert dag == f"DAG: {WEEKLY}"


def test_a_run_that_stood_in_the_middle_is_finished(upgraded: Upgraded) -> None:
    before = len(upgraded.new_texts())
    upgraded.installation.unpause(WEEKLY)
    assert upgraded.runs["weekly"].finished() == "success"
    assert upgraded.stored("weekly") == ["sent"] * 3
    assert len(upgraded.new_texts()) == before + 3


def test_what_was_parked_is_sent_again(upgraded: Upgraded) -> None:
    assert set(upgraded.stored("parked")) == {"parked"}
    assert upgraded.installation.trigger("resend_parked").finished() == "success"
    assert upgraded.stored("parked") == ["sent"] * 3


@pytest.mark.parametrize("name", ["history", "deferred", "calls"])
def test_an_old_run_may_be_cleared_and_repeats_nothing(upgraded: Upgraded, name: str) -> None:
    before = upgraded.new_texts()
    upgraded.runs[name].clear()
    assert upgraded.runs[name].finished() == "success"
    assert upgraded.new_texts() == before


def test_nothing_that_airflow_remembers_by_path_was_missing(upgraded: Upgraded) -> None:
    assert upgraded.installation.call("GET", IMPORT_ERRORS)["import_errors"] == []
    directory = upgraded.installation.services.directory
    logs = [*upgraded.installation.services.logs.glob("airflow-*.log"), *directory.glob("airflow/logs/**/*.log")]
    assert len(logs) > 10
    faults = [line for log in logs for line in log.read_text(errors="replace").splitlines() if MISSING.search(line)]
    assert faults == []
