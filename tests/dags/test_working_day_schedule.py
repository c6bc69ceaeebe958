"""A DAG on working days as Airflow reads it: registered by the plugin, stored, and read in the scheduler's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.dags.conftest import NOWHERE, ROOT

if TYPE_CHECKING:
    from pathlib import Path

ON_WORKING_DAYS = """
from airflow.sdk import DAG
from sancrm_notifications.schedule.crons import first_tick, timetable

dag = DAG("on_working_days", schedule=timetable("missed_calls"), start_date=first_tick(), catchup=False)
"""
REPORTS = """
from airflow.sdk import DAG
from sancrm_notifications.schedule.crons import first_tick, timetable

dag = DAG("reports", schedule=timetable("profitability_daily"), start_date=first_tick(), catchup=False)
"""
# Before a moved Saturday, after the last tick of 2026, on New Year's Day, before another moved Saturday.
NOWS = ("2025-10-31T12:00+03:00", "2026-12-30T12:00+03:00", "2027-01-01T12:00+03:00", "2027-02-19T12:00+03:00")
CONFIGURED = {
    "DAYS_OFF": "2025-11-01, 2026-12-28",
    "WORKING_DAYS": "2026-12-31, 2027-01-09",
    "TIMEZONE": "Asia/Vladivostok",
    "MISSED_CALLS_CRON": "30 11 * * *",
}
WRONG = {"DAYS_OFF": "2026-12-31", "WORKING_DAYS": "2027-01-09, 2026-12-31"}


def _start(directory: Path, options: dict[str, str]) -> subprocess.Popen[str]:
    folder = directory / "dags"
    folder.mkdir()
    (folder / "on_working_days.py").write_text(ON_WORKING_DAYS, encoding="utf-8")
    (folder / "reports.py").write_text(REPORTS, encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "PYTHONPATH": str(ROOT / "plugins"),
        "AIRFLOW_HOME": str(directory),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": NOWHERE,
        **{f"AIRFLOW__SANCRM_NOTIFICATIONS__{name}": value for name, value in options.items()},
    }
    command = [sys.executable, "-m", "tests.dags.working_day_probe", *NOWS]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _findings(probe: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = probe.communicate(timeout=100)
    assert probe.returncode == 0, errors
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def all_findings(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Probe as it is out of the box, configured otherwise, and configured wrongly, side by side."""
    probes = [_start(tmp_path_factory.mktemp("airflow"), options) for options in ({}, CONFIGURED, WRONG)]
    return [_findings(probe) for probe in probes]


def local(instants: list[str], zone: str = "Europe/Moscow") -> list[str]:
    return [f"{datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}" for instant in instants]


def test_the_next_run_that_airflow_stores_is_the_true_one(all_findings):
    dag = all_findings[0]["dags"]["on_working_days"]
    assert all_findings[0]["import_errors"] == {}
    assert dag["timetable"] == "sancrm_notifications.schedule.working_day_timetable.WorkingDayTimetable"
    assert local(dag["next_runs"]) == [
        "Sat 2025-11-01 10:00",
        "Mon 2027-01-11 10:00",
        "Mon 2027-01-11 10:00",
        "Sat 2027-02-20 10:00",
    ]


def test_a_version_of_the_dag_from_before_the_timetable_moved_has_the_same_runs(all_findings):
    for findings in all_findings[:2]:
        dag = findings["dags"]["on_working_days"]
        assert dag["next_runs_of_a_former_version"] == dag["next_runs"]


def test_a_backfill_has_a_run_on_each_working_day(all_findings):
    assert local(all_findings[0]["dags"]["on_working_days"]["backfill"]) == [
        "Fri 2025-10-31 10:00",
        "Sat 2025-11-01 10:00",
        "Wed 2025-11-05 10:00",
        "Thu 2025-11-06 10:00",
    ]


def test_zone_time_and_own_days_travel_with_the_stored_dag(all_findings):
    dag = all_findings[1]["dags"]["on_working_days"]
    assert local(dag["next_runs"], "Asia/Vladivostok") == [
        "Wed 2025-11-05 11:30",
        "Thu 2026-12-31 11:30",
        "Sat 2027-01-09 11:30",
        "Sat 2027-02-20 11:30",
    ]


@pytest.mark.parametrize("findings", [0, 1])
def test_the_same_configuration_is_stored_alike(all_findings, findings):
    # Airflow makes a new version of a DAG whenever what it stores is another.
    assert all_findings[findings]["dags"]["on_working_days"]["is_stored_alike_again"]


def test_a_wrong_list_of_days_stops_the_dags_that_read_it_and_no_other(all_findings):
    wrong = all_findings[2]
    assert list(wrong["dags"]) == ["reports"]
    assert list(wrong["import_errors"]) == ["on_working_days.py"]
    assert (
        "ScheduleError: [sancrm_notifications] working_days = '2027-01-09, 2026-12-31' in Airflow's configuration:"
        " expected days that are not in days_off; 2026-12-31 is in both. Correct it in"
        " AIRFLOW__SANCRM_NOTIFICATIONS__WORKING_DAYS of the environment or in airflow.cfg, then restart Airflow."
    ) in wrong["import_errors"]["on_working_days.py"]
