"""The commands of Airflow's CLI that those who look after DAGs use every day, on both kinds of metadata database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import psycopg
import pytest

from local import demo_crm
from local.airflow_environment import ROOT, build
from local.telegram_stand_in import StandIn
from tests.dags.test_dags import DAG_IDS
from tests.desk import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Databases

# No command waits: a test of the DAG that listens ends by itself after some seconds.
pytestmark = pytest.mark.timeout(400)

STAFF = -1001
DAILY = "profitability_daily"
SMALL = demo_crm.DemoSize(repairs=600, branches=2, days=60)


@pytest.fixture
def chat() -> Iterator[StandIn]:
    """Start a stand-in with the staff chat."""
    with StandIn(chats={STAFF: "Staff"}) as stand_in:
        yield stand_in


def run(environment: dict[str, str], output: Path, *commands: list[str]) -> dict[str, str]:
    """Run commands of Airflow's one after the other; return the last words of each that did not end with 0."""
    with output.open("w", encoding="utf-8") as kept:
        done = subprocess.run(
            [sys.executable, "-m", "tests.dags.commands"],
            input="".join(f"{json.dumps(command)}\n" for command in commands),
            cwd=ROOT,
            env=environment,
            stdout=kept,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    written = output.read_text(encoding="utf-8")
    found = [json.loads(line.removeprefix("RESULT ")) for line in written.splitlines() if line.startswith("RESULT ")]
    assert (done.returncode, len(found)) == (0, len(commands)), written[-3000:]
    ended = zip(map(" ".join, commands), found, strict=True)
    return {command: words for command, (status, words) in ended if status}


# What a DAG does is the same on both; what the commands write into the metadata is not.
@pytest.mark.parametrize(("kind", "dag_ids"), [("sqlite", ["missed_calls"]), ("postgresql", DAG_IDS)])
def test_everyday_commands_end_with_0(
    kind: str, dag_ids: list[str], tmp_path: Path, databases: Databases, chat: StandIn
) -> None:
    environment = installation(kind, tmp_path, databases, chat)
    tick = "2026-11-24T06:00:00+00:00"
    run_id = f"manual__{tick}"

    failed = run(
        environment,
        tmp_path / "output.txt",
        ["db", "migrate"],
        *(["dags", "test", dag_id] for dag_id in dag_ids if dag_id != DAILY),
        ["dags", "test", DAILY, tick],
        *(["tasks", "test", DAILY, task, run_id] for task in ("choose_period", "check_source.relations", "deliver")),
        ["tasks", "clear", "--yes", "--task-regex", "format", "--downstream", DAILY],
        ["dags", "test", DAILY, tick],
        *([["dags", "show", DAILY]] if find_spec("graphviz") else []),
    )

    assert failed == {}
    texts = [message["text"] for message in chat.messages(STAFF)]
    daily = [text for text in texts if "Отчёт о рентабельности за день" in text]
    assert len(daily) == SMALL.branches + 1, texts


def installation(kind: str, directory: Path, databases: Databases, chat: StandIn) -> dict[str, str]:
    """Return the environment of an Airflow of its own with a small CRM, an empty ledger and a chat without limits."""
    crm, ledger = databases.create(), databases.create()
    demo_crm.fill(crm, SMALL)
    telegram = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN, "extra": {"base_url": chat.base_url}}
    limits = {"chat_gap_seconds": 0, "group_messages": 1000, "group_window_seconds": 0, "bot_window_seconds": 0}
    return {
        **build(directory, metadata_url(kind, directory, databases), 1, os.environ),
        "AIRFLOW_CONN_SANCRM_DB": connection(crm),
        "AIRFLOW_CONN_NOTIFICATIONS_DB": connection(ledger),
        "AIRFLOW_CONN_TELEGRAM_DEFAULT": json.dumps(telegram),
        "AIRFLOW_VAR_SANCRM_NOTIFICATIONS": json.dumps({"limits": limits}),
    }


def connection(conninfo: str) -> str:
    """Return a PostgreSQL database as a connection of Airflow."""
    host, user, database = (entry.split("=")[1] for entry in conninfo.split())
    return json.dumps({"conn_type": "postgres", "host": host, "login": user, "schema": database})


def metadata_url(kind: str, directory: Path, databases: Databases) -> str:
    """Return the SQLAlchemy address of an empty database for Airflow's metadata."""
    if kind == "sqlite":
        return f"sqlite:///{directory}/airflow.db"
    name = psycopg.conninfo.conninfo_to_dict(databases.create())["dbname"]
    return databases.server.sqlalchemy_url(str(name))
