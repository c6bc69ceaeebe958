"""Whether the schedules and the calendar are understood, and when each DAG runs next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.schedule import crons
from sancrm_notifications.schedule.crons import ScheduleError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANNOUNCED_IN_MONTH = 12  # Russia moves the days of a year in the autumn before it


def schedule_lines() -> Iterator[Line]:
    """Yield when each DAG runs next, in the zone of the reports.

    :raises ScheduleError: there is no such zone
    """
    now = datetime.now(UTC)
    zone = ZoneInfo(crons.time_zone())
    yield ok(f"timezone {zone.key}", f"it is {now.astimezone(zone):%a %Y-%m-%d %H:%M UTC%z} there")
    for dag_id in crons.TIMES:
        what = f"schedule of {dag_id}"
        try:
            yield ok(what, f"next {crons.next_tick(dag_id, now).astimezone(zone):%a %Y-%m-%d %H:%M}")
        except ScheduleError as error:
            yield fail(what, str(error))
    try:
        yield ok("deadline of reports", f"{crons.deadline_minutes()} minutes after their time")
    except ScheduleError as error:
        yield fail("deadline of reports", str(error))


def calendar_lines(now: datetime | None = None) -> Iterator[Line]:
    """Yield which years' working days are known; ``now`` is an aware instant.

    :raises ScheduleError: the calendar's country or one of the own days is none
    """
    calendar = crons.calendar()
    today = (now or datetime.now(UTC)).astimezone(ZoneInfo(crons.time_zone())).date()
    what = f"calendar {calendar.country}"
    own = f"{len(calendar.days_off)} own days off, {len(calendar.working_days)} own working days"
    wanted = [today.year, today.year + 1] if today.month >= _ANNOUNCED_IN_MONTH else [today.year]
    unknown = [str(year) for year in wanted if not calendar.is_known(year)]
    if unknown:
        yield note(
            what,
            f"moved days of {', '.join(unknown)} are not known: counted by public holidays and weekends; {own}",
            "install a later version of the package holidays, or name the days in days_off and working_days of"
            f" [{crons.SECTION}]",
        )
    else:
        yield ok(what, f"working days of {', '.join(map(str, wanted))} are known; {own}")
