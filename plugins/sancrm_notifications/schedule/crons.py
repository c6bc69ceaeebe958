"""When the DAGs run: read while parsing, from the section ``[sancrm_notifications]`` of Airflow's configuration.

Source: docs/numbers.md, Periods. Daily 09:00 except Monday, weekly Monday 09:30, monthly on the 1st at 09:30.
Source: docs/working_days.md. Missed calls at 10:00 of working days, looked at again from 11:00 to 18:00.
Source: docs/backups.md. Backups every ten minutes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow.sdk import CronTriggerTimetable
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowTimetableInvalid

from sancrm_notifications.schedule.working_days import Calendar, is_country

if TYPE_CHECKING:
    from airflow.timetables.base import Timetable

    from sancrm_notifications.schedule.periods import Kind
    from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable

SECTION = "sancrm_notifications"
CRON = {
    "daily": "0 9 * * 0,2-6",
    "weekly": "30 9 * * 1",
    "monthly": "30 9 1 * *",
}
MISSED_CALLS_CRON = "0 10 * * *"
MISSED_CALLS_CHECK_CRON = "0 11-18 * * *"
BACKUP_FAILURES_CRON = "*/10 * * * *"
CHECK_CONNECTIONS_CRON = "30 8 * * *"
ERASE_OLD_TEXTS_CRON = "30 3 * * *"


class ScheduleError(ValueError):
    """An option of the section cannot be used; the text names it, its value, what is expected and what to do."""

    def __init__(self, option: str, found: str, expected: str) -> None:
        super().__init__(
            f"[{SECTION}] {option} = {found!r} in Airflow's configuration: expected {expected}. Correct it in"
            f" AIRFLOW__{SECTION.upper()}__{option.upper()} of the environment or in airflow.cfg, then restart Airflow."
        )


def time_zone() -> str:
    """Return the IANA name of the zone that days, weeks and months are counted in.

    :raises ScheduleError: there is no such zone
    """
    name = str(conf.get(SECTION, "timezone", fallback="Europe/Moscow"))
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError("timezone", name, "the IANA name of a time zone, such as Europe/Moscow") from None
    return name


def report_cron(kind: Kind) -> str:
    """Return the cron expression of the reports of this kind, configured as ``profitability_daily_cron`` and so on.

    :raises ScheduleError: it is none
    """
    return _cron(f"profitability_{kind}_cron", CRON[kind])


def report_timetable(kind: Kind) -> CronTriggerTimetable:
    """Return the timetable of the reports of this kind."""
    return CronTriggerTimetable(report_cron(kind), timezone=time_zone())


def next_report_tick(kind: Kind, at: datetime) -> datetime:
    """Return the first tick of the reports of this kind at or after an aware instant, as Airflow counts ticks."""
    return _next_cron_tick(report_cron(kind), at)


def calendar() -> Calendar:
    """Return the calendar of working days: ``calendar_country``, own ``days_off`` and ``working_days``.

    :raises ScheduleError: there is no such country, a day is no date, or is in both lists
    """
    country = str(conf.get(SECTION, "calendar_country", fallback="RU"))
    if not is_country(country):
        expected = "the code of a country whose holidays are known: two capital letters of ISO 3166-1, such as RU"
        raise ScheduleError("calendar_country", country, expected)
    days_off, working_days = _days("days_off"), _days("working_days")
    if both := days_off & working_days:
        found = str(conf.get(SECTION, "working_days"))
        raise ScheduleError("working_days", found, f"days that are not in days_off; {min(both)} is in both")
    return Calendar(country, days_off, working_days)


def missed_calls_timetable() -> WorkingDayTimetable:
    """Return when missed calls are told: ``missed_calls_cron``, on working days.

    :raises ScheduleError: it is no cron expression, or none that falls on a working day
    """
    return _working_day_timetable("missed_calls_cron", MISSED_CALLS_CRON)


def missed_calls_check_timetable() -> WorkingDayTimetable:
    """Return when told calls are looked at again: ``missed_calls_check_cron``, on working days.

    :raises ScheduleError: it is no cron expression, or none that falls on a working day
    """
    return _working_day_timetable("missed_calls_check_cron", MISSED_CALLS_CHECK_CRON)


def next_missed_calls_tick(at: datetime) -> datetime:
    """Return the first tick of missed calls at or after an aware instant, as Airflow counts ticks."""
    return _next_tick(missed_calls_timetable(), at)


def next_missed_calls_check_tick(at: datetime) -> datetime:
    """Return the first look at told calls at or after an aware instant, as Airflow counts ticks."""
    return _next_tick(missed_calls_check_timetable(), at)


def backup_failures_timetable() -> CronTriggerTimetable:
    """Return when the backups are looked at, configured as ``backup_failures_cron``.

    :raises ScheduleError: it is no cron expression
    """
    return CronTriggerTimetable(_cron("backup_failures_cron", BACKUP_FAILURES_CRON), timezone=time_zone())


def next_backup_failures_tick(at: datetime) -> datetime:
    """Return the first look at the backups at or after an aware instant, as Airflow counts ticks."""
    return _next_cron_tick(_cron("backup_failures_cron", BACKUP_FAILURES_CRON), at)


def check_connections_timetable() -> CronTriggerTimetable:
    """Return when all that is needed is looked at, configured as ``check_connections_cron``.

    :raises ScheduleError: it is no cron expression
    """
    return CronTriggerTimetable(_cron("check_connections_cron", CHECK_CONNECTIONS_CRON), timezone=time_zone())


def next_check_connections_tick(at: datetime) -> datetime:
    """Return the first tick of the check of connections at or after an aware instant, as Airflow counts ticks."""
    return _next_cron_tick(_cron("check_connections_cron", CHECK_CONNECTIONS_CRON), at)


def erase_old_texts_timetable() -> CronTriggerTimetable:
    """Return when old texts are forgotten, configured as ``erase_old_texts_cron``.

    :raises ScheduleError: it is no cron expression
    """
    return CronTriggerTimetable(_cron("erase_old_texts_cron", ERASE_OLD_TEXTS_CRON), timezone=time_zone())


def next_erase_old_texts_tick(at: datetime) -> datetime:
    """Return the first tick of forgetting old texts at or after an aware instant, as Airflow counts ticks."""
    return _next_cron_tick(_cron("erase_old_texts_cron", ERASE_OLD_TEXTS_CRON), at)


def first_tick() -> datetime:
    """Return the start date of every DAG: without one, Airflow counts a cron's ticks in UTC."""
    return datetime(2020, 1, 1, tzinfo=ZoneInfo(time_zone()))


