"""The operators' news as it was read and found right; TDLib says that it can be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.alerts.messages import FailedTask, TroubledRun, failed, late, too_many, undelivered
from sancrm_notifications.ledger.batches import Undelivered
from sancrm_notifications.text.buttons import links, stored
from tests.tdlib import shown_text

if TYPE_CHECKING:
    from sancrm_notifications.text.message import Message

MOSCOW = ZoneInfo("Europe/Moscow")
TICK_AT = datetime(2026, 11, 21, 9, tzinfo=MOSCOW)
AIRFLOW = "https://airflow.example.org"
RUN = TroubledRun(
    dag_id="profitability_daily",
    run_id="scheduled__2026-11-21",
    kind="scheduled",
    tick_at=TICK_AT,
    period="20\N{NO-BREAK SPACE}ноября 2026, пт",
    url=f"{AIRFLOW}/dags/profitability_daily/runs/scheduled__2026-11-21",
    airflow_url=AIRFLOW,
    waiting_url=f"{AIRFLOW}/sancrm-notifications/waiting",
)
LIST = TroubledRun(
    dag_id="missed_calls",
    run_id="manual__<1>",
    kind="manual",
    tick_at=None,
    period=None,
    url="http://airflow:8080/dags/missed_calls",
    airflow_url="http://airflow:8080",
    waiting_url="http://airflow:8080/sancrm-notifications/waiting",
)
NOWHERE = replace(LIST, url=None, airflow_url=None, waiting_url=None)
SENTENCE = "reporting.rentals <b>is missing</b> & unreadable."


def parked(label: str, destination: str, **more: Any) -> Undelivered:
    """Return a report of Friday that its chat refused, unless ``more`` say otherwise."""
    usual: dict[str, Any] = {
        "notification": "profitability_daily",
        "period": "2026-11-20",
        "result": "chat_gone",
        "reason_for_staff": "бот удалён из чата",
        "chat_id": "-1001",
        "chat_title": "Штаб <сети>",
        "since": TICK_AT,
    }
    return Undelivered(label=label, destination=destination, **{**usual, **more})


UNTRIED: dict[str, Any] = {"chat_id": None, "chat_title": None, "since": None}
LOST_CHAT = [
    parked("Центр", "branch:1"),
    *(parked(f"Филиал & {number}", f"branch:{number}", **UNTRIED) for number in range(2, 7)),
    parked("Вся сеть", "reports", **UNTRIED),
]
TWO_CHATS = [
    parked("B-1", "missed_calls", notification="missed_calls", chat_title=None),
    parked(
        "B-2", "staff", notification="missed_calls", result="chat_closed", reason_for_staff="тема закрыта", chat_id="5"
    ),
    parked("B-3", "other", notification="missed_calls", result="bad_message", reason_for_staff="", chat_id="6"),
]
TEAMS_CHAT = [
    parked(f"B-{number}", "team:7", notification="missed_calls", chat_title="Команда Тулы", chat_id="-1007")
    for number in (2, 3)
]
MESSAGES = {
    "lost_chat": undelivered(RUN, FailedTask("deliver", 1), LOST_CHAT, MOSCOW),
    "lost_chat_of_a_team": undelivered(LIST, FailedTask("deliver", 1), TEAMS_CHAT, MOSCOW),
    "lost_chats": undelivered(LIST, FailedTask("deliver", 2), TWO_CHATS, MOSCOW),
    "lost_chats_of_nowhere": undelivered(NOWHERE, FailedTask("deliver", 1), TWO_CHATS[:1], MOSCOW),
    "failed_task": failed(RUN, FailedTask("check_source.relations", 3), SENTENCE),
    "failed_mapped_task": failed(LIST, FailedTask("deliver", 1, 2), SENTENCE),
    "failed_run": failed(LIST, None, SENTENCE),
    "late_report": late(RUN, 15, [("deliver", "up_for_retry"), ("format", "<unknown>")]),
    "late_notification": late(LIST, 1, []),
    "late_somewhere": late(RUN, 22, None),
    "too_many": too_many(10, TICK_AT, AIRFLOW),
}


def text(message: Message) -> str:
    buttons = [f"[{text}] {url}" for text, url in links(stored(message.buttons))]
    return "\n".join([f"→ {message.destination} ({message.subject}), {message.label}", "", message.html, *buttons])


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_are_as_they_were_reviewed(golden, name):
    golden.check(f"{name}.txt", text(MESSAGES[name]))


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_can_be_sent(name):
    assert shown_text(MESSAGES[name].html).strip()
