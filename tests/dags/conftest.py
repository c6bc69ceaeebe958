"""What the DAG folder holds, read by fresh processes that can reach no database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOWHERE = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"
ELSEWHERE = {
    "TIMEZONE": "Asia/Vladivostok",
    "PROFITABILITY_DAILY_CRON": "15 7 * * *",
    "PROFITABILITY_WEEKLY_CRON": "0 10 * * 2",
    "DEADLINE_MINUTES": "40",
}


def _start(home: Path, options: dict[str, str]) -> subprocess.Popen[str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment = {
        **outside,
        "PYTHONPATH": str(ROOT / "plugins"),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": NOWHERE,
        **{f"AIRFLOW__SANCRM_NOTIFICATIONS__{name}": value for name, value in options.items()},
    }
    command = [sys.executable, "-m", "tests.dags.probe"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _findings(probe: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = probe.communicate(timeout=100)
    assert probe.returncode == 0, errors
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


@pytest.fixture(scope="session")
def both_findings(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Probe with the defaults and with another zone and other times, side by side."""
    probes = [_start(tmp_path_factory.mktemp("airflow"), options) for options in ({}, ELSEWHERE)]
    return [_findings(probe) for probe in probes]


@pytest.fixture(scope="session")
def findings(both_findings: list[dict[str, Any]]) -> dict[str, Any]:
    """What is found out of the box."""
    return both_findings[0]


@pytest.fixture(scope="session")
def findings_elsewhere(both_findings: list[dict[str, Any]]) -> dict[str, Any]:
    """What is found in Vladivostok, at other times."""
    return both_findings[1]
