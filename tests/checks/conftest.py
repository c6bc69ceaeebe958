"""An installation in order: Telegram, ledger, CRM and settings, to be broken one thing at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from local.telegram_stand_in import StandIn
from sancrm_notifications.checks.groups import groups
from sancrm_notifications.checks.running import run
from sancrm_notifications.contract import RELATIONS, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sancrm_notifications.checks.line import Line
    from tests.conftest import Databases

TOKEN = "42:a-token-that-must-never-be-shown"
STAFF = -1001
PERSON = 777
CRM_ROWS = """
    insert into reporting.branches values (7, 'Тула', 'TL', true);
    insert into reporting.repairs (
        repair_id, number, code, branch_id, status, needs_callback, customer_name, created_at, completed_at, revenue
    )
    values
        (1, 10, 'TL-10', 7, 'Готов', true, 'Пётр', '2025-01-09 10:00+03', null, null),
        (2, 11, 'TL-11', 7, 'Подбор', true, 'Анна', '2026-01-09 10:00+03', null, null);
"""


@dataclass
class Site:
    """What the checks look at, and the lines they say about it."""

    patch: pytest.MonkeyPatch
    stand_in: StandIn
    ledger: str
    crm: str

    def telegram(self, conn_id: str = "telegram_default", *, host: object = STAFF, **fields: Any) -> None:
        """Make, or change, a Telegram connection."""
        extra = {"base_url": self.stand_in.base_url, **fields.pop("extra", {})}
        self.connection(
            conn_id, {"conn_type": "telegram", "host": str(host), "password": TOKEN, "extra": extra} | fields
        )

    def database(self, conn_id: str, conninfo: str, **fields: Any) -> None:
        """Make, or change, a connection to a database."""
        known = conninfo_to_dict(conninfo)
        found = {"host": known["host"], "login": known["user"], "schema": known["dbname"]}
        self.connection(conn_id, {"conn_type": "postgres"} | found | fields)

    def connection(self, conn_id: str, fields: dict[str, Any]) -> None:
        """Make, or change, an Airflow connection."""
        self.patch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))

    def variable(self, **settings: Any) -> None:
        """Write the Airflow Variable."""
        self.patch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps(settings))

    def option(self, name: str, value: str) -> None:
        """Set an option of Airflow's configuration."""
        self.patch.setenv(f"AIRFLOW__SANCRM_NOTIFICATIONS__{name.upper()}", value)

    def lines(self, group: str, since: datetime | None = None) -> list[Line]:
        """Return what the checks of a group say; never the token."""
        found = list(run(groups(since)[group]))
        assert TOKEN.partition(":")[2] not in repr(found)
        return found

    def faults(self, group: str) -> list[str]:
        """Return the lines of a group that are no mere «ok», as text."""
        return [text(line) for line in self.lines(group) if line.verdict != "ok"]

    def run_in_crm(self, statement: str) -> None:
        """Change the CRM."""
        with psycopg.connect(self.crm) as connection:
            connection.execute(statement.encode())


def text(line: Line) -> str:
    """Return a line as one string."""
    return f"{line.verdict} {line.what}: {line.sentence}"


def crm_tables(connection: psycopg.Connection) -> None:
    """Make the contract's relations as empty tables."""
    connection.execute(f"create schema {SCHEMA}".encode())
    for relation in RELATIONS:
        columns = ", ".join(f"{column.name} {column.type}" for column in relation.columns)
        connection.execute(f"create table {SCHEMA}.{relation.name} ({columns})".encode())


def _crm(connection: psycopg.Connection) -> None:
    crm_tables(connection)
    connection.execute(CRM_ROWS)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """Run a stand-in that knows the staff's group and a person."""
    with StandIn(limits=False, chats={STAFF: "Штаб", PERSON: "Ольга"}, tokens={TOKEN}) as running:
        yield running


@pytest.fixture
def site(databases: Databases, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return an installation in order, with an empty database for the ledger."""
    found = Site(monkeypatch, stand_in, databases.create(), databases.create(databases.template("checked_crm", _crm)))
    found.telegram()
    found.database("notifications_db", found.ledger)
    found.database("sancrm_db", found.crm)
    found.connection("smtp_default", {"conn_type": "smtp", "host": "mail.example.org"})
    found.variable(crm_base_url="https://crm.example.org", operator_emails=["operators@example.org"])
    return found
