"""The watch over backups in real runs: from the CRM's tables, or a script's report, to the chat, whatever is away."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.models.variable import Variable
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from local import postgres
from local.telegram_stand_in import StandIn
from sancrm_notifications.delivery import without_ledger
from sancrm_notifications.delivery.without_ledger import NOTE
from sancrm_notifications.notifications.backup_failures import source
from sancrm_notifications.notifications.backup_failures.outage_memory import COPY, UNRECORDED
from tests.desk import SCALE, STAFF, TOKEN, Desk
from tests.include.sql.queries import create_tables, insert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.postgres import Postgres
    from tests.conftest import Databases

ROOT = Path(__file__).parents[3]
BACKUPS = -1002
FAST = {"limits": {"chat_gap_seconds": 0, "group_messages": 10_000, "bot_messages": 10_000}}
PASSWORD = "never-in-a-chat"
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module", autouse=True)
def _airflow() -> Iterator[None]:
    """Make Airflow's own database, and show it the DAG in Airflow's temporary home."""
    from airflow.utils.db import initdb

    initdb()
    dags = Path(conf.get_mandatory_value("core", "dags_folder"))
    dags.mkdir(parents=True, exist_ok=True)
    for link in (dags / "backup_failures.py", dags.parent / "include"):
        if not link.exists():
            link.symlink_to(ROOT / link.relative_to(dags.parent))
    yield
    # Another room's tests write a file of this name: through a link they would write into the DAG file itself.
    (dags / "backup_failures.py").unlink()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """Run a stand-in that knows the staff's group and that of the backups."""
    with StandIn(time_scale=SCALE, chats={STAFF: "Штаб", BACKUPS: "Копии"}, tokens={TOKEN}) as running:
        yield running


