"""The command: aligned lines, an exit status that a script can use, no token."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checks.conftest import STAFF, TOKEN, Site

ROOT = Path(__file__).parents[2]


def environment(airflow_home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": "plugins", "AIRFLOW_HOME": str(airflow_home)}


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of an Airflow with metadata: a connection that is not there is looked for in it too."""
    home = tmp_path_factory.mktemp("airflow_home")
    migrate = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(migrate, env=environment(home), cwd=ROOT, check=True, capture_output=True)
    return home


def checks(airflow_home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sancrm_notifications.checks", *arguments],
        cwd=ROOT,
        env=environment(airflow_home),
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installation_in_order_ends_with_0(site: Site, airflow_home: Path) -> None:
    done = checks(airflow_home, "--since", "2025-01-01")
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert last == "Nothing is wrong."
    assert {line[:6] for line in lines} == {"ok    "}
    assert {line[6 + 44 : 6 + 46] for line in lines} == {"  "}
    assert any("rows since 2025-01-01" in line for line in lines)
    assert site.stand_in.messages() == []


def test_faults_are_counted_and_end_with_1_and_nothing_else_is_left_out(site: Site, airflow_home: Path) -> None:
    site.stand_in.kick(STAFF)
    site.database("notifications_db", site.ledger, host="127.0.0.1", port=9)
    done = checks(airflow_home)
    assert (done.returncode, done.stderr) == (1, "")
    *lines, last = done.stdout.splitlines()
    assert last == "2 faults."
    assert [line[6:].split("  ")[0] for line in lines if line.startswith("FAIL")] == [
        f"chat {STAFF}",
        "ledger (notifications_db)",
    ]
    assert lines[-1].startswith("ok    missed_call_statuses")
    assert TOKEN.partition(":")[2] not in done.stdout
