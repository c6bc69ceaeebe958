"""Whole runs, claims, migrations and checks with PgBouncer in transaction mode before both databases.

A night's runs have a SOCKS proxy before Telegram besides.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag

from sancrm_notifications.checks.groups import groups
from sancrm_notifications.checks.running import run as run_checks
from sancrm_notifications.connections import source_conninfo
from sancrm_notifications.ledger import schema
from sancrm_notifications.maintenance.erase_old_texts import erase_old_texts
from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable
from tests.delivery.test_proxies import NOWHERE, TYPED, proxy_beside
from tests.desk import DAY, LIMITS, STAFF, TOKEN, report
from tests.include.sql.queries import create_tables, insert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow.models.dagrun import DagRun

    from tests.conftest import Databases
    from tests.desk import Desk
    from tests.pooler import Pooler

ROOT = Path(__file__).parents[2]
FILES = ("missed_calls", "profitability", "backup_failures", "check_connections", "erase_old_texts")
DAG_FILE = """
import runpy  # the airflow DAG file itself, where it is
globals().update(runpy.run_path({path!r}))
"""


@pytest.fixture(scope="module")
def dags() -> Iterator[dict[str, Any]]:
    """Make Airflow's own database and read the DAGs, whose timetable is registered as the plugin does it."""
    from airflow import plugins_manager
    from airflow.utils.db import initdb

    initdb()
    folder = Path(conf.get("core", "dags_folder"))
    folder.mkdir(parents=True, exist_ok=True)
    timetable = {f"{WorkingDayTimetable.__module__}.WorkingDayTimetable": WorkingDayTimetable}
    found: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins_manager, "get_timetables_plugins", lambda: timetable)
        for name in FILES:
            # They stay while runs are made: each reads the folder anew.
            file = folder / f"{name}.py"
            file.unlink(missing_ok=True)  # never written through another room's link to the DAG file itself
            file.write_text(DAG_FILE.format(path=str(ROOT / "dags" / f"{name}.py")), encoding="utf-8")
            found |= DagBag(file).dags
        for dag in found.values():
            # What `test` makes of it is a UUID in a dictionary, which SQLite's column of UUIDs refuses.
            dag.deadline = None
        yield found
    for name in FILES:
        (folder / f"{name}.py").unlink()


@pytest.fixture
def run(
    dags: dict[str, Any], desk: Desk, databases: Databases, pooler: Pooler, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., DagRun]:
    """Return what makes a run of a DAG, to its end; one customer waits, one repair was completed on 2026-11-20."""
    crm = databases.create(databases.template("reporting_tables", create_tables))
    with psycopg.connect(crm) as connection:
        insert(connection, "branches", {"branch_id": 7, "name": "Тула", "code_prefix": "T"})
        waiting = {"status": "Готов", "needs_callback": True, "branch_id": 7, "customer_name": "Пётр"}
        completed = {"completed_at": "2026-11-20T12:00:00+03", "revenue": "1500.50", "parts_cost": 300, "branch_id": 7}
        insert(connection, "repairs", {"repair_id": 1, "code": "T-1", **waiting}, {"repair_id": 2, **completed})
    telegram = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN}
    extra = {"extra": {"base_url": desk.stand_in.base_url}}
    # An empty ledger: the first run makes its tables, through the pooler.
    ledger = databases.create()
    desk.conninfo = ledger
    monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", pooler.connection(crm, cursor="dictcursor"))
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", pooler.connection(ledger))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps({**telegram, **extra}))
    settings = {"limits": LIMITS.model_dump(), "report_lateness_hours": 1000}
    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps(settings))

    def to_its_end(dag_id: str, **form: Any) -> DagRun:
        made: DagRun = dags[dag_id].test(run_conf=form)
        return made

    return to_its_end


UNUSUAL = (
    "DateStyle = 'SQL, DMY'",
    "IntervalStyle = 'sql_standard'",
    "timezone = 'Asia/Vladivostok'",
    "search_path = 'nowhere'",
    "default_transaction_isolation = 'serializable'",
    # Not shorter: until a transaction's first statement has set its own, the database's hold for it.
    "statement_timeout = '1s'",
    "lock_timeout = '1s'",
    "idle_in_transaction_session_timeout = '1s'",
    "standard_conforming_strings = off",
    "bytea_output = 'escape'",
    "client_encoding = 'WIN1251'",
)


@pytest.fixture
def unusual(run: Callable[..., DagRun], databases: Databases) -> Callable[..., DagRun]:
    """Set both databases, behind the pooler, otherwise than we need them."""
    for name in ("SANCRM", "NOTIFICATIONS"):
        database = json.loads(os.environ[f"AIRFLOW_CONN_{name}_DB"])["schema"]
        for setting in UNUSUAL:
            databases.run(f'alter database "{database}" set {setting}')
    return run


def states(made: DagRun) -> set[str]:
    """Return in which states the run's tasks ended."""
    return {str(instance.state) for instance in made.get_task_instances()}


