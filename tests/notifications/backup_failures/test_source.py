"""What is said when the CRM's book of backups cannot be read: the reason in words, on real errors, without secrets."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from sancrm_notifications.notifications.backup_failures import source
from sancrm_notifications.notifications.backup_failures.facts import Fault
from tests.include.sql.queries import FOLDER, create_tables, insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Databases

ATTEMPTS = (FOLDER / "backup_failures.sql").read_text(encoding="utf-8")
PARAMETERS = {"since": "2026-11-20T00:00:00Z", "as_of": "2026-11-23T00:00:00Z"}
PASSWORD = "never-said"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def crm(databases: Databases) -> str:
    return databases.create(databases.template("reporting_tables", create_tables))


def connect(monkeypatch: pytest.MonkeyPatch, conninfo: str, **changes: Any) -> None:
    """Name a database as the CRM's, perhaps with something wrong about it."""
    parts = conninfo_to_dict(conninfo)
    named = {"host": parts["host"], "login": parts["user"], "schema": parts["dbname"], "password": PASSWORD}
    connection = {"conn_type": "postgres", **named, **changes}
    monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", json.dumps(connection))


def read() -> Any:
    return source.read(ATTEMPTS, PARAMETERS)


def test_rows_come_as_they_travel_between_tasks(crm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, crm)
    with psycopg.connect(crm) as connection:
        insert(connection, "backups", {"backup_id": 1, "started_at": "2026-11-22T00:00:00Z"})

    [row] = read()

    assert (row["backup_id"], row["status"]) == (1, "succeeded")
    assert json.loads(json.dumps(row)) == row


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "127.0.0.1", "port": 1}, "сервер не принимает подключения"),
        ({"host": "/nowhere"}, "сервер не запущен"),
        ({"host": "crm.invalid"}, "имя сервера не найдено"),
        (
            {"schema": "no_such_database"},
            "нет такой базы данных или такого пользователя: проверьте подключение sancrm_db",
        ),
    ],
    ids=["refused", "stopped", "no such host", "no such database"],
)
def test_a_server_that_is_away_is_named_by_what_is_wrong(
    crm: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    words: str,
) -> None:
    connect(monkeypatch, crm, **changes)

    assert read() == Fault("unreachable", words)
    assert PASSWORD not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.errors.InvalidPassword("ВАЖНО:"), "проверьте логин и пароль"),
        (psycopg.errors.InvalidAuthorizationSpecification("ВАЖНО:"), "проверьте его правила доступа"),
        (psycopg.errors.InvalidCatalogName("ВАЖНО:"), "нет такой базы данных"),
        (psycopg.errors.TooManyConnections("ВАЖНО:"), "заняты все подключения"),
        (psycopg.errors.CannotConnectNow("ВАЖНО:"), "сервер запускается"),
        (psycopg.errors.AdminShutdown("ВАЖНО:"), "сервер выключается"),
        ('ВАЖНО:  пользователь "crm" не прошёл проверку подлинности (по паролю)', "проверьте логин и пароль"),
        ('ВАЖНО:  в pg_hba.conf нет записи для компьютера "10.0.0.5"', "проверьте его правила доступа"),
        ('ВАЖНО:  база данных "crm" не существует', "нет такой базы данных"),
        ("ВАЖНО:  извините, уже слишком много клиентов", "заняты все подключения"),
        ("ВАЖНО:  система баз данных запускается", "сервер запускается"),
        ("ВАЖНО:  система баз данных останавливается", "сервер выключается"),
        ("В соединении отказано", "не принимает подключения"),
        ("server closed the connection unexpectedly", "сбой соединения"),
    ],
)
def test_a_server_that_speaks_russian_is_understood_too(error: psycopg.OperationalError | str, words: str) -> None:
    found = source.fault(psycopg.OperationalError(error) if isinstance(error, str) else error)

    assert found.kind == "unreachable"
    assert words in found.words


def test_what_a_view_quotes_of_a_row_stays_out_of_the_log(
    crm: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    connect(monkeypatch, crm)

    found = source.read("select 'Иванов Пётр'::text::int where 1 = %(one)s", {"one": 1})

    assert found == Fault("unreadable", "reporting.backups читается с ошибкой (SQLSTATE 22P02)")
    assert "SQLSTATE 22P02" in caplog.text
    assert "Иванов" not in caplog.text


def test_a_missing_connection_is_a_fault_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SANCRM_DB", raising=False)

    assert read() == Fault("unreachable", "в Airflow нет подключения sancrm_db")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("drop schema reporting cascade", "нет представления reporting.backups"),
        ("drop table reporting.backups", "нет представления reporting.backups"),
        ("alter table reporting.backups drop column size_bytes", "в reporting.backups не хватает столбца"),
        (
            "alter table reporting.backups alter finished_at type text",
            "reporting.backups читается с ошибкой (SQLSTATE 42883)",
        ),
    ],
)
def test_a_view_that_cannot_be_read_is_named_by_what_is_wrong(
    crm: str, monkeypatch: pytest.MonkeyPatch, change: str, words: str
) -> None:
    connect(monkeypatch, crm)
    with psycopg.connect(crm) as connection:
        connection.execute(change.encode())

    assert read() == Fault("unreadable", words)


def test_a_view_that_may_not_be_read_says_so(crm: str, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    databases.run("drop role if exists backup_reader")
    databases.run("create role backup_reader login")
    connect(monkeypatch, crm, login="backup_reader")

    found = read()

    databases.run("drop role backup_reader")
    assert found == Fault("unreadable", "нет права читать reporting.backups")


def test_a_query_that_takes_too_long_is_stopped_and_named(crm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, crm)
    monkeypatch.setattr(source, "_USE", replace(source._USE, statement_seconds=0.05))

    assert source.read("select pg_sleep(5)", {}) == Fault("unreadable", "reporting.backups не читается за минуту")


def test_a_server_that_freezes_in_the_middle_of_a_query_does_not_answer(
    crm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, crm)
    monkeypatch.setattr(source, "_ANSWER_SECONDS", 0.3)
    began = time.monotonic()

    # Until the client's patience ends, a sleeping query is like a frozen server.
    assert source.read("select pg_sleep(3)", {}) == Fault("unreachable", "сервер не отвечает")
    assert time.monotonic() - began < 3


def test_a_server_that_is_back_after_a_moment_is_no_news() -> None:
    answers: Iterator[Exception | str] = iter([psycopg.OperationalError("the database system is starting up"), "rows"])

    def ask() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert source.once_more(ask) == "rows"
