"""What the pages call periods, destinations and moments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sancrm_notifications.pages.words import destination_name, moment, notification_name, period_name

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("2026-11-20", f"20{SPACE}ноября 2026, пт"),
        ("2026-W47", f"16–22{SPACE}ноября 2026"),
        ("2026-W53", f"28{SPACE}декабря 2026 – 3{SPACE}января 2027"),
        ("2026-11", f"ноябрь{SPACE}2026"),
        ("2026-13", "2026-13"),
        ("2025-W53", "2025-W53"),
        ("B-12841", "B-12841"),
    ],
)
def test_a_period_is_named_as_in_its_reports(key: str, name: str):
    assert period_name(key) == name


def test_what_has_no_name_yet_keeps_its_own():
    assert notification_name("profitability_weekly") == "Рентабельность за неделю"
    assert notification_name("missed_calls") == "Незвонки"
    assert notification_name("own_notification") == "own_notification"
    assert destination_name("branch:7") == f"чат филиала №{SPACE}7"
    assert destination_name("client:7") == f"клиент №{SPACE}7"


def test_a_moment_is_told_by_the_reports_clock():
    assert moment(datetime(2026, 11, 20, 21, 5, tzinfo=UTC), "Europe/Moscow") == f"21{SPACE}ноября, 00:05"
