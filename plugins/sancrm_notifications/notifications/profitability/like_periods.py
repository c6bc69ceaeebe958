"""Which periods a report's own range is taken from: like days, weeks or months before it, and their season a year ago.

Source: docs/numbers.md, What is unusual.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sancrm_notifications.schedule.periods import Kind, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sancrm_notifications.schedule.working_days import Calendar

MOST = 12
_WEEKS_BACK = 16  # for twelve like days or weeks although some were holidays
_DAYS_BACK = 400  # for holidays: a year has a dozen
_YEAR_IN_WEEKS = 52
_WEEKS_AROUND = (-2, -1, 0, 1, 2)
_SATURDAY = 5
_SHORT_WEEK = 2  # so many holidays from Monday to Friday make a week one of another kind


class Likeness(StrEnum):
    """What makes periods alike: the weekday, a holiday from Monday to Friday, or nothing but their length."""

    WEEKDAY = "weekday"
    HOLIDAY = "holiday"
    WEEK = "week"
    MONTH = "month"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LikePeriods:
    """``like``: the periods like the reported one, the latest first; none when there are no such periods.

    ``seasons``: for the reported period, and for each like one, the periods around it a year before, by the key of the
    former; their network's revenue shows how the season has moved since.
    """

    likeness: Likeness
    like: tuple[Period, ...] = ()
    seasons: tuple[tuple[str, tuple[Period, ...]], ...] = ()

    def computed(self) -> dict[str, Period]:
        """Return every period whose figures are needed, by its key."""
        around = (period for _, periods in self.seasons for period in periods)
        return {period.key: period for period in (*self.like, *around)}


def like_periods(reported: Period, calendar: Calendar) -> LikePeriods:
    """Return what the reported period is held against.

    A working Saturday, and a week of several holidays, have too few like them: there is nothing to hold them against.
    """
    match reported.kind:
        case Kind.DAILY:
            return _like_days(reported, calendar)
        case Kind.WEEKLY:
            return _like_weeks(reported, calendar)
        case Kind.MONTHLY:
            return _like_months(reported)


def _like_days(reported: Period, calendar: Calendar) -> LikePeriods:
    def is_usual(day: Period) -> bool:
        return calendar.is_working(day.first_on) is (day.first_on.weekday() < _SATURDAY)

    def is_holiday(day: Period) -> bool:
        return day.first_on.weekday() < _SATURDAY and not calendar.is_working(day.first_on)

    if is_holiday(reported):
        before = (_shifted(reported, days=-number) for number in range(1, _DAYS_BACK))
        return LikePeriods(Likeness.HOLIDAY, _first(before, is_holiday))
    if not is_usual(reported):
        return LikePeriods(Likeness.NONE)
    return _with_seasons(Likeness.WEEKDAY, reported, _weeks_before(reported), is_usual)


def _like_weeks(reported: Period, calendar: Calendar) -> LikePeriods:
    def is_usual(week: Period) -> bool:
        working = sum(calendar.is_working(day.first_on) for day in week.days[:_SATURDAY])
        return _SATURDAY - working < _SHORT_WEEK

    if not is_usual(reported):
        return LikePeriods(Likeness.NONE)
    return _with_seasons(Likeness.WEEK, reported, _weeks_before(reported), is_usual)


def _like_months(reported: Period) -> LikePeriods:
    like = [reported]
    for _ in range(MOST):
        like.append(like[-1].before)
    seasons = tuple((month.key, (month.comparisons()["year_before"],)) for month in like)
    return LikePeriods(Likeness.MONTH, tuple(like[1:]), seasons)


def _with_seasons(
    likeness: Likeness, reported: Period, before: Iterable[Period], is_usual: Callable[[Period], bool]
) -> LikePeriods:
    like = _first(before, is_usual)
    seasons = tuple(
        (period.key, tuple(filter(is_usual, (_shifted(period, weeks=n - _YEAR_IN_WEEKS) for n in _WEEKS_AROUND))))
        for period in (reported, *like)
    )
    return LikePeriods(likeness, like, seasons)


def _weeks_before(reported: Period) -> Iterator[Period]:
    return (_shifted(reported, weeks=-number) for number in range(1, _WEEKS_BACK + 1))


def _first(periods: Iterable[Period], is_like: Callable[[Period], bool]) -> tuple[Period, ...]:
    """Return the first of them that are like, no more than are needed."""
    found = (period for period in periods if is_like(period))
    return tuple(period for _, period in zip(range(MOST), found, strict=False))


def _shifted(period: Period, **by: int) -> Period:
    return Period.containing(period.kind, period.first_on + timedelta(**by), period.time_zone)
