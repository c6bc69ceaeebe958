"""When the DAGs run: read while parsing, from the section ``[sancrm_notifications]`` of Airflow's configuration.

Source: docs/numbers.md, Periods. Daily 09:00 except Monday, weekly Monday 09:30, monthly on the 1st at 09:30.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow.sdk import CronTriggerTimetable
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowTimetableInvalid

if TYPE_CHECKING:
    from sancrm_notifications.periods import Kind

SECTION = "sancrm_notifications"
CRON = {
    "daily": "0 9 * * 0,2-6",
    "weekly": "30 9 * * 1",
    "monthly": "30 9 1 * *",
}


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
    option = f"profitability_{kind}_cron"
    cron = str(conf.get(SECTION, option, fallback=CRON[kind]))
    try:
        CronTriggerTimetable(cron, timezone="UTC").validate()
    except AirflowTimetableInvalid:
        expected = f"a cron expression (minute, hour, day, month, weekday), such as {CRON[kind]}"
        raise ScheduleError(option, cron, expected) from None
    return cron


def report_timetable(kind: Kind) -> CronTriggerTimetable:
    """Return the timetable of the reports of this kind."""
    return CronTriggerTimetable(report_cron(kind), timezone=time_zone())


def next_report_tick(kind: Kind, at: datetime) -> datetime:
    """Return the first tick of the reports of this kind at or after an aware instant, as Airflow counts ticks."""
    from airflow.timetables.base import TimeRestriction
    from airflow.timetables.trigger import CronTriggerTimetable as Ticks
    from pendulum import instance

    restriction = TimeRestriction(earliest=instance(at), latest=None, catchup=True)
    ticks = Ticks(report_cron(kind), timezone=time_zone())
    info = ticks.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    if info is None:
        raise ValueError(f"the schedule {report_cron(kind)!r} of {kind} reports has no tick after {at}")
    return info.run_after


def first_tick() -> datetime:
    """Return the start date of every DAG: without one, Airflow counts a cron's ticks in UTC."""
    return datetime(2020, 1, 1, tzinfo=ZoneInfo(time_zone()))
