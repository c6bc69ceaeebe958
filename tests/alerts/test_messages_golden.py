"""The operators' news as it was read and found right; TDLib says that it can be sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.alerts.messages import FailedTask, TroubledRun, failed, late, too_many
from tests.tdlib import shown_text

if TYPE_CHECKING:
    from sancrm_notifications.text.message import Message

TICK_AT = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Europe/Moscow"))
AIRFLOW = "https://airflow.example.org"
RUN = TroubledRun(
    dag_id="profitability_daily",
    run_id="scheduled__2026-11-21",
    kind="scheduled",
    tick_at=TICK_AT,
    period="20\N{NO-BREAK SPACE}ноября 2026, пт",
    url=f"{AIRFLOW}/dags/profitability_daily/runs/scheduled__2026-11-21",
    airflow_url=AIRFLOW,
)
LIST = TroubledRun(
    dag_id="missed_calls",
    run_id="manual__<1>",
    kind="manual",
    tick_at=None,
    period=None,
    url="http://airflow:8080/dags/missed_calls",
    airflow_url="http://airflow:8080",
)
SENTENCE = "reporting.rentals <b>is missing</b> & unreadable."
MESSAGES = {
    "failed_task": failed(RUN, FailedTask("check_source.relations", 3), SENTENCE),
    "failed_mapped_task": failed(LIST, FailedTask("deliver", 1, 2), SENTENCE),
    "failed_run": failed(LIST, None, SENTENCE),
    "late_report": late(RUN, 15, [("deliver", "up_for_retry"), ("format", "<unknown>")]),
    "late_notification": late(LIST, 1, []),
    "late_somewhere": late(RUN, 22, None),
    "too_many": too_many(10, TICK_AT, AIRFLOW),
}


def text(message: Message) -> str:
    buttons = [f"[{button.text}] {button.url}" for row in message.buttons for button in row]
    return "\n".join([f"→ {message.destination} ({message.subject}), {message.label}", "", message.html, *buttons])


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_are_as_they_were_reviewed(golden, name):
    golden.check(f"{name}.txt", text(MESSAGES[name]))


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_can_be_sent(name):
    assert shown_text(MESSAGES[name].html).strip()
