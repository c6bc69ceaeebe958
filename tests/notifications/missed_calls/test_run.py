"""Whole runs of the DAGs of missed calls, as Airflow makes them: what passes between tasks, and what is skipped."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowException

from sancrm_notifications.airflow.source_operators import SourceCheckOperator, SourceQueryOperator
from sancrm_notifications.notifications.missed_calls import tasks
from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable
from tests.desk import LIMITS, STAFF, TOKEN
from tests.include.sql.queries import create_tables, insert
from tests.notifications.missed_calls.office import NAME, PHONE, connection_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow.models.dagrun import DagRun

    from tests.conftest import Databases
    from tests.desk import Desk

ROOT = Path(__file__).parents[3]
# Airflow runs what lies in its own folder of DAGs.
DAG_FILE = f"""
import runpy  # the airflow DAG file itself, where it is
globals().update(runpy.run_path({str(ROOT / "dags" / "missed_calls.py")!r}))
"""


@pytest.fixture(scope="module")
def dags() -> Iterator[dict[str, Any]]:
    """Make Airflow's own database and read the DAGs, whose timetable is registered as the plugin does it."""
    from airflow import plugins_manager
    from airflow.utils.db import initdb

    initdb()
    folder = Path(conf.get("core", "dags_folder"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "missed_calls.py"
    file.write_text(DAG_FILE, encoding="utf-8")
    timetable = {f"{WorkingDayTimetable.__module__}.WorkingDayTimetable": WorkingDayTimetable}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins_manager, "get_timetables_plugins", lambda: timetable)
        found: dict[str, Any] = DagBag(file).dags
        for dag in found.values():
            # What `test` makes of it is a UUID in a dictionary, which SQLite's column of UUIDs refuses.
            dag.deadline = None
        yield found
    file.unlink()


@pytest.fixture
def crm(databases: Databases, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a CRM where one customer waits; it, the ledger and the stand-in are Airflow's connections."""
    conninfo = databases.create(databases.template("reporting_tables", create_tables))
    with psycopg.connect(conninfo) as connection:
        waiting = {"status": "Готов", "needs_callback": True, "customer_name": NAME, "customer_phone": PHONE}
        insert(connection, "repairs", {"repair_id": 1, "code": "B-1", **waiting})
    telegram = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN}
    extra = {"extra": {"base_url": desk.stand_in.base_url}}
    monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", connection_json(conninfo))
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", connection_json(desk.conninfo))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps({**telegram, **extra}))
    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps({"limits": LIMITS.model_dump()}))
    return conninfo


@pytest.fixture
def run(dags: dict[str, Any], crm: str) -> Callable[..., DagRun]:  # noqa: ARG001
    """Return what makes a run of a DAG, to its end."""

    def to_its_end(dag_id: str) -> DagRun:
        made: DagRun = dags[dag_id].test()
        return made

    return to_its_end


def states(made: DagRun) -> dict[str, str]:
    """Return each task's state."""
    return {instance.task_id: str(instance.state) for instance in made.get_task_instances()}


def everything_airflow_keeps() -> str:
    """Return Airflow's whole database as text: XComs, rendered fields and all."""
    from airflow.settings import engine

    assert engine is not None
    connection: Any = engine.raw_connection().driver_connection
    return "\n".join(connection.iterdump())


def test_names_and_phones_reach_the_chat_and_nothing_that_airflow_keeps(
    run: Callable[..., DagRun],
    desk: Desk,
    crm: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = run("missed_calls")
    with psycopg.connect(crm) as connection:
        connection.execute("update reporting.repairs set needs_callback = false")
    checked = run("missed_calls_check")

    assert set(states(told).values()) == set(states(checked).values()) == {"success"}
    (message,) = desk.stand_in.messages(STAFF)
    assert message["text"].startswith("Снято с обзвона")
    (before,) = message["edits"]
    assert NAME in before["text"]
    assert "+7 900 000-12-34" in before["text"]
    kept = everything_airflow_keeps()
    assert "missed_calls/20" in kept
    log = capsys.readouterr().out + caplog.text
    assert "message 1 to missed_calls" in log
    for secret in (NAME, json.dumps(NAME).strip('"'), PHONE, "900 000-12-34", "000-12-34", TOKEN):
        assert secret not in kept
        assert secret not in log


def test_a_run_of_yesterday_is_skipped_and_tells_nothing(
    run: Callable[..., DagRun],
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    *,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    tomorrow = tasks.local_now() + timedelta(days=1)
    monkeypatch.setattr(tasks, "local_now", lambda: tomorrow)
    ended = states(run("missed_calls"))
    assert ended.pop("check_source") == "success"  # it runs beside the choice of the day
    assert set(ended.values()) == {"skipped"}
    # Airflow's own word of it stands in a group that its UI shows closed.
    assert "the list of another day cannot be told" in capsys.readouterr().out
    assert "the list of another day cannot be told" in caplog.text
    assert desk.stand_in.requests() == []


def test_a_broken_source_stops_the_run_with_a_sentence(
    run: Callable[..., DagRun], crm: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with psycopg.connect(crm) as connection:
        connection.execute("alter table reporting.repairs drop column needs_callback")
    assert states(run("missed_calls"))["check_source"] == "failed"
    assert "reporting.repairs has no needs_callback" in capsys.readouterr().out
    (ends, sentence, begins) = [one for one in caplog.records if one.name.endswith("last_words")]
    assert (ends.getMessage(), begins.getMessage()) == ("::endgroup::", "::group::Post Execute")
    assert "reporting.repairs has no needs_callback" in sentence.getMessage()


def test_a_log_names_the_query_and_not_its_text(run: Callable[..., DagRun], capsys: pytest.CaptureFixture[str]) -> None:
    assert states(run("missed_calls"))["compute"] == "success"
    log = capsys.readouterr().out
    assert "missed_calls.sql answered within 0." in log
    assert "check_relations.sql answered within 0." in log
    assert "order by" not in log


def test_a_database_that_refuses_is_one_sentence_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'connection failed: FATAL:  password authentication failed for user "reader"'

    def connect(*_: object) -> None:
        raise psycopg.OperationalError(said)

    monkeypatch.setattr("sancrm_notifications.databases.connect", connect)
    monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", json.dumps({"conn_type": "postgres", "host": "127.0.0.1"}))
    for operator in (SourceCheckOperator, SourceQueryOperator):
        task = operator(task_id="ask", sql="select 1", conn_id="sancrm_db")
        with pytest.raises(AirflowException) as refused:
            task.execute({})
        assert str(refused.value) == (
            "the CRM's database (connection sancrm_db) cannot be reached: the server does not accept login and password"
            f" ({said.replace('  ', ' ')}); correct login and password of sancrm_db"
        )
