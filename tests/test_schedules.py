"""A wrong zone or time in Airflow's configuration is said with its option, wherever it is read."""

from __future__ import annotations

import pytest

from sancrm_notifications.periods import Kind
from sancrm_notifications.schedules import CRON, ScheduleError, first_tick, report_timetable, time_zone

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
