"""A timetable of Airflow that ticks by a cron expression, on working days only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import DateTime, instance
from pendulum.tz.timezone import Timezone

from sancrm_notifications.schedule.working_days import DAY, Calendar

SEARCHED = timedelta(days=2 * 366)
MOMENT = timedelta(microseconds=1)
BEFORE_EVERY_TICK = DateTime(1970, 1, 1, tzinfo=Timezone("UTC"))


class NoWorkingDayError(ValueError):
    """No working day matches the cron expression; the text says until when was searched."""

    def __init__(self, cron: str, last_day: date) -> None:
        super().__init__(f"{cron} falls on no working day until {last_day}")


class WorkingDayTimetable(CronTriggerTimetable):
    """Ticks where a cron expression does, unless that day is no working day in the calendar.

    Everything else is as ``CronTriggerTimetable`` does it: a run's interval is empty and stands at its tick, runs by
    hand are possible on any day.  DAG file, dag-processor, scheduler and API server are different processes: what
    the timetable is made of travels with the serialized DAG, so they count the same days.
    """

    def __init__(self, cron: str, *, timezone: str | Timezone, calendar: Calendar) -> None:
        super().__init__(cron, timezone=timezone)
        self._calendar = calendar
        self.description = f"{self.description}, on working days of the production calendar ({calendar.country})"

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> WorkingDayTimetable:
        """Make the timetable again from what ``serialize`` returned."""
        days_off, working_days = (
            frozenset(map(date.fromisoformat, data[name])) for name in ("days_off", "working_days")
        )
        calendar = Calendar(data["country"], days_off, working_days)
        return cls(data["expression"], timezone=data["timezone"], calendar=calendar)

    def serialize(self) -> dict[str, Any]:
        """Return what the timetable is made of, as JSON."""
        written = super().serialize()
        return {
            "expression": written["expression"],
            "timezone": written["timezone"],
            "country": self._calendar.country,
            "days_off": sorted(map(str, self._calendar.days_off)),
            "working_days": sorted(map(str, self._calendar.working_days)),
        }

    @property
    def summary(self) -> str:
        """What the list of DAGs shows."""
        return f"{self._expression}, working days"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WorkingDayTimetable):
            return NotImplemented
        return self.serialize() == other.serialize()

    def __hash__(self) -> int:
        return hash((self._expression, self._timezone, self._calendar))

    def _align_to_next(self, current: DateTime) -> DateTime:
        return self._get_next(current - MOMENT)

    def _align_to_prev(self, current: DateTime) -> DateTime:
        return self._get_prev(current + MOMENT)

    def _get_next(self, current: DateTime) -> DateTime:
        """Return the first tick after an instant.

        :raises NoWorkingDayError: there is none within two years of the instant, or of now where that is later
        """
        tick = self._plain_next(current)
        day = self._day_of(tick)
        last_day = max(day, datetime.now(self._timezone).date()) + SEARCHED
        while not self._calendar.is_working(self._day_of(tick)):
            # On from the tick, and never back to a day that was tried: clock changes move ticks over midnight.
            day = self._calendar.first_working_day_after(max(day, self._day_of(tick)))
            if day > last_day:
                raise NoWorkingDayError(self._expression, last_day)
            tick = self._plain_next(self._end_of(day - DAY))
        return tick

    def _get_prev(self, current: DateTime) -> DateTime:
        """Return the last tick before an instant, or one before every tick where there is none within two years."""
        tick = self._plain_previous(current)
        day = self._day_of(tick)
        first_day = day - SEARCHED
        while not self._calendar.is_working(self._day_of(tick)):
            day = self._calendar.last_working_day_before(min(day, self._day_of(tick)))
            if day < first_day:
                return BEFORE_EVERY_TICK
            tick = self._plain_previous(self._end_of(day))
        return tick

    def _plain_next(self, current: DateTime) -> DateTime:
        try:
            return super()._get_next(current)
        except ValueError:  # croniter's, for a day that never comes, such as 30 February
            raise NoWorkingDayError(self._expression, date.max) from None

    def _plain_previous(self, current: DateTime) -> DateTime:
        return super()._get_prev(current)

    def _day_of(self, instant: DateTime) -> date:
        return instant.astimezone(self._timezone).date()

    def _end_of(self, day: date) -> DateTime:
        return instance(datetime.combine(day, time.max, tzinfo=self._timezone).replace(fold=1).astimezone(UTC))
