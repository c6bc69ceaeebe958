"""A task that fails in a real Airflow run: what the operators' chat hears, how often, and what happens without it."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.triggers.callback import CallbackTrigger

from sancrm_notifications.alerts import notifier
from sancrm_notifications.alerts.deadlines import delivery_deadline
from sancrm_notifications.alerts.dispatch import deliver_outstanding
from sancrm_notifications.alerts.notifier import OperatorsNotifier
from sancrm_notifications.channels import mail
from sancrm_notifications.delivery.without_ledger import NOTE
from sancrm_notifications.schedule.periods import Kind
from tests.desk import STAFF, TOKEN
from tests.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow.models.dagrun import DagRun

    from tests.desk import Desk

OPERATORS = -1002
FAILING = Path(__file__).with_name("failing_dags.py")


@pytest.fixture(scope="module", autouse=True)
def _airflow() -> None:
    """Make Airflow's own database and the DAG file, in Airflow's temporary home."""
    from airflow.utils.db import initdb

    initdb()
    dags = Path(conf.get("core", "dags_folder"))
    dags.mkdir(parents=True, exist_ok=True)
    shutil.copy(FAILING, dags / FAILING.name)


@pytest.fixture
def connected(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Name ledger and chats as Airflow's connections; the operators have a chat of their own."""
    host, user, database = (entry.split("=")[1] for entry in desk.conninfo.split())
    ledger = {"conn_type": "postgres", "host": host, "login": user, "schema": database}
    extra = {"base_url": desk.stand_in.base_url}
    staff = {"conn_type": "telegram", "host": str(STAFF), "password": TOKEN, "extra": extra}
    desk.stand_in.create_chat(OPERATORS, "Дежурные")
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", json.dumps(ledger))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(staff))
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_OPERATORS", json.dumps({"conn_type": "telegram", "host": str(OPERATORS)}))
    set_settings(monkeypatch)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.org/")
    monkeypatch.setenv("LEDGER", desk.conninfo)
    return desk


@pytest.fixture
def fail(connected: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], DagRun]:  # noqa: ARG001
    """Return what runs the DAG to its end with a fault."""

    def to_its_end(fault: str) -> DagRun:
        monkeypatch.setenv("FAULT", fault)
        run: DagRun = DagBag(conf.get("core", "dags_folder")).dags["failing"].test()
        return run

    return to_its_end


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Run a mail server that Airflow's SMTP connection leads to, with somebody to write to."""
    with MailServer() as server:
        extra = {"from_email": "airflow@example.org", "disable_ssl": True, "disable_tls": True}
        smtp = {"conn_type": "smtp", "host": "127.0.0.1", "port": server.port, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(smtp))
        set_settings(monkeypatch, operator_emails=["duty@example.org", "second@example.org"])
        yield server


