"""Airflow's connections are understood as they are filled in, and one that is not there is passed over."""

from __future__ import annotations

import json

import pytest
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import conninfo_to_dict

from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.connections import (
    DatabaseConnectionError,
    ledger_conninfo,
    source_conninfo,
    telegram_connection,
)
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.settings import Settings

LEDGER = "AIRFLOW_CONN_NOTIFICATIONS_DB"


def conninfo(monkeypatch: pytest.MonkeyPatch, **fields: object) -> dict[str, object]:
    """Return how libpq understands a connection with these fields."""
    monkeypatch.setenv(LEDGER, json.dumps({"conn_type": "postgres", **fields}))
    return dict(conninfo_to_dict(ledger_conninfo()))


def test_a_whole_connection_is_understood_whatever_is_in_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"host": "db.example", "port": 5433, "login": "ledger", "password": "p' \\ a=b", "schema": "notifications"}
    assert conninfo(monkeypatch, **fields) == {
        "host": "db.example",
        "port": "5433",
        "user": "ledger",
        "password": "p' \\ a=b",
        "dbname": "notifications",
    }


def test_what_is_not_filled_in_is_left_to_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    assert conninfo(monkeypatch, host="/var/run/postgresql", schema="crm") == {
        "host": "/var/run/postgresql",
        "dbname": "crm",
    }


def test_what_libpq_knows_comes_from_the_extra_and_what_airflow_and_drivers_know_stays_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"sslmode": "verify-full", "connect_timeout": 5, "sslcert": None, "channel_binding": "require"}
    known |= {"keepalives": True, "passfile": "/etc/pgpass", "options": "endpoint=ep-1", "hostaddr": "10.0.0.5"}
    left_out = {"cursor": "dictcursor", "prepare_threshold": 0, "application_name": "mine", "aws_conn_id": "aws"}
    assert conninfo(monkeypatch, host="db.example", extra={**known, **left_out}) == {
        "host": "db.example",
        "sslmode": "verify-full",
        "connect_timeout": "5",
        "channel_binding": "require",
        "keepalives": "1",
        "passfile": "/etc/pgpass",
        "options": "endpoint=ep-1",
        "hostaddr": "10.0.0.5",
    }


def test_a_service_says_everything_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert conninfo(monkeypatch, host="", login="", schema="", extra={"service": "crm"}) == {"service": "crm"}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"sslmod": "require"}, "names 'sslmod', which is no parameter of libpq: did you mean sslmode?"),
        ({"ssl-root-cert": "/ca"}, "names 'ssl-root-cert', which is no parameter of libpq: did you mean sslrootcert?"),
        ({"iam": True}, "names 'iam', which is no parameter of libpq"),
        ({"sslmode": {"mode": "require"}}, "gives sslmode as dict: write text or a number"),
        ("{sslmode: require}", 'is no JSON object: write it as {"sslmode": "require"}'),
        ('["require"]', 'is no JSON object: write it as {"sslmode": "require"}'),
    ],
)
def test_an_extra_that_cannot_be_used_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, extra: object, words: str
) -> None:
    with pytest.raises(DatabaseConnectionError) as raised:
        conninfo(monkeypatch, host="db.example", extra=extra)
    assert str(raised.value) == f"the Extra of the connection notifications_db {words}"


def test_a_ledger_without_a_connection_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LEDGER, raising=False)
    with pytest.raises(AirflowNotFoundException, match="notifications_db"):
        ledger_conninfo()


def test_the_crm_has_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", json.dumps({"conn_type": "postgres", "host": "crm.example"}))
    assert conninfo_to_dict(source_conninfo())["host"] == "crm.example"


def test_addresses_come_from_airflow_and_optional_connections_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    default = {"conn_type": "telegram", "host": "-1001", "password": "42:TEST", "extra": {"message_thread_id": 5}}
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(default))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_BACKUPS", json.dumps({"conn_type": "telegram", "host": "-1002"}))
    resolve = addresses(Settings(), telegram_connection)
    assert resolve("reports") == Address(BotAddress("42:TEST"), "-1001", 5)
    assert resolve("operators") == Address(BotAddress("42:TEST"), "-1002")
