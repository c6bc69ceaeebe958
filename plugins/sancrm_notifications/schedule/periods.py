"""The periods that reports speak of: local days, weeks, months; their instants and comparisons.

Source: docs/numbers.md, Periods; Comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

# Outside of these Python or PostgreSQL can tell neither a day nor what is before and after it.
FIRST_YEAR, LAST_YEAR = 2000, 2999
_MONTHS_BETWEEN = 11  # a month and the same of the year before


class Kind(StrEnum):
    """How long a reported period is."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days from ``first_on`` to ``last_on``, both included, in ``time_zone`` (IANA name)."""

    kind: Kind
    first_on: date
    last_on: date
    time_zone: str

    @classmethod
    def containing(cls, kind: Kind, day: date, time_zone: str) -> Period:
        """Return the period of this kind that ``day`` lies in; weeks run Monday to Sunday."""
        match kind:
            case Kind.DAILY:
                return cls(kind, day, day, time_zone)
            case Kind.WEEKLY:
                monday = day - timedelta(days=day.weekday())
                return cls(kind, monday, monday + timedelta(days=6), time_zone)
            case Kind.MONTHLY:
                first = day.replace(day=1)
                return cls(kind, first, _month_after(first) - timedelta(days=1), time_zone)

    @property
    def start(self) -> datetime:
        """The first instant, in UTC."""
        return _midnight(self.first_on, self.time_zone)

    @property
    def end(self) -> datetime:
        """The first instant after the period, in UTC."""
        return _midnight(self.last_on + timedelta(days=1), self.time_zone)

    @property
    def key(self) -> str:
        """The period's part of a message key: ``2026-11-20``, ``2026-W47`` or ``2026-11``."""
        match self.kind:
            case Kind.DAILY:
                return self.first_on.isoformat()
            case Kind.WEEKLY:
                return f"{self.first_on:%G-W%V}"
            case Kind.MONTHLY:
                return f"{self.first_on:%Y-%m}"

    @property
    def days(self) -> list[Period]:
        """Each day of the period, in order, as a period of its own."""
        length = (self.last_on - self.first_on).days + 1
        return [Period.containing(Kind.DAILY, self.first_on + timedelta(days=n), self.time_zone) for n in range(length)]

    @property
    def before(self) -> Period:
        """The period just before this one."""
        return Period.containing(self.kind, self.first_on - timedelta(days=1), self.time_zone)

    def comparisons(self) -> dict[str, Period]:
        """Return the periods this one is compared with, by name (``week_before``, ``year_before``…)."""
        match self.kind:
            case Kind.DAILY:
                return {"week_before": Period.containing(self.kind, self.first_on - timedelta(days=7), self.time_zone)}
            case Kind.WEEKLY:
                return {"week_before": self.before}
            case Kind.MONTHLY:
                year_before = self.first_on.replace(year=self.first_on.year - 1)
                return {
                    "month_before": self.before,
                    "year_before": Period.containing(self.kind, year_before, self.time_zone),
                }

    def pictured(self) -> dict[str, Period]:
        """Return the periods that a picture shows, oldest first, by name: two weeks of days, or thirteen months."""
        match self.kind:
            case Kind.DAILY:
                return {}
            case Kind.WEEKLY:
                before = {f"before/{day.key}": day for day in self.before.days}
                return before | {day.key: day for day in self.days}
            case Kind.MONTHLY:
                months = [self.before]
                while len(months) < _MONTHS_BETWEEN:
                    months.append(months[-1].before)
                compared = self.comparisons()
                between = {f"before/{month.key}": month for month in reversed(months[1:])}
                first, last = "year_before", "month_before"
                return {first: compared[first], **between, last: compared[last], "reported": self}

    def computed(self) -> dict[str, Period]:
        """Return every period whose figures the report needs, by name; a week needs its days too."""
        days = {day.key: day for day in self.days} if self.kind is Kind.WEEKLY else {}
        return {"reported": self, **self.comparisons(), **days, **self.pictured()}


def calendar_day(written: str) -> date:
    """Return the day that is written as 2026-11-20.

    :raises ValueError: it is no day, or none that periods are counted for
    """
    day = date.fromisoformat(written)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{written} is not within the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def last_complete(kind: Kind, at: datetime, time_zone: str) -> Period:
    """Return the last period of this kind that had ended at the aware instant ``at``."""
    today = at.astimezone(ZoneInfo(time_zone)).date()
    return Period.containing(kind, today, time_zone).before


def query_parameters(periods: dict[str, Period]) -> dict[str, Any]:
    """Return the bind parameters that name these periods to ``profitability.sql``: arrays of equal length."""
    return {
        "period_names": list(periods),
        "period_starts": [period.start.isoformat() for period in periods.values()],
        "period_ends": [period.end.isoformat() for period in periods.values()],
        "first_days": [period.first_on.isoformat() for period in periods.values()],
        "last_days": [period.last_on.isoformat() for period in periods.values()],
    }


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def _month_after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
