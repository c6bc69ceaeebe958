"""Russian numbers and dates agree and are set as a typographer would."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.russian import compared_to_text, counted, month_text, period_text, span_text, time_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 ремонтов"),
        (1, "1 ремонт"),
        (2, "2 ремонта"),
        (4, "4 ремонта"),
        (5, "5 ремонтов"),
        (11, "11 ремонтов"),
        (12, "12 ремонтов"),
        (14, "14 ремонтов"),
        (20, "20 ремонтов"),
        (21, "21 ремонт"),
        (22, "22 ремонта"),
        (101, "101 ремонт"),
        (111, "111 ремонтов"),
        (112, "112 ремонтов"),
        (1204, "1 204 ремонта"),
    ],
)
def test_a_word_agrees_with_its_number(number, text):
    assert counted(number, "ремонт", "ремонта", "ремонтов") == text.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("first_on", "last_on", "text"),
    [
        (date(2026, 11, 16), date(2026, 11, 22), "16–22 ноября 2026"),
        (date(2026, 11, 30), date(2026, 12, 6), "30 ноября – 6 декабря 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 декабря 2026 – 3 января 2027"),
        (date(2026, 11, 23), date(2026, 11, 23), "23 ноября 2026"),
    ],
)
def test_a_week_names_each_month_and_year_once(first_on, last_on, text):
    assert span_text(first_on, last_on).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("kind", "title", "compared"),
    [
        (Kind.DAILY, "20 ноября 2026, пт", "К 20 ноября 2026, пт"),
        (Kind.WEEKLY, "16–22 ноября 2026", "К неделе 16–22 ноября 2026"),
        (Kind.MONTHLY, "ноябрь 2026", "К ноябрю 2026"),
    ],
)
def test_a_period_is_named_by_its_kind(kind, title, compared):
    period = Period.containing(kind, date(2026, 11, 20), "Europe/Moscow")
    assert period_text(period).replace("\u00a0", " ") == title
    assert compared_to_text(period).replace("\u00a0", " ") == compared


def test_every_month_and_weekday_has_its_own_name():
    months = {month_text(date(2026, month, 1)) for month in range(1, 13)}
    days = {period_text(Period.containing(Kind.DAILY, date(2026, 6, day), "UTC")) for day in range(1, 8)}
    assert len(months) == 12
    assert {text[-2:] for text in days} == {"пн", "вт", "ср", "чт", "пт", "сб", "вс"}


def test_a_day_stays_with_its_month_at_the_end_of_a_line():
    assert time_text(datetime(2026, 11, 20, 14, 5)) == "20\u00a0ноября, 14:05"  # noqa: DTZ001 - a local clock
