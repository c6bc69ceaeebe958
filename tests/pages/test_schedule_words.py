"""When a DAG runs, in words that staff read."""

from __future__ import annotations

import pytest

from sancrm_notifications.pages.schedule_words import times_text
from sancrm_notifications.schedule.crons import TIMES

OUT_OF_THE_BOX = {
    "profitability_daily": "каждый день, кроме понедельника, в 09:00",
    "profitability_weekly": "по понедельникам в 09:30",
    "profitability_monthly": "1-го числа в 09:30",
    "missed_calls": "по рабочим дням в 10:00",
    "missed_calls_check": "по рабочим дням, каждый час с 11:00 до 18:00",
    "backup_failures": "каждые 10 минут",
    "check_connections": "каждый день в 08:30",
    "erase_old_texts": "каждый день в 03:30",
    "pickup_reminders": "по рабочим дням в 11:00",
    "client_bot": "каждые 15 минут",
}


def text(cron: str, *, on_working_days: bool = False) -> str:
    return times_text(cron, on_working_days=on_working_days).replace("\N{NO-BREAK SPACE}", " ")


def test_every_schedule_out_of_the_box_has_words() -> None:
    assert {dag: text(each.cron, on_working_days=each.on_working_days) for dag, each in TIMES.items()} == OUT_OF_THE_BOX


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 9 * * 1-5", "по дням пн, вт, ср, чт, пт в 09:00"),
        ("0 9 * * 7", "по воскресеньям в 09:00"),
        ("0 9 * * 0-6", "каждый день в 09:00"),
        ("*/1 * * * *", "каждую минуту"),
        ("0 9 1 * 1", ""),
        ("0 9 * 2 *", ""),
        ("0,30 9 * * *", ""),
        ("0 9 * * mon", ""),
        ("@daily", ""),
    ],
)
def test_others_have_words_or_none(cron: str, words: str) -> None:
    assert text(cron) == words