def set_settings(monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
    """Write the Variable, with limits that cost no time."""
    limits = {"chat_gap_seconds": 0, "group_messages": 1000, "group_window_seconds": 0, "bot_window_seconds": 0}
    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", json.dumps({"limits": limits, **settings}))


def failure(
    task_id: str = "deliver",
    try_number: int = 1,
    run_id: str = "scheduled__2026-11-21",
    error: Exception | None = None,
) -> Any:
    """Return the context of a failed task, without an error that of a killed one, as Airflow gives it to a callback."""
    facts = SimpleNamespace(
        run_type=SimpleNamespace(value="scheduled"), run_after=datetime(2026, 11, 21, 6, tzinfo=UTC)
    )
    return {
        "dag": DAG("profitability_daily", schedule=None),
        "run_id": run_id,
        "dag_run": facts,
        "ti": SimpleNamespace(task_id=task_id, try_number=try_number, map_index=-1),
        "exception": error,
    }


def notify(**about: Any) -> None:
    """Call the notifier as Airflow calls it after a killed task."""
    OperatorsNotifier(report="daily")(failure(**about))


def told_texts(desk: Desk) -> list[str]:
    return desk.texts(OPERATORS)


def test_a_mistake_in_the_form_is_told_in_the_log_of_its_task_and_to_nobody_else(connected, fail, capsys):
    assert fail("form").state == "failed"
    assert "В форме нет поля preview_only." in capsys.readouterr().out
    assert told_texts(connected) == []
    assert connected.states() == {}


def test_an_error_of_ours_is_told_word_for_word_with_the_run_and_the_way_there(connected, fail):
    run = fail("explained")

    (message,) = connected.stand_in.messages(OPERATORS)
    title, dag, period, started, blank, sentence = message["text"].split("\n")
    assert title == "Не выполнена задача fail"
    assert dag == "DAG: failing"
    assert period == "Период: 20\xa0ноября 2026, пт"
    assert re.fullmatch(r"Запуск: вручную, \d+\xa0\w+ \d{4}, \d\d:\d\d", started)
    assert blank == ""
    assert sentence == "Airflow connection telegram_default has no chat id; not ***"
    ((button,),) = message["buttons"]
    assert button["text"] == "Открыть запуск"
    assert button["url"] == f"https://airflow.example.org/dags/failing/runs/{quote(run.run_id, safe='')}"
    assert connected.states() == {f"failures/failing.{run.run_id}/fail:1/operators/1": "sent"}
    assert connected.stand_in.messages(STAFF) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("foreign", "airflow.sdk.exceptions.AirflowException"),
        ("query", "psycopg.errors.InvalidTextRepresentation (SQLSTATE 22P02)"),
        ("away", "psycopg.OperationalError"),
    ],
)
def test_of_any_other_error_only_its_kind_is_told(connected, fail, caplog, fault, kind):
    fail(fault)

    (text,) = told_texts(connected)
    assert text.endswith(f"\n\n{kind}. Подробности — в журнале задачи.")
    (logged,) = [record.getMessage() for record in caplog.records if record.name.endswith("alerts.dispatch")]
    assert logged.startswith(text)
    for secret in ("Иванов", "345-67-89", "hunter2"):
        assert secret not in text + logged


def test_a_try_that_is_followed_by_another_tells_nothing(connected, fail):
    assert fail("first try only").state == "success"
    assert told_texts(connected) == []


def test_the_same_failure_told_twice_arrives_once_and_a_later_one_again(connected):
    notify()
    notify()
    assert len(told_texts(connected)) == 1
    notify(try_number=2)
    notify(run_id="scheduled__2026-11-22")
    assert len(told_texts(connected)) == 3
    assert "Процесс задачи был остановлен или пропал." in told_texts(connected)[0]


def test_a_refused_token_is_told_by_mail_and_in_the_chat_when_it_is_good_again(connected, mail_server):
    connected.stand_in.revoke_token(TOKEN)
    notify()
    notify()

    (mail,) = mail_server.mails
    assert mail["Subject"] == "SanCRM: Не выполнена задача deliver"
    assert mail_server.recipients == ["duty@example.org", "second@example.org"]
    body = mail.get_body().get_content()
    assert "profitability_daily" in body
    assert "https://airflow.example.org/dags/profitability_daily/runs/scheduled__2026-11-21" in body
    assert "Telegram does not accept the bot's token" in body
    assert TOKEN not in mail.as_string()

    connected.stand_in.add_token(TOKEN)
    deliver_outstanding()
    deliver_outstanding()
    assert len(told_texts(connected)) == 1
    assert len(mail_server.mails) == 1


def test_a_chat_that_is_gone_is_told_by_mail_and_gets_what_it_missed_with_the_next_news(connected, mail_server):
    connected.stand_in.kick(OPERATORS)
    notify(task_id="first")
    assert len(mail_server.mails) == 1

    connected.stand_in.admit(OPERATORS)
    notify(task_id="second")
    assert [text.split("\n")[0] for text in told_texts(connected)] == [
        "Не выполнена задача first",
        "Не выполнена задача second",
    ]
    assert len(mail_server.mails) == 1


def test_a_chat_that_does_not_answer_keeps_nobody_waiting(connected, mail_server, monkeypatch):
    monkeypatch.setattr(notifier, "_PATIENCE_SECONDS", 1.0)
    connected.stand_in.plan_fault("slow", when="before", method="sendMessage", seconds=30)
    began = time.monotonic()
    notify()
    assert time.monotonic() - began < 10
    assert "the chat took no message within 1 s" in mail_server.mails[0].get_body().get_content()


def test_without_anybody_to_write_to_the_log_has_it(connected, caplog):
    connected.stand_in.revoke_token(TOKEN)
    notify()
    assert "Не выполнена задача deliver\nDAG: profitability_daily" in caplog.text
    assert "operator_emails names nobody" in caplog.text
    assert TOKEN not in caplog.text


