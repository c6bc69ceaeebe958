"""A wrong zone or time in Airflow's configuration is said with its option, wherever it is read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import CronTriggerTimetable

from sancrm_notifications.schedule.crons import (
    TIMES,
    ScheduleError,
    calendar,
    first_tick,
    next_tick,
    time_zone,
    timetable,
)
from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable
from sancrm_notifications.schedule.working_days import Calendar

PREFIX = "AIRFLOW__SANCRM_NOTIFICATIONS__"


@pytest.mark.parametrize("zone", ["Moscow/Europe", "Europe", "../UTC", "Europe/Москва", ""])
def test_a_zone_that_does_not_exist_is_named_with_its_option(monkeypatch, zone):
    monkeypatch.setenv(f"{PREFIX}TIMEZONE", zone)
    for read in (time_zone, first_tick, lambda: timetable("profitability_weekly")):
        with pytest.raises(ScheduleError) as raised:
            read()
        assert str(raised.value) == (
            f"[sancrm_notifications] timezone = {zone!r} in Airflow's configuration: expected the IANA name of a time"
            " zone, such as Europe/Moscow. Correct it in AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE of the environment"
            " or in airflow.cfg, then restart Airflow."
        )


# What croniter takes for seconds, years and random minutes is refused with what is no cron expression at all.
NO_CRON = ["nonsense", "0 9 * *", "0 25 * * *", "09:00", "", "@once", "0 0 9 * * *", "0 9 * * * 2027", "0 R * * *"]
NEVER = ["0 9 31 2 *", "0 9 30 2 *", "0 9 31 4,6,9,11 *"]


@pytest.mark.parametrize("dag_id", TIMES)
@pytest.mark.parametrize("cron", [*NO_CRON, *NEVER])
def test_a_time_that_is_none_or_never_comes_is_named_with_its_option(monkeypatch, dag_id, cron):
    option = f"{dag_id}_cron"
    monkeypatch.setenv(f"{PREFIX}{option.upper()}", cron)
    expected = (
        f"expected a cron expression of five fields (minute, hour, day, month, weekday), such as {TIMES[dag_id].cron}"
    )
    for read in (timetable, lambda dag_id: next_tick(dag_id, datetime(2026, 11, 1, tzinfo=UTC))):
        with pytest.raises(ScheduleError) as raised:
            read(dag_id)
        said = str(raised.value)
        assert said.startswith(f"[sancrm_notifications] {option} = {cron!r} in Airflow's configuration: {expected}")
        assert ("the days of this one never come" in said) == (cron in NEVER)
        assert f"{PREFIX}{option.upper()}" in said


@pytest.mark.parametrize(
    ("cron", "first"),
    [
        ("15 7 * * *", "2026-11-01 07:15"),
        ("@daily", "2026-11-01 00:00"),
        ("0 9 1,15 * MON-FRI", "2026-11-01 09:00"),
        ("0 9 * MAR,APR FRI", "2027-03-05 09:00"),
        ("0 9 L * *", "2026-11-30 09:00"),
        ("0 9 29 2 *", "2028-02-29 09:00"),
    ],
)
def test_what_airflow_understands_is_taken(monkeypatch, cron, first):
    monkeypatch.setenv(f"{PREFIX}PROFITABILITY_DAILY_CRON", cron)
    monkeypatch.setenv(f"{PREFIX}TIMEZONE", "Asia/Vladivostok")
    made = timetable("profitability_daily")
    assert isinstance(made, CronTriggerTimetable)
    assert made.timezone == "Asia/Vladivostok"
    zone = ZoneInfo("Asia/Vladivostok")
    tick = next_tick("profitability_daily", datetime(2026, 11, 1, tzinfo=zone)).astimezone(zone)
    assert f"{tick:%Y-%m-%d %H:%M}" == first


class TestWorkingDays:
    """The calendar and the times of missed calls."""

    def test_out_of_the_box_they_are_russias_at_ten(self):
        assert calendar() == Calendar("RU")
        assert timetable("missed_calls") == WorkingDayTimetable(
            "0 10 * * *", timezone="Europe/Moscow", calendar=Calendar("RU")
        )
        assert timetable("missed_calls_check") == WorkingDayTimetable(
            "0 11-18 * * *", timezone="Europe/Moscow", calendar=Calendar("RU")
        )

    def test_country_and_own_days_are_configuration(self, monkeypatch):
        monkeypatch.setenv(f"{PREFIX}CALENDAR_COUNTRY", "KZ")
        monkeypatch.setenv(f"{PREFIX}DAYS_OFF", "2026-12-30, 2026-12-29,")
        monkeypatch.setenv(f"{PREFIX}WORKING_DAYS", " 2027-01-02 ")
        expected = Calendar("KZ", frozenset({date(2026, 12, 29), date(2026, 12, 30)}), frozenset({date(2027, 1, 2)}))
        assert calendar() == expected
        made = timetable("missed_calls")
        assert isinstance(made, WorkingDayTimetable)
        assert made.serialize()["days_off"] == ["2026-12-29", "2026-12-30"]

    def test_the_next_tick_is_on_a_working_day_and_may_be_now(self):
        moscow = ZoneInfo("Europe/Moscow")
        opening = datetime(2026, 1, 12, 10, tzinfo=moscow)
        assert next_tick("missed_calls", datetime(2025, 12, 30, 10, 0, 1, tzinfo=moscow)) == opening
        assert next_tick("missed_calls", opening) == opening

    @pytest.mark.parametrize(
        ("option", "value", "expected"),
        [
            ("calendar_country", "Russia", "two capital letters of ISO 3166-1, such as RU"),
            ("calendar_country", "ZZ", "two capital letters of ISO 3166-1, such as RU"),
            ("calendar_country", "", "two capital letters of ISO 3166-1, such as RU"),
            ("days_off", "31.12.2026", "dates such as 2026-12-31, separated by commas; '31.12.2026' is none"),
            ("days_off", "2026-12-31, 2026-02-30", "separated by commas; '2026-02-30' is none"),
            ("working_days", "2026-12-31 2027-01-09", "separated by commas; '2026-12-31 2027-01-09' is none"),
            ("missed_calls_cron", "10:00", "a cron expression of five fields (minute, hour, day, month, weekday)"),
            ("missed_calls_cron", "0 10 1 1 *", "a cron expression that falls on working days, such as 0 10 * * *"),
        ],
    )
    def test_what_cannot_be_used_is_named_with_its_option(self, monkeypatch, option, value, expected):
        monkeypatch.setenv(f"{PREFIX}{option.upper()}", value)
        with pytest.raises(ScheduleError) as raised:
            timetable("missed_calls")
        said = str(raised.value)
        assert said.startswith(f"[sancrm_notifications] {option} = {value!r} in Airflow's configuration: expected ")
        assert expected in said
        assert f"Correct it in {PREFIX}{option.upper()} of the environment" in said

    def test_reports_do_not_depend_on_them(self, monkeypatch):
        monkeypatch.setenv(f"{PREFIX}CALENDAR_COUNTRY", "nowhere")
        monkeypatch.setenv(f"{PREFIX}MISSED_CALLS_CRON", "never")
        made = timetable("profitability_daily")
        assert isinstance(made, CronTriggerTimetable)
        assert made.expression == TIMES["profitability_daily"].cron

    def test_a_wrong_time_of_the_check_is_named_too(self, monkeypatch):
        monkeypatch.setenv(f"{PREFIX}MISSED_CALLS_CHECK_CRON", "hourly")
        with pytest.raises(ScheduleError, match="missed_calls_check_cron = 'hourly'"):
            timetable("missed_calls_check")