def _cron(option: str, default: str) -> str:
    cron = str(conf.get(SECTION, option, fallback=default))
    try:
        CronTriggerTimetable(cron, timezone="UTC").validate()
    except AirflowTimetableInvalid:
        expected = f"a cron expression (minute, hour, day, month, weekday), such as {default}"
        raise ScheduleError(option, cron, expected) from None
    return cron


def _days(option: str) -> frozenset[date]:
    found = str(conf.get(SECTION, option, fallback=""))
    days = set()
    for written in filter(None, (part.strip() for part in found.split(","))):
        try:
            days.add(date.fromisoformat(written))
        except ValueError:
            expected = f"dates such as 2026-12-31, separated by commas; {written!r} is none"
            raise ScheduleError(option, found, expected) from None
    return frozenset(days)


def _working_day_timetable(option: str, default: str) -> WorkingDayTimetable:
    from sancrm_notifications.schedule.working_day_timetable import NoWorkingDayError, WorkingDayTimetable

    cron = _cron(option, default)
    timetable = WorkingDayTimetable(cron, timezone=time_zone(), calendar=calendar())
    try:
        _next_tick(timetable, datetime.now(UTC))
    except NoWorkingDayError as error:
        expected = f"a cron expression that falls on working days, such as {default} ({error})"
        raise ScheduleError(option, cron, expected) from None
    return timetable


def _next_cron_tick(cron: str, at: datetime) -> datetime:
    from airflow.timetables.trigger import CronTriggerTimetable as Ticks

    return _next_tick(Ticks(cron, timezone=time_zone()), at)


def _next_tick(timetable: Timetable, at: datetime) -> datetime:
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    restriction = TimeRestriction(earliest=instance(at), latest=None, catchup=True)
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    if info is None:
        raise ValueError(f"the schedule {timetable.summary!r} has no tick after {at}")
    return info.run_after


def deadline_minutes() -> int:
    """Return how long after its time a report should be delivered, configured as ``deadline_minutes``.

    :raises ScheduleError: it is no number of minutes
    """
    option = "deadline_minutes"
    minutes = str(conf.get(SECTION, option, fallback="15")).strip()
    if not minutes.isdecimal() or int(minutes) == 0:
        raise ScheduleError(option, minutes, "a whole number of minutes, such as 15")
    return int(minutes)
