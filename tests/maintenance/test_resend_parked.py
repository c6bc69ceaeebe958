"""`resend_parked`: what waits for a person is listed, and sent again when the cause is gone, never what is too late."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag

from tests.desk import DAY, STAFF, TOKEN, report

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

    from tests.desk import Desk

DAGS = Path(__file__).parents[2] / "dags"
NEXT_DAY = replace(DAY, period="2026-11-21", name="profitability_daily/2026-11-21")
CALLS = replace(DAY, notification="missed_calls", name="missed_calls/2026-11-20", unknown_policy="hold")
OTHER_CHAT = -1002


@pytest.fixture(scope="module", autouse=True)
def _airflow() -> None:
    """Make Airflow's own database and put both DAGs where Airflow looks for them, in its temporary home."""
    from airflow.utils.db import initdb

    initdb()
    folder = Path(conf.get("core", "dags_folder"))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("resend_parked.py", "erase_old_texts.py"):
        shutil.copy(DAGS / name, folder / name)
    include = folder.parent / "include"
    if not include.exists():  # another room's tests may have put it there
        include.symlink_to(DAGS.parent / "include")


@pytest.fixture
def desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Name ledger and stand-in as Airflow's connections; missed calls have a chat of their own."""
    host, user, database = (entry.split("=")[1] for entry in desk.conninfo.split())
    ledger = {"conn_type": "postgres", "host": host, "login": user, "schema": database}
    extra = {"base_url": desk.stand_in.base_url}
    telegram = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN, "extra": extra}
    calls = {"conn_type": "telegram", "host": str(OTHER_CHAT)}
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", json.dumps(ledger))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(telegram))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_MISSED_CALLS", json.dumps(calls))
    set_settings(monkeypatch)
    desk.stand_in.create_chat(OTHER_CHAT, "Незвонки")
    desk.chats["missed_calls"] = OTHER_CHAT
    return desk


def set_settings(monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    """Write the Airflow Variable: no limits but what the test is about."""
    limits = {"chat_gap_seconds": 0.05, "group_window_seconds": 0, "bot_window_seconds": 0}
    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps({"limits": limits, **more}))


def resend(**form: object) -> dict[str, Any]:
    """Run the DAG with these fields filled in; return the state of each task, and the counts of `deliver`."""
    dag = DagBag(conf.get("core", "dags_folder")).dags["resend_parked"]
    run: DagRun = dag.test(run_conf=form)
    found = {instance.task_id: instance for instance in run.get_task_instances()}
    states: dict[str, Any] = {task_id: instance.state for task_id, instance in found.items()}
    return {**states, "counts": found["deliver"].xcom_pull(task_ids="deliver")}


def call(subject: str = "repair:7", text: str = "Незвонок") -> Any:
    """Return a message to the chat of missed calls."""
    return report(subject, text, destination="missed_calls")


def hold(desk: Desk) -> None:
    """Store a missed call of which nobody knows whether it arrived; it did."""
    desk.store(call(), batch=CALLS)
    desk.stand_in.plan_fault("reset", when="after", method="sendMessage", text="Незвонок", times=1)
    assert desk.deliver(CALLS) == {"held": 1}
    assert desk.texts(OTHER_CHAT) == ["Незвонок"]


def park(desk: Desk) -> None:
    """Store two days' reports, the summary last, and have Telegram refuse them: the bot was kicked."""
    desk.stand_in.kick(STAFF)
    for batch, day in ((DAY, "20"), (NEXT_DAY, "21")):
        desk.store(report("branch:1", f"{day} филиал"), report("network", f"{day} сводка"), batch=batch)
        assert desk.deliver(batch) == {"parked": 2}


def test_everything_parked_is_sent_in_the_order_of_time_when_the_cause_is_gone(desk: Desk) -> None:
    park(desk)
    desk.stand_in.admit(STAFF)

    assert resend() == {"find": "success", "deliver": "success", "counts": {"sent": 4}}

    assert desk.texts() == ["20 филиал", "20 сводка", "21 филиал", "21 сводка"]
    assert resend()["deliver"] == "skipped"
    assert len(desk.texts()) == 4