def test_a_mail_server_that_is_away_fails_nothing(connected, mail_server, caplog, monkeypatch):
    smtp = {"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "extra": {"disable_ssl": True, "disable_tls": True}}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(smtp))
    connected.stand_in.revoke_token(TOKEN)
    notify()
    assert mail_server.mails == []
    assert "e-mail could not be used for the alert: ConnectionRefusedError" in caplog.text


def test_a_mail_server_that_is_slow_with_each_answer_keeps_nobody_waiting(connected, mail_server, caplog, monkeypatch):
    monkeypatch.setattr(mail, "_MOST_SECONDS", 0.5)
    mail_server.pause_seconds = 1.0
    connected.stand_in.revoke_token(TOKEN)
    began = time.monotonic()
    notify()
    assert time.monotonic() - began < 5
    assert "e-mail could not be used for the alert: TimeoutError" in caplog.text


def test_while_the_ledger_is_away_the_chat_hears_it_once_all_the_same(connected, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", "postgres://nobody@127.0.0.1:1/nothing")
    notify(error=ValueError())
    notify()  # the DAG's callback comes after the task's
    (text,) = told_texts(connected)
    assert text.startswith("Не выполнена задача deliver")
    assert text.endswith(NOTE)
    deliver_outstanding()


def test_with_ledger_and_telegram_away_there_is_still_the_mail(connected, mail_server, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", "postgres://nobody@127.0.0.1:1/nothing")
    connected.stand_in.revoke_token(TOKEN)
    notify(error=ValueError())
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize("where", ["here", "away"])
def test_with_sending_off_only_the_log_has_it(connected, mail_server, monkeypatch, caplog, where):
    if where == "away":
        monkeypatch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", "postgres://nobody@127.0.0.1:1/nothing")
    set_settings(monkeypatch, sending=False, operator_emails=["duty@example.org"])
    notify(error=ValueError())
    assert "Не выполнена задача deliver" in caplog.text
    assert mail_server.mails == []
    assert connected.stand_in.requests("sendMessage") == []


def test_settings_that_cannot_be_read_do_not_silence_the_news(connected, monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", '{"sendin": true}')
    notify()
    assert len(told_texts(connected)) == 1


def test_more_failures_than_anybody_reads_are_summed_up_once(connected, monkeypatch):
    set_settings(monkeypatch, failures_per_hour=3)
    for number in range(6):
        notify(task_id=f"task_{number}")
    *single, last = told_texts(connected)
    assert [text.split("\n")[0] for text in single] == [f"Не выполнена задача task_{number}" for number in range(3)]
    assert last.startswith("Больше 3\xa0сбоев за час\nДо ")
    assert last.endswith("https://airflow.example.org")


def test_from_the_next_full_hour_on_failures_are_told_one_by_one_again(connected, monkeypatch):
    set_settings(monkeypatch, failures_per_hour=2)
    for number in range(4):
        notify(task_id=f"task_{number}")
    assert len(told_texts(connected)) == 3

    connected.rows(
        "update notifications.messages set stored_at = date_trunc('hour', clock_timestamp()) - interval '1 second'"
        " returning stored_at"
    )
    notify(task_id="next_hour")

    assert told_texts(connected)[-1].startswith("Не выполнена задача next_hour")


def test_news_whose_process_was_killed_while_it_sent_is_settled(connected):
    notify()
    connected.rows(
        "update notifications.attempts set finished_at = null, result = null,"
        " lease_until = clock_timestamp() - interval '1 minute' returning attempt_id"
    )
    connected.rows(
        "update notifications.messages set state = 'sending', sent_at = null, sent_revision = null,"
        " telegram_message_id = null returning message_id"
    )

    deliver_outstanding()

    assert list(connected.states().values()) == ["sent"]
    assert len(told_texts(connected)) == 2


def test_an_address_that_no_button_can_have_stands_as_text(connected, monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://airflow:8080")
    notify()
    (message,) = connected.stand_in.messages(OPERATORS)
    assert message["text"].endswith("\n\nhttp://airflow:8080/dags/profitability_daily/runs/scheduled__2026-11-21")
    assert message["buttons"] == []


class TestDeadline:
    """A deadline alert, executed by the trigger in which Airflow executes it."""

    RUN_ID = "scheduled__2026-11-21"

    def miss(
        self,
        connected: Desk,
        monkeypatch: pytest.MonkeyPatch,
        *,
        run_type: str = "scheduled",
        queued_at: str = "2026-11-21T06:00:02Z",
        is_known: bool = True,
        **states: str | None,
    ) -> list[str]:
        """Let the deadline of a run with tasks in these states pass; return what the chat has now."""
        if is_known:
            found = {self.RUN_ID: states}
            monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(lambda **_: found))
        context = {
            "dag_run": {
                "dag_id": "profitability_daily",
                "dag_run_id": self.RUN_ID,
                "run_type": run_type,
                "queued_at": queued_at,
                "run_after": "2026-11-21T06:00:00Z",
            },
            "deadline": {"id": "1", "deadline_time": "2026-11-21T06:15:00Z"},
        }
        callback = delivery_deadline(Kind.DAILY).callback
        asyncio.run(self.execute(CallbackTrigger(callback.path, {**callback.kwargs, "context": context})))
        return told_texts(connected)

    async def execute(self, trigger: CallbackTrigger) -> None:
        """Run the trigger to its end, while the event loop goes on with other work."""
        longest_pause, last = 0.0, time.monotonic()

        async def other_work() -> None:
            nonlocal longest_pause, last
            while True:
                await asyncio.sleep(0.01)
                longest_pause, last = max(longest_pause, time.monotonic() - last), time.monotonic()

        other = asyncio.create_task(other_work())
        events = [event.payload["state"] async for event in trigger.run()]
        other.cancel()
        assert events == ["running", "success"]
        assert longest_pause < 0.5

    def test_a_report_that_is_late_is_told_once_with_the_task_it_stands_at(self, connected, monkeypatch):
        for _ in range(2):
            (text,) = self.miss(connected, monkeypatch, format="success", deliver="up_for_retry")
        assert text == (
            "Отчёт не доставлен и через 15\xa0минут после срока\nDAG: profitability_daily\n"
            "Период: 20\xa0ноября 2026, пт\n"
            "Запуск: по расписанию, 21\xa0ноября 2026, 09:00\n\nЗадача deliver: не удалась, ждёт повтора."
        )
        assert list(connected.states()) == ["failures/profitability_daily.scheduled__2026-11-21/deadline/operators/1"]

    def test_while_telegram_is_away_it_is_told_by_mail(self, connected, monkeypatch, mail_server):
        connected.stand_in.plan_fault("reset", when="before")
        assert self.miss(connected, monkeypatch, deliver="up_for_retry") == []
        assert "Отчёт не доставлен и через 15\xa0минут после срока" in mail_server.mails[0]["Subject"]

    def test_a_run_that_never_began_is_told_too(self, connected, monkeypatch):
        (text,) = self.miss(connected, monkeypatch, format=None, deliver=None)
        assert text.endswith("Ни одна задача не выполняется.")

    def test_where_it_stands_may_be_unknown(self, connected, monkeypatch):
        (text,) = self.miss(connected, monkeypatch, is_known=False)
        assert text.endswith(", 09:00")

    @pytest.mark.parametrize("run_type", ["manual", "backfill", "asset_triggered"])
    def test_who_starts_a_run_waits_for_it(self, connected, monkeypatch, run_type):
        assert self.miss(connected, monkeypatch, run_type=run_type, deliver="running") == []

    def test_a_run_that_was_made_late_has_its_time_from_then_on(self, connected, monkeypatch):
        queued_at = datetime.now(UTC) - timedelta(minutes=15) + timedelta(seconds=1.5)
        (text,) = self.miss(connected, monkeypatch, queued_at=queued_at.isoformat(), deliver="running")
        assert text.startswith("Отчёт не доставлен")
        assert datetime.now(UTC) > queued_at + timedelta(minutes=15)

    def test_a_run_that_has_ended_meanwhile_is_not_late(self, connected, monkeypatch):
        assert self.miss(connected, monkeypatch, format="success", deliver="skipped") == []

    def test_a_failed_run_is_told_when_that_was_not_told(self, connected, monkeypatch):
        notify()
        before = told_texts(connected)
        assert self.miss(connected, monkeypatch, deliver="failed") == before
        self.RUN_ID = "scheduled__2026-11-22"
        *_, text = self.miss(connected, monkeypatch, deliver="failed")
        assert text.endswith("Задача deliver: не удалась.")
