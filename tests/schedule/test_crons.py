"""A wrong zone or time in Airflow's configuration is said with its option, wherever it is read."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.schedule.crons import (
    CRON,
    ScheduleError,
    calendar,
    first_tick,
    missed_calls_check_timetable,
    missed_calls_timetable,
    next_missed_calls_tick,
    report_timetable,
    time_zone,
)
from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable
from sancrm_notifications.schedule.working_days import Calendar

PREFIX = "AIRFLOW__SANCRM_NOTIFICATIONS__"


@pytest.mark.parametrize("zone", ["Moscow/Europe", "Europe", "../UTC", "Europe/Москва", ""])
def test_a_zone_that_does_not_exist_is_named_with_its_option(monkeypatch, zone):
    monkeypatch.setenv(f"{PREFIX}TIMEZONE", zone)
    for read in (time_zone, first_tick, lambda: report_timetable(Kind.WEEKLY)):
        with pytest.raises(ScheduleError) as raised:
            read()
        assert str(raised.value) == (
            f"[sancrm_notifications] timezone = {zone!r} in Airflow's configuration: expected the IANA name of a time"
            " zone, such as Europe/Moscow. Correct it in AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE of the environment"
            " or in airflow.cfg, then restart Airflow."
        )


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("cron", ["nonsense", "0 9 * *", "0 25 * * *", "09:00", ""])
def test_a_time_that_is_no_cron_expression_is_named_with_its_option(monkeypatch, kind, cron):
    option = f"profitability_{kind}_cron"
    monkeypatch.setenv(f"{PREFIX}{option.upper()}", cron)
    with pytest.raises(ScheduleError) as raised:
        report_timetable(kind)
    said = str(raised.value)
    assert said.startswith(f"[sancrm_notifications] {option} = {cron!r} in Airflow's configuration: expected a cron")
    assert CRON[kind] in said
    assert f"{PREFIX}{option.upper()}" in said


@pytest.mark.parametrize("cron", ["15 7 * * *", "@daily", "0 9 1,15 * MON-FRI"])
def test_what_airflow_understands_is_taken(monkeypatch, cron):
    monkeypatch.setenv(f"{PREFIX}PROFITABILITY_DAILY_CRON", cron)
    monkeypatch.setenv(f"{PREFIX}TIMEZONE", "Asia/Vladivostok")
    assert report_timetable(Kind.DAILY).timezone == "Asia/Vladivostok"


class TestWorkingDays:
    """The calendar and the times of missed calls."""

    def test_out_of_the_box_they_are_russias_at_ten(self):
        assert calendar() == Calendar("RU")
        assert missed_calls_timetable() == WorkingDayTimetable(
            "0 10 * * *", timezone="Europe/Moscow", calendar=Calendar("RU")
        )
        assert missed_calls_check_timetable() == WorkingDayTimetable(
            "0 11-18 * * *", timezone="Europe/Moscow", calendar=Calendar("RU")
        )

    def test_country_and_own_days_are_configuration(self, monkeypatch):
        monkeypatch.setenv(f"{PREFIX}CALENDAR_COUNTRY", "KZ")
        monkeypatch.setenv(f"{PREFIX}DAYS_OFF", "2026-12-30, 2026-12-29,")
        monkeypatch.setenv(f"{PREFIX}WORKING_DAYS", " 2027-01-02 ")
        expected = Calendar("KZ", frozenset({date(2026, 12, 29), date(2026, 12, 30)}), frozenset({date(2027, 1, 2)}))
        assert calendar() == expected
        assert missed_calls_timetable().serialize()["days_off"] == ["2026-12-29", "2026-12-30"]

    def test_the_next_tick_is_on_a_working_day_and_may_be_now(self):
        moscow = ZoneInfo("Europe/Moscow")
        opening = datetime(2026, 1, 12, 10, tzinfo=moscow)
        assert next_missed_calls_tick(datetime(2025, 12, 30, 10, 0, 1, tzinfo=moscow)) == opening
        assert next_missed_calls_tick(opening) == opening

    @pytest.mark.parametrize(
        ("option", "value", "expected"),
        [
            ("calendar_country", "Russia", "two capital letters of ISO 3166-1, such as RU"),
            ("calendar_country", "ZZ", "two capital letters of ISO 3166-1, such as RU"),
            ("calendar_country", "", "two capital letters of ISO 3166-1, such as RU"),
            ("days_off", "31.12.2026", "dates such as 2026-12-31, separated by commas; '31.12.2026' is none"),
            ("days_off", "2026-12-31, 2026-02-30", "separated by commas; '2026-02-30' is none"),
            ("working_days", "2026-12-31 2027-01-09", "separated by commas; '2026-12-31 2027-01-09' is none"),
            ("missed_calls_cron", "10:00", "a cron expression (minute, hour, day, month, weekday), such as 0 10 * * *"),
            ("missed_calls_cron", "0 10 1 1 *", "a cron expression that falls on working days, such as 0 10 * * *"),
            ("missed_calls_cron", "0 10 30 2 *", "a cron expression that falls on working days, such as 0 10 * * *"),
        ],
    )
    def test_what_cannot_be_used_is_named_with_its_option(self, monkeypatch, option, value, expected):
        monkeypatch.setenv(f"{PREFIX}{option.upper()}", value)
        with pytest.raises(ScheduleError) as raised:
            missed_calls_timetable()
        said = str(raised.value)
        assert said.startswith(f"[sancrm_notifications] {option} = {value!r} in Airflow's configuration: expected ")
        assert expected in said
        assert f"Correct it in {PREFIX}{option.upper()} of the environment" in said

    def test_reports_do_not_depend_on_them(self, monkeypatch):
        monkeypatch.setenv(f"{PREFIX}CALENDAR_COUNTRY", "nowhere")
        monkeypatch.setenv(f"{PREFIX}MISSED_CALLS_CRON", "never")
        assert report_timetable(Kind.DAILY).expression == CRON["daily"]

    def test_a_wrong_time_of_the_check_is_named_too(self, monkeypatch):
        monkeypatch.setenv(f"{PREFIX}MISSED_CALLS_CHECK_CRON", "hourly")
        with pytest.raises(ScheduleError, match="missed_calls_check_cron = 'hourly'"):
            missed_calls_check_timetable()