def test_the_list_names_each_with_its_reason_and_its_end_of_use_and_sends_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    park(desk)
    desk.stand_in.admit(STAFF)
    sent = len(desk.stand_in.requests())

    assert resend(only_list=True)["deliver"] == "skipped"

    log = caplog.text + capsys.readouterr().out
    for key in desk.states():
        assert f"{key}: parked, can be sent until 20" in log
    assert "kicked" in log
    assert "only a list was asked for: nothing was sent" in log
    assert "филиал" not in log
    assert TOKEN not in log
    assert len(desk.stand_in.requests()) == sent
    assert set(desk.states().values()) == {"parked"}


def test_while_the_cause_is_there_the_task_fails_with_what_to_do_and_they_stay_parked(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    park(desk)
    tried = [request["text"] for request in desk.stand_in.requests("sendMessage")]

    assert resend()["deliver"] == "failed"

    assert "add the bot to the chat again" in capsys.readouterr().out
    assert set(desk.states().values()) == {"parked"}
    again = [request["text"] for request in desk.stand_in.requests("sendMessage")][len(tried) :]
    assert [text for text in again if text in tried] == ["20 филиал", "21 филиал"], "none for those behind"


@pytest.mark.parametrize(
    ("form", "arrives"),
    [
        ({"message": "profitability_daily/2026-11-21"}, ["21 филиал", "21 сводка"]),
        ({"destination": "branch:1"}, ["22 филиал"]),
        ({"message": "missed_calls"}, []),
    ],
)
def test_the_form_narrows_the_choice(desk: Desk, form: dict[str, str], arrives: list[str]) -> None:
    park(desk)
    own = replace(DAY, period="2026-11-22", name="profitability_daily/2026-11-22")
    desk.store(report("branch:1", "22 филиал", destination="branch:1"), report("network", "22 сводка"), batch=own)
    desk.deliver(own)
    desk.stand_in.admit(STAFF)

    resend(**form)

    assert desk.texts() == arrives


def test_what_is_past_its_end_of_use_is_listed_and_not_sent(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    park(desk)
    desk.rows("update notifications.messages set expires_at = now() where batch like '%20' returning key")
    desk.stand_in.admit(STAFF)

    assert resend()["counts"] == {"sent": 2}

    assert desk.texts() == ["21 филиал", "21 сводка"]
    log = caplog.text
    assert f"{DAY.name}/network/reports/1: parked, not sent any more since 20" in log
    assert desk.states()[f"{DAY.name}/network/reports/1"] == "parked"


def test_a_group_that_became_a_supergroup_meanwhile_gets_them_under_the_same_keys(desk: Desk) -> None:
    park(desk)
    keys = list(desk.states())
    desk.stand_in.admit(STAFF)
    new_chat = desk.stand_in.migrate(STAFF)

    assert resend()["counts"] == {"sent": 4}

    assert desk.texts(new_chat) == ["20 филиал", "20 сводка", "21 филиал", "21 сводка"]
    assert list(desk.states()) == keys


def test_one_batch_that_is_still_refused_does_not_stop_those_behind_it(desk: Desk) -> None:
    park(desk)
    desk.stand_in.kick(OTHER_CHAT)
    desk.store(call(), batch=CALLS)
    desk.deliver(CALLS)
    desk.stand_in.admit(OTHER_CHAT)

    assert resend()["deliver"] == "failed"

    assert desk.texts(OTHER_CHAT) == ["Незвонок"]
    assert desk.states()["missed_calls/2026-11-20/repair:7/missed_calls/1"] == "sent"


def test_a_chat_that_must_be_left_alone_does_not_hold_up_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_settings(monkeypatch, longest_wait_seconds=0.5)
    park(desk)
    desk.stand_in.kick(OTHER_CHAT)
    desk.store(call(), batch=CALLS)
    desk.deliver(CALLS)
    for chat in (STAFF, OTHER_CHAT):
        desk.stand_in.admit(chat)
    desk.stand_in.plan_fault("flood", method="sendMessage", text="20 филиал", retry_after=3, times=1)

    assert resend() == {"find": "success", "deliver": "success", "counts": {"sent": 5}}

    asked = [request["text"] for request in desk.stand_in.requests("sendMessage")]
    assert asked[-6:] == ["20 филиал", "Незвонок", "20 филиал", "20 сводка", "21 филиал", "21 сводка"]


def test_an_edit_that_was_parked_is_made(desk: Desk) -> None:
    from sancrm_notifications.ledger.revising import Revision, revise

    desk.store(report("branch:1", "Было"))
    desk.deliver()
    desk.stand_in.kick(STAFF)
    revise(desk.conninfo, NEXT_DAY, [Revision(DAY.period, report("branch:1", "Стало", figures={"profit_kopecks": 1}))])
    assert desk.deliver(NEXT_DAY) == {"parked": 1}
    desk.stand_in.admit(STAFF)

    assert resend()["counts"] == {"sent": 1}

    assert desk.texts() == ["Стало"]


def test_a_backfilled_message_arrives_silently_as_it_was_stored(desk: Desk) -> None:
    desk.stand_in.kick(STAFF)
    backfill = replace(DAY, is_backfill=True)
    desk.store(report("network", "Сводка"), batch=backfill)
    desk.deliver(backfill)
    desk.stand_in.admit(STAFF)
    resend()
    assert [message["is_silent"] for message in desk.stand_in.messages(STAFF)] == [True]


class TestHeldMessages:
    """Nobody knows whether they arrived: the form says what becomes of them."""

    def test_are_listed_and_left_alone_unless_the_form_says_so(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        hold(desk)
        assert resend()["deliver"] == "skipped"
        assert "missed_calls/2026-11-20/repair:7/missed_calls/1: held, can be sent until" in caplog.text
        assert list(desk.states().values()) == ["held"]

    def test_are_sent_again_marked_as_a_possible_repeat(self, desk: Desk) -> None:
        hold(desk)
        assert resend(held="send")["counts"] == {"sent": 1}
        assert [text.startswith("Возможный повтор") for text in desk.texts(OTHER_CHAT)] == [False, True]

    def test_are_noted_as_delivered_by_who_sees_them_in_the_chat(self, desk: Desk) -> None:
        hold(desk)
        assert resend(held="delivered")["counts"] == {"sent": 1}
        assert desk.texts(OTHER_CHAT) == ["Незвонок"]
        assert resend(held="send")["deliver"] == "skipped"

    def test_are_not_sent_past_their_end_of_use(self, desk: Desk) -> None:
        hold(desk)
        desk.rows("update notifications.messages set expires_at = now() returning key")
        assert resend(held="send")["deliver"] == "skipped"


def test_with_sending_off_they_stay_in_the_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    park(desk)
    desk.stand_in.admit(STAFF)
    set_settings(monkeypatch, sending=False)

    assert resend()["deliver"] == "skipped"

    assert set(desk.states().values()) == {"parked"}
    assert desk.texts() == []


def test_a_summary_sent_again_comes_after_the_reports_it_closes(desk: Desk) -> None:
    desk.stand_in.kick(STAFF)
    desk.stand_in.kick(OTHER_CHAT)
    desk.store(
        report("network", "Сводка", closes_batch=True),
        report("branch:1", "Филиал", destination="missed_calls"),
    )
    desk.rows("update notifications.messages set waiting_since = now() - interval '1 day' returning key")
    desk.deliver()
    for chat in (STAFF, OTHER_CHAT):
        desk.stand_in.admit(chat)
    desk.stand_in.plan_fault("slow", method="sendMessage", text="Филиал", seconds=1.0)

    assert resend()["counts"] == {"sent": 2}

    assert desk.texts() == ["Сводка"], "it names no report as missing"


def test_a_chosen_message_is_told_once_while_its_own_batch_is_being_delivered(desk: Desk) -> None:
    park(desk)
    desk.stand_in.admit(STAFF)
    desk.stand_in.plan_fault("slow", method="sendMessage", seconds=0.5)
    with ThreadPoolExecutor(1) as other:
        delivered = other.submit(desk.deliver, DAY)
        resend()
        delivered.result()
    assert sorted(desk.texts()) == ["20 сводка", "20 филиал", "21 сводка", "21 филиал"]


def test_old_texts_are_forgotten_after_the_days_of_the_setting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.store(report("branch:1", "Старое"), report("branch:2", "Новое"))
    desk.deliver()
    ago = timedelta(days=8)
    desk.rows(
        f"update notifications.messages set stored_at = stored_at - interval '{ago.days} days',"
        f" sent_at = sent_at - interval '{ago.days} days' where subject = 'branch:1' returning key"
    )
    dag = DagBag(conf.get("core", "dags_folder")).dags["erase_old_texts"]
    for days, erased, left in ((9, 0, ["Старое", "Новое"]), (7, 1, [None, "Новое"])):
        set_settings(monkeypatch, keep_texts_days=days)
        instance = dag.test().get_task_instance("erase")
        assert instance is not None
        assert instance.state == "success"
        assert instance.xcom_pull(task_ids="erase") == {"texts": erased, "previews": 0}
        kept = desk.rows("select html from notifications.messages order by message_id")
        assert [row["html"] for row in kept] == left


def ids(desk: Desk, where: str) -> list[int]:
    """Return the ids of messages, in order."""
    rows = desk.rows(f"select message_id from notifications.messages where {where} order by message_id")
    return [row["message_id"] for row in rows]


def test_an_answer_of_the_bot_is_opened_for_whoever_listens_or_is_said_to_be_too_late(
    desk: Desk, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.store(report("1.1", "Готов", destination="chat:7"), report("2.1", "Готов", destination="chat:8"))
    desk.rows("update notifications.messages set state = 'parked', reason = 'blocked' returning key")
    desk.rows("update notifications.messages set expires_at = now() where destination = 'chat:8' returning key")
    caplog.set_level("INFO")

    assert resend(decision="send", message_ids=ids(desk, "true"))["counts"] == {"stored": 1}

    assert list(desk.states().values()) == ["stored", "parked"]
    log = caplog.text + capsys.readouterr().out
    assert log.count("an answer of the bot: whoever asked can ask again") >= 2
    assert desk.stand_in.requests("sendMessage") == []


def test_a_decision_is_about_the_messages_it_names_alone(desk: Desk) -> None:
    hold(desk)
    park(desk)
    desk.stand_in.admit(STAFF)
    named = [*ids(desk, "batch like '%20' and subject = 'branch:1'"), *ids(desk, "state = 'held'")]

    assert resend(decision="send", message_ids=named)["counts"] == {"sent": 2}

    assert desk.texts() == ["20 филиал"]
    assert ids(desk, "state = 'parked'") == ids(desk, "batch <> 'missed_calls/2026-11-20'")[1:]
    assert "Возможный повтор" in desk.texts(OTHER_CHAT)[-1]


def test_who_has_seen_it_in_the_chat_says_so_of_held_ones_only(desk: Desk) -> None:
    hold(desk)
    park(desk)

    assert resend(decision="delivered", message_ids=ids(desk, "true"))["counts"] == {"sent": 1}

    assert len(desk.texts(OTHER_CHAT)) == 1
    assert len(ids(desk, "state = 'parked'")) == 4


def test_what_is_no_longer_wanted_is_never_sent_also_while_sending_is_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    park(desk)
    desk.rows("update notifications.messages set state = 'expired' where batch like '%20' returning key")
    set_settings(monkeypatch, sending=False)

    assert resend(decision="not_wanted", message_ids=ids(desk, "subject = 'branch:1'"))["counts"] == {"not_wanted": 2}

    set_settings(monkeypatch)
    desk.stand_in.admit(STAFF)
    assert resend()["counts"] == {"sent": 1}
    assert desk.texts() == ["21 сводка"]
