"""An office with two branches where nobody waits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications import connections, settings
from sancrm_notifications.notifications.missed_calls import tasks
from sancrm_notifications.settings import Settings
from tests.include.sql.queries import create_tables, insert
from tests.notifications.missed_calls.office import FAST, Office, connection_json

if TYPE_CHECKING:
    from tests.conftest import Databases
    from tests.desk import Desk


@pytest.fixture(scope="module")
def crm(databases: Databases) -> str:
    """Return the CRM's database, which all tests here share."""
    return databases.create(databases.template("reporting_tables", create_tables))


@pytest.fixture
def office(desk: Desk, crm: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office with two branches where nobody waits."""
    desk.settings = Settings(limits=FAST)
    desk.stand_in.set_rates(enforced=False)
    with psycopg.connect(crm) as connection:
        connection.execute("truncate reporting.branches, reporting.repairs")
        insert(connection, "branches", {"branch_id": 7, "name": "Центральный"}, {"branch_id": 8, "name": "Северный"})
    monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", connection_json(crm))
    monkeypatch.setattr(connections, "ledger_conninfo", lambda: desk.conninfo)

    def set_variable(fields: dict[str, Any]) -> None:
        monkeypatch.setattr(settings, "load", lambda: settings.parse(json.dumps(fields)))

    set_variable({"crm_base_url": "https://crm.example.org"})
    return Office(
        desk,
        crm,
        set_now=lambda now: monkeypatch.setattr(tasks, "local_now", lambda: now),
        set_variable=set_variable,
    )
