"""Airflow's connections are understood as they are filled in, and one that is not there is passed over."""

from __future__ import annotations

import json

import pytest
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import conninfo_to_dict

from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.connections import ledger_conninfo, source_conninfo, telegram_connection
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.settings import Settings

LEDGER = "AIRFLOW_CONN_NOTIFICATIONS_DB"


def conninfo(monkeypatch: pytest.MonkeyPatch, **fields: object) -> dict[str, object]:
    """Return how libpq understands a connection with these fields."""
    monkeypatch.setenv(LEDGER, json.dumps({"conn_type": "postgres", **fields}))
    understood: dict[str, object] = dict(conninfo_to_dict(ledger_conninfo()))
    assert understood.pop("application_name") == "sancrm_notifications"
    return understood


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


def test_libpqs_own_parameters_come_from_the_extra_and_airflows_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"sslmode": "verify-full", "connect_timeout": 5, "cursor": "dictcursor", "sslcert": None}
    assert conninfo(monkeypatch, host="db.example", extra=extra) == {
        "host": "db.example",
        "sslmode": "verify-full",
        "connect_timeout": "5",
    }


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
