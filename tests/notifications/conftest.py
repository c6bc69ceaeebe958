"""A workshop in which events are told, at noon."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.ledger import feeds
from tests.bot.crm import fill
from tests.desk import LIMITS, STAFF, TOKEN
from tests.notifications.workshop import Workshop, connection_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from tests.conftest import Databases
    from tests.desk import Desk

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def set_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[time], None]:
    """Return what sets the ledger's clock to a time of today in Moscow, as messages are written by it."""

    def to(at: time) -> None:
        now = datetime.combine(datetime.now(MOSCOW).date(), at, tzinfo=MOSCOW)
        monkeypatch.setattr(feeds, "ledger_now", lambda _ledger: now)

    return to


@pytest.fixture
def open_workshop(
    databases: Databases, desk: Desk, monkeypatch: pytest.MonkeyPatch, set_time: Callable[[time], None]
) -> Callable[..., Workshop]:
    """Return what switches the tasks of a notification on: CRM, ledger and stand-in are Airflow's connections."""

    def opened(tasks: ModuleType, kind: type[Workshop] = Workshop, **settings: Any) -> Workshop:
        crm = databases.create(databases.template("clients_crm", fill))
        telegram = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN}
        extra = {"extra": {"base_url": desk.stand_in.base_url}}
        monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", connection_json(crm))
        monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", connection_json(desk.conninfo))
        monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps({**telegram, **extra}))
        variable = {"limits": LIMITS.model_dump(), **settings}
        monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps(variable))
        set_time(time(12))
        workshop = kind(desk, crm, tasks)
        workshop.look()
        return workshop

    return opened
