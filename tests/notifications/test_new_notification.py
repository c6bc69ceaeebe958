"""The page on a new notification type is enough: made from its blocks alone, one runs from the CRM to the chat."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.desk import LIMITS, STAFF, TOKEN
from tests.include.sql.queries import create_tables, insert

if TYPE_CHECKING:
    from tests.conftest import Databases
    from tests.desk import Desk

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "new_notification.md").read_text(encoding="utf-8")
# A path on a line of its own, and below it what the file holds.
BLOCK = re.compile(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
RUN = """
import json
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

initdb()
found = DagBag()
assert not found.import_errors, found.import_errors
run = found.dags["forgotten_repairs"].test()
print("STATES", json.dumps({each.task_id: str(each.state) for each in run.get_task_instances()}))
"""
SUCCESS = dict.fromkeys(["check_source", "compute", "format", "deliver"], "success")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package to which the page's files were added, and its line in the schedule."""
    root = tmp_path_factory.mktemp("installation")
    for folder in ("plugins", "include"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    blocks = dict(BLOCK.findall(PAGE))
    schedule = root / "plugins/sancrm_notifications/schedule/crons.py"
    line = blocks.pop(str(schedule.relative_to(root)))
    schedule.write_text(schedule.read_text("utf-8").replace("TIMES = {\n", f"TIMES = {{\n{line}"), "utf-8")
    assert len(blocks) == 7
    for path, text in blocks.items():
        file = root / path
        assert not file.exists()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def environment(copied: Path, databases: Databases, desk: Desk) -> dict[str, str]:
    """Return the environment of Airflow there: a CRM with two ready repairs, the ledger, the stand-in."""
    crm = databases.create(databases.template("reporting_tables", create_tables))
    ready = {"status": "Готов", "completed_at": None}
    with psycopg.connect(crm) as connection:
        insert(
            connection, "repairs", {"repair_id": 1, "code": "B-<1>", "status_changed_at": "2026-01-02T09:00Z", **ready}
        )
        insert(connection, "repairs", {"repair_id": 2, "code": "B-2", "status_changed_at": "now", **ready})
    telegram = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN}
    connections: dict[str, Any] = {
        "SANCRM_DB": as_connection(crm),
        "NOTIFICATIONS_DB": as_connection(desk.conninfo),
        "TELEGRAM_DEFAULT": {**telegram, "extra": {"base_url": desk.stand_in.base_url}},
    }
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(copied / "plugins"), str(copied)]),
        "AIRFLOW_HOME": str(copied / "airflow_home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(copied / "dags"),
        "AIRFLOW_VAR_SANCRM_NOTIFICATIONS": json.dumps({"limits": LIMITS.model_dump()}),
        **{f"AIRFLOW_CONN_{name}": json.dumps(fields) for name, fields in connections.items()},
    }


def as_connection(conninfo: str) -> dict[str, Any]:
    parts = conninfo_to_dict(conninfo)
    return {"conn_type": "postgres", "host": parts["host"], "login": parts["user"], "schema": parts["dbname"]}


def run(environment: dict[str, str]) -> dict[str, str]:
    """Run the DAG to its end and return its tasks' states."""
    command = [sys.executable, "-c", RUN]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    found = re.search(r"^STATES (.*)$", ended.stdout, re.MULTILINE)
    assert found, ended.stdout + ended.stderr
    states: dict[str, str] = json.loads(found[1])
    return states


def test_it_notifies_of_what_it_is_about_and_only_once(environment: dict[str, str], desk: Desk) -> None:
    assert run(environment) == SUCCESS
    (message,) = desk.stand_in.messages(STAFF)
    assert message["text"] == "Не забирают ремонт B-<1>\nГотов с 2\N{NO-BREAK SPACE}января."
    assert desk.states() == {"forgotten_repairs/2026-01-02/repair:1/staff/1": "sent"}

    assert run(environment) == SUCCESS
    assert len(desk.stand_in.messages(STAFF)) == 1


def test_the_linters_find_nothing_in_it(copied: Path) -> None:
    made = [str(copied / path) for path in dict(BLOCK.findall(PAGE)) if path.endswith(".py")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(copied / "plugins"), str(copied)])}
    for command in (
        ["ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), *made],
        ["lint-imports", "--no-cache", "--config", str(copied / "pyproject.toml")],
    ):
        program = str(Path(sys.executable).with_name(command[0]))
        ended = subprocess.run(
            [program, *command[1:]], env=environment, cwd=copied, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