def test_a_report_goes_out(run: Callable[..., DagRun], desk: Desk) -> None:
    assert states(run("profitability_daily", date="2026-11-20")) == {"success"}
    branch, network = desk.texts()
    assert "1\u00a0500,50\u00a0₽" in branch
    assert "Вся сеть" in network
    assert set(desk.states().values()) == {"sent"}


def test_missed_calls_are_told_and_backups_are_watched(run: Callable[..., DagRun], desk: Desk) -> None:
    assert states(run("missed_calls")) == {"success"}
    assert states(run("backup_failures")) <= {"success", "skipped"}
    assert any("T-1" in text for text in desk.texts())


NIGHT: tuple[tuple[str, dict[str, str], int], ...] = (
    ("erase_old_texts", {}, 0),
    ("backup_failures", {}, 1),
    ("missed_calls", {}, 1),
    ("profitability_daily", {"date": "2026-11-20"}, 2),
    ("profitability_weekly", {"date": "2026-11-20"}, 2),
    ("profitability_monthly", {"date": "2026-10-15"}, 2),
    ("check_connections", {}, 0),
)


def test_a_nights_runs_pass_with_telegram_behind_a_socks_proxy_that_asks_for_a_login(
    run: Callable[..., DagRun], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy_beside("socks5", login=True, server=desk.stand_in.base_url) as way:
        connection = json.loads(os.environ["AIRFLOW_CONN_TELEGRAM_DEFAULT"])
        connection["extra"] = {"base_url": NOWHERE, "proxy": way.address("socks5h", TYPED)}
        monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(connection))
        for dag_id, form, messages in NIGHT:
            before = len(desk.texts())
            ended = states(run(dag_id, **form))
            arrived = desk.texts()[before:]
            print(f"{dag_id}: {', '.join(sorted(ended))}; in the chat: {len(arrived)}")  # noqa: T201 - the transcript
            assert ended <= {"success", "skipped"}
            assert len(arrived) == messages
        assert "to telegram.invalid:80" in way.seen
    assert set(desk.states().values()) == {"sent"}


def test_databases_that_are_set_unusually_are_read_and_written_as_any_other(
    unusual: Callable[..., DagRun], desk: Desk
) -> None:
    """Read them without the book of backups, which is its own DAG's alone."""
    with psycopg.connect(source_conninfo()) as connection:
        connection.execute("drop table reporting.backups")
    assert states(unusual("profitability_daily", date="2026-11-20")) == {"success"}
    assert states(unusual("missed_calls")) == {"success"}
    texts = "\n".join(desk.texts())
    assert all(words in texts for words in ("20\u00a0ноября 2026, пт", "1\u00a0500,50\u00a0₽", "T-1"))


def test_two_deliveries_claim_through_the_pooler_at_once(desk: Desk, pooler: Pooler) -> None:
    desk.conninfo = pooler.conninfo(desk.conninfo)
    desk.store_for_clients(12)

    async def side_by_side() -> None:
        await asyncio.gather(desk.delivering(run_id="one"), desk.delivering(run_id="two"))

    asyncio.run(side_by_side())
    assert list(desk.states().values()) == ["sent"] * 12
    assert len(desk.stand_in.requests("sendMessage")) == 12


def test_migrations_through_the_pooler_add_what_an_older_ledger_lacks(
    desk: Desk, pooler: Pooler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for file in schema._MIGRATIONS.glob("*.sql"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "900_more.sql").write_text("alter table notifications.servers add column note text;")
    monkeypatch.setattr(schema, "_MIGRATIONS", tmp_path)
    desk.conninfo = pooler.conninfo(desk.conninfo)
    desk.store(report("network"), batch=DAY)
    assert desk.rows("select count(note) as notes from notifications.servers") == [{"notes": 0}]


@pytest.mark.usefixtures("run")
def test_checks_go_through_the_pooler_too() -> None:
    lines = [
        line for group in ("databases", "contract") for check in [groups(None)[group]] for line in run_checks(check)
    ]
    assert [str(line) for line in lines if line.verdict == "FAIL"] == []
    assert len(lines) >= 8


def test_texts_are_erased_through_the_pooler(run: Callable[..., DagRun], desk: Desk) -> None:
    run("profitability_daily", date="2026-11-20")
    desk.rows("update notifications.messages set sent_at = sent_at - interval '900 days' returning 1")
    assert erase_old_texts() == {"texts": 2, "previews": 0}


@pytest.mark.parametrize(
    ("dag_id", "task_id"), [("profitability_daily", "check_source.relations"), ("missed_calls", "check_source")]
)
def test_a_run_looks_for_the_relations_that_its_queries_read_and_for_no_others(
    dags: dict[str, Any], dag_id: str, task_id: str
) -> None:
    texts = [task.sql for task in dags[dag_id].tasks if getattr(task, "sql", None)]
    headers = [re.search(r"-- reads: +([^\n]*)", text) for text in texts]
    read = {name for header in headers if header for name in re.findall(r"reporting\.(\w+)", header[1])}
    assert set(dags[dag_id].get_task(task_id).parameters["relations"]) == read