@dataclass
class Site:
    """A CRM, a ledger, a chat, and the DAG between them."""

    desk: Desk
    crm: str
    server: str  # where databases can be told to refuse connections
    set_environment: Callable[[str, str], None]

    def attempt(self, backup_id: int, started: float, ended: float | None, status: str, **values: Any) -> None:
        """Note an attempt in the CRM that started and ended so many hours ago."""
        row = {"backup_id": backup_id, "started_at": ago(started), "status": status, "database_name": "sancrm"}
        finished = {} if ended is None else {"finished_at": ago(ended)}
        with psycopg.connect(self.crm, row_factory=dict_row) as connection:
            insert(connection, "backups", {**row, **finished, **values})

    def night(self) -> None:
        """Note a good copy of last night."""
        self.attempt(1, 10, 9, "succeeded", size_bytes=3_500_000_000)

    def run(self, **report: Any) -> dict[str, str]:
        """Run the DAG to its end, perhaps as a script's report, and return its tasks' states."""
        dag = DagBag(conf.get("core", "dags_folder")).dags["backup_failures"]
        for task in dag.tasks:
            task.retries = 0
        finished = dag.test(run_conf=report or None)
        return {instance.task_id: str(instance.state) for instance in finished.get_task_instances()}

    def texts(self) -> list[str]:
        """Return what stands in the chat of the backups."""
        return [message["text"] for message in self.desk.stand_in.messages(BACKUPS)]

    def states(self) -> list[str]:
        """Return the states of the watch's messages in the ledger, in order; the operators' news is not its own."""
        return [state for key, state in self.desk.states().items() if key.startswith("backup_failures/")]

    def titles(self) -> list[str]:
        """Return the first line of each message in the chat of the backups."""
        return [text.split("\n")[0] for text in self.texts()]

    @contextmanager
    def refusing(self, conninfo: str) -> Iterator[None]:
        """Let a database refuse connections for a while."""
        name = conninfo_to_dict(conninfo)["dbname"]
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'alter database "{name}" allow_connections false'.encode())
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
            yield
            connection.execute(f'alter database "{name}" allow_connections true'.encode())

    @contextmanager
    def read_only(self, conninfo: str) -> Iterator[None]:
        """Let a database be read and not written to for a while."""
        name = conninfo_to_dict(conninfo)["dbname"]
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'alter database "{name}" set default_transaction_read_only = on'.encode())
            yield
            connection.execute(f'alter database "{name}" reset default_transaction_read_only'.encode())

    def connect(self) -> None:
        """Name everything as Airflow's connections."""
        extra = {"base_url": self.desk.stand_in.base_url}
        telegram = {"conn_type": "telegram", "password": TOKEN, "extra": extra}
        connections = {
            "SANCRM_DB": as_connection(self.crm),
            "NOTIFICATIONS_DB": as_connection(self.desk.conninfo),
            "TELEGRAM_DEFAULT": {**telegram, "host": str(STAFF)},
            "TELEGRAM_OPERATORS": {**telegram, "host": str(STAFF)},
            "TELEGRAM_BACKUPS": {**telegram, "host": str(BACKUPS)},
        }
        for conn_id, connection in connections.items():
            self.set_environment(f"AIRFLOW_CONN_{conn_id}", json.dumps(connection))
        self.set_environment("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps(FAST))


def ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def as_connection(conninfo: str) -> dict[str, Any]:
    parts = conninfo_to_dict(conninfo)
    named = {"host": parts["host"], "login": parts["user"], "schema": parts["dbname"], "password": PASSWORD}
    return {"conn_type": "postgres", **named}


@pytest.fixture
def site(desk: Desk, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return an installation whose last backup was good."""
    monkeypatch.setattr(source, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(without_ledger, "_PAUSE_SECONDS", 0.01)
    for name in (COPY, UNRECORDED):
        Variable.delete(name)
    crm = databases.create(databases.template("reporting_tables", create_tables))
    site = Site(desk, crm, databases.conninfo("postgres"), monkeypatch.setenv)
    site.connect()
    return site


def test_a_failure_its_recovery_and_nothing_more(site: Site) -> None:
    site.night()
    site.attempt(2, 2, 1.9, "failed", error="No space left on device")
    states = site.run()
    site.run()
    site.attempt(3, 1, 0.5, "succeeded", size_bytes=3_600_000_000)
    site.run()
    quiet = site.run()

    failed, recovered = site.texts()
    assert states == {
        "compute": "success",
        "format": "success",
        "deliver": "success",
        "deliver_unrecorded": "skipped",
        "deliver_outstanding": "success",
    }
    assert failed.startswith("Резервная копия не сделана\nsancrm · ")
    assert "No space left on device" in failed
    assert "Последняя удачная копия: " in failed
    assert f"(3,26{SPACE}ГБ)" in failed
    assert recovered.startswith("Резервная копия снова сделана\nsancrm · ")
    assert f"Перерыв между копиями: 8{SPACE}ч 30{SPACE}мин".replace(" ", SPACE) in recovered.replace(" ", SPACE)
    assert quiet["deliver"] == "skipped"
    messages = site.desk.stand_in.messages(BACKUPS)
    assert [message["is_silent"] for message in messages] == [False, True]


def test_a_hanging_attempt_and_a_missing_copy_are_told_once(site: Site) -> None:
    site.attempt(1, 28, 27, "succeeded")
    site.attempt(2, 7, None, "running")
    site.run()
    site.run()

    assert site.titles() == ["Нет свежей резервной копии", "Резервное копирование не заканчивается"]


def test_no_backups_at_all_are_told_once_a_day(site: Site) -> None:
    site.run()
    site.run()

    assert site.titles() == ["Резервных копий нет"]


def test_whatever_an_error_holds_it_arrives_as_typed_without_passwords(site: Site) -> None:
    site.night()
    error = (
        "<b>&\"' \u202e\U0001f600 postgresql://admin:S3cret@db/crm password=S3cret\n" + "строка лога\n" * 5_000 + "итог"
    )
    site.attempt(2, 2, 1.9, "failed", error=error, database_name="<i>база</i> & ко " + "x" * 5_000)
    site.run()

    [text] = [text for text in site.texts() if "не сделана" in text]
    assert "<b>&\"' \U0001f600 postgresql://***@db/crm password=***" in text
    assert "итог" in text
    assert "<i>база</i> & ко" in text
    assert "S3cret" not in text
    assert len(text) < 2_000


def test_a_night_of_failures_is_one_message_with_all_of_them(site: Site) -> None:
    site.night()
    for number in range(60):
        site.attempt(100 + number, 2 - number / 60, 2 - number / 60, "failed", error=f"отказ {number % 2}")
    site.run()

    [text] = site.texts()
    assert text.startswith(f"Резервная копия не сделана 60{SPACE}раз подряд")
    assert text.count(f"и{SPACE}ещё 18") == 2
    figures = site.desk.rows("select figures from notifications.messages")[0]["figures"]
    assert sorted(figures["backup_ids"]) == list(range(100, 160))


def test_a_reported_failure_is_told_at_once_and_not_again_when_it_is_seen(site: Site) -> None:
    site.night()
    failed_at = ago(0.1)
    report = {"database": "sancrm", "failed_at": failed_at.isoformat(), "error": "pg_dump: error:\nserver closed"}
    site.run(**report)
    site.run(**report)
    site.attempt(2, 1, 0.1, "failed", error="pg_dump: error")
    site.run()

    [text] = site.texts()
    assert "pg_dump: error: server closed" in text


def test_a_seen_failure_is_not_told_again_when_it_is_reported(site: Site) -> None:
    site.night()
    site.attempt(2, 1, 0.1, "failed", error="pg_dump: error")
    site.run()
    site.run(database="sancrm", started_at=ago(1).isoformat())
    site.run(database="sancrm", backup_id=2)
    site.run(database="archive", error="другая база")

    assert [text.split("\n")[1].split(" · ")[0] for text in site.texts()] == ["sancrm", "archive"]


def test_a_report_that_names_no_database_is_refused_with_a_sentence(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.night()

    assert site.run(error="disk full")["format"] == "failed"
    assert "error without database: name the database whose backup failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        ({"failed_at": "вчера"}, "failed_at = 'вчера' is no moment"),
        ({"failed_at": "2026-13-40T99:00:00Z"}, "failed_at = '2026-13-40T99:00:00Z' is no moment"),
        ({"failed_at": "infinity"}, "failed_at = 'infinity' is no moment"),
        ({"failed_at": "0001-01-01 00:00:00+03"}, "failed_at = '0001-01-01 00:00:00+03' is no moment"),
        ({"started_at": "1970-01-01T00:00:00Z"}, "started_at = '1970-01-01T00:00:00Z' is too long ago"),
        ({"backup_id": "семь"}, "backup_id = 'семь' is no number of an attempt"),
        ({"backup_id": 10**30}, f"backup_id = '{10**30}' is no number of an attempt"),
    ],
)
def test_a_failure_is_told_whatever_its_script_says_of_its_time_or_number(
    site: Site, caplog: pytest.LogCaptureFixture, report: dict[str, Any], sentence: str
) -> None:
    site.night()
    assert site.run(database="sancrm", error="disk full", **report)["deliver"] == "success"
    assert sentence in caplog.text
    [text] = site.texts()
    assert "disk full" in text


def test_a_failure_that_is_reported_in_postgresqls_own_words_has_its_time(site: Site) -> None:
    site.night()
    failed_at = ago(0.5).astimezone(ZoneInfo("Europe/Moscow"))
    site.run(database="sancrm", failed_at=f"{failed_at:%Y-%m-%d %H:%M:%S}+03")
    [text] = site.texts()
    assert f"{failed_at:%H:%M}" in text


def test_a_stopped_source_is_told_once_and_that_it_is_back(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="pg_", ignore_cleanup_errors=True) as directory:
        server = postgres.start(Path(directory))
        site.crm = server.conninfo("postgres")
        with psycopg.connect(site.crm) as connection:
            create_tables(connection)
        site.connect()
        site.night()
        server.stop()
        assert site.run()["compute"] == "success"
        site.run()
        assert site.titles() == ["База данных CRM недоступна"]
        server = started_again(Path(directory))
        site.crm = server.conninfo("postgres")
        site.connect()
        site.attempt(2, 1, 0.5, "failed", error="power cut")
        site.run()
        site.run()
        server.stop()

    down, failed, back = site.texts()
    assert "Причина: сервер не" in down
    assert failed.startswith("Резервная копия не сделана")
    assert back.startswith("База данных CRM снова доступна")
    assert "Перерыв: " in back
    assert PASSWORD not in "".join(site.texts()) + capsys.readouterr().out


def started_again(directory: Path) -> Postgres:
    return postgres.start(directory)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("drop table reporting.backups", "нет представления reporting.backups"),
        ("alter table reporting.backups drop column size_bytes", "в reporting.backups не хватает столбца"),
        ("alter table reporting.backups rename started_at to begun_at", "в reporting.backups не хватает столбца"),
    ],
)
def test_an_unreadable_view_is_told_with_its_reason(site: Site, change: str, reason: str) -> None:
    with psycopg.connect(site.crm) as connection:
        connection.execute(change.encode())
    site.run()
    site.run()

    [text] = site.texts()
    assert text.startswith("Резервные копии не видны")
    assert f"Причина: {reason}." in text


def test_without_the_ledger_alerts_go_out_once_and_are_recorded_when_it_is_back(site: Site) -> None:
    site.night()
    site.attempt(2, 8, 7, "failed", error="told before")
    site.run()
    with site.refusing(site.desk.conninfo):
        site.attempt(3, 2, 1.9, "failed", error="told without")
        states = site.run()
        site.run(database="sancrm", error="reported without", failed_at=ago(0.2).isoformat())
        site.run()
        away = site.titles()[1:]
    site.run()
    site.attempt(4, 0.3, 0.2, "failed", error="seen after it was reported")
    site.run()

    assert (states["deliver"], states["deliver_unrecorded"]) == ("skipped", "success")
    assert away == [
        "Журнал доставки недоступен",
        "Резервная копия не сделана",
        "Резервная копия не сделана",
    ]
    assert all(text.endswith(NOTE) for text in site.texts()[1:4])
    [back] = site.texts()[4:]
    assert back.startswith("Журнал доставки снова доступен")
    assert f"Без него отправлено: 2{SPACE}сообщения." in back
    assert Variable.get(UNRECORDED, default_var=None) is None
    assert set(site.states()) == {"sent"}


def test_a_ledger_that_cannot_be_written_to_is_told_like_one_that_is_away(site: Site) -> None:
    site.night()
    site.run()
    site.attempt(2, 2, 1.9, "failed", error="disk full")
    with site.read_only(site.desk.conninfo):
        states = site.run()
        site.run()
    site.run()
    site.run()

    assert (states["format"], states["deliver"], states["deliver_unrecorded"]) == ("success", "skipped", "success")
    assert site.titles() == [
        "Журнал доставки недоступен",
        "Резервная копия не сделана",
        "Журнал доставки снова доступен",
    ]


def test_without_ledger_and_crm_both_are_told_and_both_come_back(site: Site) -> None:
    site.night()
    site.run()
    with site.refusing(site.crm), site.refusing(site.desk.conninfo):
        site.run()
        site.run()
    site.run()
    site.run()

    assert site.titles() == [
        "Журнал доставки недоступен",
        "База данных CRM недоступна",
        "Журнал доставки снова доступен",
        "База данных CRM снова доступна",
    ]


def test_what_telegram_did_not_take_is_sent_by_a_later_run_once_and_in_order(site: Site) -> None:
    site.night()
    site.attempt(2, 2, 1.9, "failed")
    site.desk.stand_in.plan_fault("refuse")
    assert site.run()["deliver"] == "failed"
    site.attempt(3, 1, 0.9, "failed")
    assert site.run()["deliver"] == "failed"
    site.desk.stand_in.clear_faults()
    site.run()
    site.run()

    assert site.titles() == ["Резервная копия не сделана"] * 2
    assert site.states() == ["sent", "sent"]


def test_without_ledger_and_telegram_nothing_is_lost(site: Site) -> None:
    site.night()
    site.run()
    site.attempt(2, 2, 1.9, "failed")
    with site.refusing(site.desk.conninfo):
        site.desk.stand_in.plan_fault("refuse")
        assert site.run()["deliver_unrecorded"] == "failed"
        site.desk.stand_in.clear_faults()
        site.run()
    site.run()

    assert site.titles() == [
        "Журнал доставки недоступен",
        "Резервная копия не сделана",
        "Журнал доставки снова доступен",
    ]


def test_a_parked_alert_does_not_fail_the_runs_after_it(site: Site) -> None:
    site.night()
    site.attempt(2, 2, 1.9, "failed")
    site.desk.stand_in.kick(BACKUPS)
    assert site.run()["deliver"] == "failed"
    assert site.run()["deliver"] == "skipped"
    assert site.states() == ["parked"]


def test_with_sending_off_nothing_leaves_also_without_the_ledger(site: Site) -> None:
    site.set_environment("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps({"sending": False}))
    site.attempt(2, 2, 1.9, "failed")
    site.run()
    with site.refusing(site.desk.conninfo):
        assert site.run()["deliver_unrecorded"] == "skipped"

    assert site.texts() == []


def test_memory_that_was_changed_by_hand_is_not_used_and_stops_nothing(site: Site) -> None:
    site.night()
    site.attempt(2, 2, 1.9, "failed")
    site.run()
    Variable.set(UNRECORDED, "{}")
    Variable.set(COPY, "no json")
    site.attempt(3, 1, 0.9, "failed")

    assert site.run()["deliver"] == "success"
    assert len(site.texts()) == 2
