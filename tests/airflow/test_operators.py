"""The operator in a real Airflow run: what it returns, what it skips, what it fails on, and how it waits."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag

from sancrm_notifications.airflow.operators import DeliverOperator
from sancrm_notifications.alerts.messages import FailedTask, TroubledRun, undelivered
from sancrm_notifications.delivery.delivered import Delivered
from sancrm_notifications.ledger.claiming import Ledger, Order, Run
from sancrm_notifications.text.delivery_notes import plain_text
from tests.desk import DAY, STAFF, TOKEN, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.models.taskinstance import TaskInstance

    from sancrm_notifications.delivery.errors import PostponedError
    from sancrm_notifications.ledger.batches import Undelivered
    from tests.desk import Desk


DAG_FILE = """
import json, os
from airflow.sdk import DAG
from sancrm_notifications.airflow.operators import DeliverOperator
from sancrm_notifications.alerts.messages import FailedTask, TroubledRun, undelivered
from sancrm_notifications.delivery.delivered import Delivered
from sancrm_notifications.ledger.claiming import Ledger, Order, Run
from sancrm_notifications.text.delivery_notes import plain_text

with DAG("one_delivery", schedule=None):
    DeliverOperator(task_id="deliver", delivery=json.loads(os.environ["DELIVERY"]))
"""


@pytest.fixture(scope="module", autouse=True)
def _airflow() -> None:
    """Make Airflow's own database and a DAG of one delivery, in Airflow's temporary home."""
    from airflow.utils.db import initdb

    initdb()
    dags = Path(conf.get("core", "dags_folder"))
    dags.mkdir(parents=True, exist_ok=True)
    (dags / "one_delivery.py").write_text(DAG_FILE, encoding="utf-8")


@pytest.fixture
def connected(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Name ledger and stand-in as Airflow's connections."""
    host, user, database = (entry.split("=")[1] for entry in desk.conninfo.split())
    ledger = {"conn_type": "postgres", "host": host, "login": user, "schema": database}
    telegram = {
        "conn_type": "telegram",
        "host": str(STAFF),
        "password": TOKEN,
        "extra": {"base_url": desk.stand_in.base_url},
    }
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", json.dumps(ledger))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(telegram))
    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps({"longest_wait_seconds": 1.5}))
    return desk


@pytest.fixture
def run(connected: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TaskInstance]:  # noqa: ARG001
    """Return what runs the DAG to its end, as Airflow does, waiting for triggers."""

    def to_its_end(withheld: str | None = None) -> TaskInstance:
        delivery = {"batch": DAY.name, "subjects": None, "is_backfill": False, "withheld": withheld}
        monkeypatch.setenv("DELIVERY", json.dumps(delivery))
        dag = DagBag(conf.get("core", "dags_folder")).dags["one_delivery"]
        instance: TaskInstance | None = dag.test().get_task_instance("deliver")
        assert instance is not None
        return instance

    return to_its_end


def test_a_delivery_returns_how_many_messages_stand_where(connected: Desk, run: Callable[..., TaskInstance]) -> None:
    connected.store(report("branch:1", "Первый"), report("network", "Сводка"))

    instance = run()

    assert instance.state == "success"
    assert instance.xcom_pull(task_ids="deliver") == {"sent": 2}
    assert connected.texts() == ["Первый", "Сводка"]


