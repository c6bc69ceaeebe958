"""When the DAGs run: read while parsing, from the section ``[sancrm_notifications]`` of Airflow's configuration.

Source: docs/numbers.md, Periods. Daily 09:00 except Monday, weekly Monday 09:30, monthly on the 1st at 09:30.
Source: docs/working_days.md. Missed calls at 10:00 of working days, looked at again from 11:00 to 18:00.
Source: docs/backups.md. Backups every ten minutes.
Source: docs/events.md, Reminders. Clients are reminded at 11:00 of working days.
Source: docs/bot.md. The bot's listener hands over every quarter of an hour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from airflow.sdk import CronTriggerTimetable, get_parsing_context
from airflow.sdk.configuration import conf
from croniter import CroniterBadDateError, CroniterError, croniter  # type: ignore[import-untyped]

from sancrm_notifications.schedule.working_days import Calendar, is_country

if TYPE_CHECKING:
    from airflow.timetables.base import Timetable

    from sancrm_notifications.schedule.working_day_timetable import WorkingDayTimetable

SECTION = "sancrm_notifications"


@dataclass(frozen=True, slots=True)
class Times:
    """When a DAG runs out of the box: a cron expression of five fields, on every day or on working days only."""

    cron: str
    on_working_days: bool = False


TIMES = {
    "profitability_daily": Times("0 9 * * 0,2-6"),
    "profitability_weekly": Times("30 9 * * 1"),
    "profitability_monthly": Times("30 9 1 * *"),
    "missed_calls": Times("0 10 * * *", on_working_days=True),
    "missed_calls_check": Times("0 11-18 * * *", on_working_days=True),
    "backup_failures": Times("*/10 * * * *"),
    "check_connections": Times("30 8 * * *"),
    "erase_old_texts": Times("30 3 * * *"),
    "pickup_reminders": Times("0 11 * * *", on_working_days=True),
    "client_bot": Times("*/15 * * * *"),
}
"""By the DAG's id; another cron is the option named after it: ``missed_calls_cron`` of ``missed_calls``."""

OPTIONS = frozenset(
    {"timezone", "calendar_country", "days_off", "working_days", "deadline_minutes", *(f"{dag}_cron" for dag in TIMES)}
)
"""All options of the section."""

_FIELDS = 5
# croniter's own «R» is another minute in each process that reads the expression.
_RANDOM = re.compile(r"(^|[\s,])R(?![a-z])", re.IGNORECASE)
_SHORTHANDS = frozenset({"@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly"})


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


def first_tick() -> datetime:
    """Return the start date of every DAG: without one, Airflow counts a cron's ticks in UTC."""
    return datetime(2020, 1, 1, tzinfo=ZoneInfo(time_zone()))


def timetable(dag_id: str) -> CronTriggerTimetable | WorkingDayTimetable:
    """Return when a DAG of ``TIMES`` runs.

    :raises ScheduleError: its option is no cron expression, or one that never comes
    """
    if TIMES[dag_id].on_working_days:
        return _on_working_days(dag_id)
    return CronTriggerTimetable(_cron(dag_id), timezone=time_zone())


def next_tick(dag_id: str, at: datetime) -> datetime:
    """Return the first tick of a DAG of ``TIMES`` at or after an aware instant, as Airflow counts ticks.

    :raises ScheduleError: see :func:`timetable`
    """
    # A page asks for a month of ticks, and croniter takes milliseconds for each: the same ones are not counted twice.
    of_working_days = calendar() if TIMES[dag_id].on_working_days else None
    return _counted_tick(dag_id, at, written_cron(dag_id), time_zone(), of_working_days)


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


def deadline_minutes() -> int:
    """Return how long after its time a report should be delivered, configured as ``deadline_minutes``.

    :raises ScheduleError: it is no number of minutes
    """
    option = "deadline_minutes"
    minutes = str(conf.get(SECTION, option, fallback="15")).strip()
    if not minutes.isdecimal() or int(minutes) == 0:
        raise ScheduleError(option, minutes, "a whole number of minutes, such as 15")
    return int(minutes)


@lru_cache(maxsize=4096)
def _counted_tick(dag_id: str, at: datetime, cron: str, zone: str, of_working_days: Calendar | None) -> datetime:
    """Return the next tick; what it is counted from are parameters, so that each setting has ticks of its own."""
    return _next_tick(_ticks(dag_id, cron, zone, of_working_days), at)


@lru_cache(maxsize=16)
def _ticks(dag_id: str, cron: str, zone: str, of_working_days: Calendar | None) -> Timetable:
    if of_working_days is not None:
        return _on_working_days(dag_id)
    from airflow.timetables.trigger import CronTriggerTimetable as Ticks

    return Ticks(_judged_cron(dag_id, cron), timezone=zone)


def _option(dag_id: str) -> str:
    return f"{dag_id}_cron"


def written_cron(dag_id: str) -> str:
    """Return the cron expression of a DAG of ``TIMES`` as it is configured, right or not."""
    return str(conf.get(SECTION, _option(dag_id), fallback=TIMES[dag_id].cron))


def _cron(dag_id: str) -> str:
    return _judged_cron(dag_id, written_cron(dag_id))


def _judged_cron(dag_id: str, cron: str) -> str:
    """Return a DAG's cron expression, held against what Airflow would make of it without a word.

    croniter takes six and seven fields, as of Quartz, for seconds and years in an order of its own, and Airflow's
    scheduler ends in an error when a tick never comes.

    :raises ScheduleError: it has not five fields, or is none, or never comes
    """
    option, default = _option(dag_id), TIMES[dag_id].cron
    if cron in _SHORTHANDS:
        return cron
    expected = f"a cron expression of five fields (minute, hour, day, month, weekday), such as {default}"
    if len(cron.split()) != _FIELDS or _RANDOM.search(cron):
        raise ScheduleError(option, cron, expected)
    try:
        croniter(cron, datetime.now(UTC)).get_next()
    except CroniterBadDateError:
        raise ScheduleError(option, cron, f"{expected}; the days of this one never come") from None
    except CroniterError:
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


def _on_working_days(dag_id: str) -> WorkingDayTimetable:
    from sancrm_notifications.schedule.working_day_timetable import NoWorkingDayError, WorkingDayTimetable

    cron = _cron(dag_id)
    made = WorkingDayTimetable(cron, timezone=time_zone(), calendar=calendar())
    if get_parsing_context().dag_id:
        return made  # it is parsed to run a task, and was judged when it was parsed to be scheduled
    try:
        _next_tick(made, datetime.now(UTC))
    except NoWorkingDayError as error:
        expected = f"a cron expression that falls on working days, such as {TIMES[dag_id].cron} ({error})"
        raise ScheduleError(_option(dag_id), cron, expected) from None
    return made


def _next_tick(ticks: Timetable, at: datetime) -> datetime:
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    restriction = TimeRestriction(earliest=instance(at), latest=None, catchup=True)
    info = ticks.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    if info is None:
        raise ValueError(f"the schedule {ticks.summary!r} has no tick after {at}")
    return info.run_after
