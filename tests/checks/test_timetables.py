"""What is said of the schedules and of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime

from sancrm_notifications.checks.timetables import calendar_lines
from sancrm_notifications.schedule.crons import TIMES
from tests.checks.conftest import Site, text


def schedules(site: Site) -> list[str]:
    lines = [text(line) for line in site.lines("configuration")]
    return [line for line in lines if "schedule" in line or "timezone" in line]


def test_every_dag_has_its_next_time(site: Site) -> None:
    zone, *found = schedules(site)
    assert zone.startswith("ok timezone Europe/Moscow: it is ")
    assert [line.split(": next ")[0] for line in found] == [f"ok schedule of {dag_id}" for dag_id in TIMES]
    assert found[0].endswith(" 09:00")


def test_a_cron_that_is_none_is_said_and_the_others_go_on(site: Site) -> None:
    site.option("profitability_weekly_cron", "at nine")
    faults = [line for line in schedules(site) if not line.startswith("ok")]
    assert faults == [
        (
            "FAIL schedule of profitability_weekly: [sancrm_notifications] profitability_weekly_cron = 'at nine' in"
            " Airflow's configuration: expected a cron expression of five fields (minute, hour, day, month, weekday),"
            " such as 30 9 * * 1. Correct it in AIRFLOW__SANCRM_NOTIFICATIONS__PROFITABILITY_WEEKLY_CRON of the"
            " environment or in airflow.cfg, then restart Airflow."
        )
    ]
    assert len(schedules(site)) == 1 + len(TIMES)


def test_the_deadline_is_looked_at_as_well(site: Site) -> None:
    assert "ok deadline of reports: 15 minutes after their time" in map(text, site.lines("configuration"))
    site.option("deadline_minutes", "soon")
    (fault,) = site.faults("configuration")
    assert fault.startswith("FAIL deadline of reports: [sancrm_notifications] deadline_minutes = 'soon' in Airflow's")


def test_a_zone_that_is_none_is_said(site: Site) -> None:
    site.option("timezone", "Europe/Moskva")
    assert [line.split("'")[0] for line in site.faults("configuration")] == [
        "FAIL schedules: [sancrm_notifications] timezone = "
    ]


def test_a_country_that_is_none_is_said(site: Site) -> None:
    site.option("calendar_country", "Russia")
    assert any("calendar_country = 'Russia'" in line for line in site.faults("configuration"))


def test_a_year_whose_moved_days_are_not_known_is_noted(site: Site) -> None:
    site.option("days_off", "2099-06-01, 2099-06-02")
    (line,) = calendar_lines(datetime(2099, 5, 1, tzinfo=UTC))
    assert text(line) == (
        "note calendar RU: moved days of 2099 are not known: counted by public holidays and weekends; 2 own days off,"
        " 0 own working days → install a later version of the package holidays, or name the days in days_off and"
        " working_days of [sancrm_notifications]"
    )


def test_the_next_year_is_asked_for_when_it_is_near() -> None:
    def words(month: int) -> str:
        (line,) = calendar_lines(datetime(2025, month, 15, tzinfo=UTC))
        return text(line)

    assert words(11).startswith("ok calendar RU: working days of 2025 are known")
    assert words(12).startswith("ok calendar RU: working days of 2025, 2026 are known")