def test_a_long_wait_is_spent_outside_the_worker_and_then_goes_on(
    connected: Desk, run: Callable[..., TaskInstance], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected.store(report("branch:1", "Первый"), report("network", "Сводка"))
    connected.stand_in.plan_fault("flood", method="sendMessage", text="Сводка", retry_after=3, times=1)
    waits: list[float | None] = []
    wait = DeliverOperator._wait

    def noted(self: DeliverOperator, postponed: PostponedError) -> None:
        waits.append(postponed.seconds)
        wait(self, postponed)

    monkeypatch.setattr(DeliverOperator, "_wait", noted)

    assert run().state == "success"
    assert waits == [pytest.approx(3, abs=0.5)]
    assert connected.texts() == ["Первый", "Сводка"]
    assert len(connected.stand_in.requests("sendMessage")) == 3


def test_a_withheld_batch_is_skipped_with_its_reason(
    connected: Desk, run: Callable[..., TaskInstance], capsys: pytest.CaptureFixture[str]
) -> None:
    connected.store(report("network", "Сводка"))

    assert run(withheld="the setting sending is off").state == "skipped"
    assert "the setting sending is off" in capsys.readouterr().out
    assert connected.stand_in.messages(STAFF) == []


def test_a_parked_message_fails_the_task_with_what_to_do(
    connected: Desk, run: Callable[..., TaskInstance], capsys: pytest.CaptureFixture[str]
) -> None:
    connected.store(report("network", "Сводка"))
    connected.stand_in.kick(STAFF)

    assert run().state == "failed"
    log = capsys.readouterr().out
    assert "add the bot to the chat again" in log
    assert TOKEN not in log


def test_with_sending_off_nothing_leaves_until_it_is_on_and_the_task_runs_again(
    connected: Desk,
    run: Callable[..., TaskInstance],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    connected.store(report("network", "Сводка"))
    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps({"sending": False}))

    assert run().state == "skipped"
    assert "switch it on, then clear this task" in capsys.readouterr().out
    assert connected.stand_in.messages(STAFF) == []

    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", "{}")
    assert run().state == "success"
    assert connected.texts() == ["Сводка"]


def test_the_log_ends_with_what_this_try_did(
    connected: Desk, run: Callable[..., TaskInstance], capsys: pytest.CaptureFixture[str]
) -> None:
    connected.store(report("branch:1", "Первый"), report("branch:2", "Второй"))
    run()
    first = capsys.readouterr().out
    connected.store(report("network", "Сводка"))
    run()
    second = capsys.readouterr().out

    assert f"{DAY.name}: 2 sent, 0 edited" in first
    assert f"{DAY.name}: 1 sent, 0 edited, 2 already in the chat" in second


def test_what_was_edited_and_what_is_parked_is_counted_apart() -> None:
    states = {"sent": 6, "parked": 1, "stored": 2}
    assert Delivered(states, 0, 2, [], []).in_words == (
        "0 sent, 2 edited, 4 already in the chat, 1 parked, 2 still to be sent"
    )
    assert Delivered({}, 0, 0, [], []).in_words == "0 sent, 0 edited"


@pytest.mark.parametrize(
    "known",
    [
        f"notifications.chat_titles (chat_id, title) values ('{STAFF}', 'Штаб')",
        # No check has seen it, but the bot was there when it was thrown out.
        f"notifications.group_chats (chat_id, title, kind, bot_status) values ({STAFF}, 'Штаб', 'group', 'kicked')",
    ],
    ids=["checked", "met"],
)
def test_a_lost_chat_is_named_by_its_title_with_what_did_not_go_out(
    connected: Desk, run: Callable[..., TaskInstance], known: str
) -> None:
    connected.store(report("branch:1"), report("branch:2"), report("network"))
    connected.rows(f"insert into {known} returning chat_id")
    connected.stand_in.kick(STAFF)

    assert run().state == "failed"

    ledger = Ledger(connected.conninfo, Order(DAY.name), run=Run("one", "one", 1), settings=connected.settings)

    async def parked() -> list[Undelivered]:
        try:
            return await ledger.undelivered()
        finally:
            await ledger.close()

    found = asyncio.run(parked())
    run_of_it = TroubledRun("profitability_daily", "run", "manual", None, None, None, None)
    words = plain_text(undelivered(run_of_it, FailedTask("deliver", 1), found, UTC).html, [])
    assert "Чат «Штаб»: бот удалён из чата." in words
    assert (
        "Не отправлено 3\N{NO-BREAK SPACE}сообщения: рентабельность за день, 20\N{NO-BREAK SPACE}ноября 2026, пт"
        in words
    )
    assert "chat_gone" not in words
