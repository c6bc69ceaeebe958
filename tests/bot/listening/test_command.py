"""``python -m sancrm_notifications.bot`` as a person runs it: it answers, ends when told, and hands over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.bot.crm import fill
from tests.bot.listening import test_processes
from tests.bot.listening.conftest import CLIENT
from tests.bot.listening.test_processes import NEXT_LISTENER_SECONDS, ROOT, conflicts, until
from tests.desk import STAFF, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bot.listening.conftest import Ear
    from tests.conftest import Databases

# Each process loads Airflow; on a busy machine that alone is many seconds.
pytestmark = pytest.mark.timeout(500)
ENDS_SECONDS = 20.0


@pytest.fixture
def crm(databases: Databases) -> str:
    return databases.create(databases.template("clients_crm", fill))


@contextmanager
def command(ear: Ear, crm: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command with Airflow's environment; it is killed in the end."""

    def postgres(conninfo: str) -> str:
        host, user, database = (entry.split("=")[1] for entry in conninfo.split())
        return json.dumps({"conn_type": "postgres", "host": host, "login": user, "schema": database})

    telegram = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN}
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "plugins"),
        "AIRFLOW_CONN_NOTIFICATIONS_DB": postgres(ear.conninfo),
        "AIRFLOW_CONN_SANCRM_DB": postgres(crm),
        "AIRFLOW_CONN_TELEGRAM_DEFAULT": json.dumps({**telegram, "extra": {"base_url": ear.stand_in.base_url}}),
        "AIRFLOW_VAR_SANCRM_NOTIFICATIONS": json.dumps({"limits": {"chat_gap_seconds": 0.05}}),
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "sancrm_notifications.bot"],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def number(ear: Ear) -> int:
    """Return the number of who listens and has been answered since, or 0."""
    rows = ear.rows("select number, polled_at > listening_since as polls from notifications.listeners")
    return int(rows[0]["number"]) if rows and rows[0]["polls"] else 0


def is_still_older(ear: Ear) -> bool:
    """Give whoever listens something to answer, and a second for it."""
    ear.stand_in.write(CLIENT, "/help")
    time.sleep(1)
    return False


def test_it_answers_hands_over_and_ends_when_told(ear: Ear, crm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_processes, "PATIENCE_SECONDS", 120)
    ear.rows("insert into notifications.bindings (proof, user_id, phone) values ('contact', %s, '79123456789')", CLIENT)
    ear.stand_in.start(CLIENT)
    with command(ear, crm) as first:
        until(lambda: len(ear.answers()) >= 1, "the greeting")
        ear.stand_in.write(CLIENT, "Статус")
        until(lambda: any("A-12841" in answer for answer in ear.answers()), "the answer about the repair")
        until(lambda: number(ear), "it says how it polls")
        older = number(ear)
        with command(ear, crm) as second:
            # A poll is never cut: something must come for the first to end its own at once.
            until(lambda: number(ear) > older or is_still_older(ear), "the second listens")
            assert first.wait(ENDS_SECONDS) == 0
            second.send_signal(signal.SIGTERM)
            ear.stand_in.write(CLIENT, "Адрес")
            assert second.wait(ENDS_SECONDS) == 0
            assert second.stdout is not None
            assert "'handled':" in second.stdout.read()
    assert conflicts(ear) == 0
    assert ear.rows("select 1 from notifications.inbox group by bot_id, update_id having count(*) > 1") == []
    # Its lease is free at once.
    (row,) = ear.rows("select lease_until <= clock_timestamp() as is_free from notifications.listeners")
    assert row["is_free"]


def test_without_a_bot_it_says_why_and_ends_with_1(ear: Ear, crm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bot.listening.test_command.TOKEN", "no token")
    with command(ear, crm) as started:
        _, said = started.communicate(timeout=NEXT_LISTENER_SECONDS * 6)
        assert started.returncode == 1
    assert "DestinationError" in said.strip().splitlines()[-1]
    assert "no token" not in said
