"""Working days of a country: its production calendar, moved days included, with own days off and own working days.

Source: docs/working_days.md. Holidays and moved days are those of the package ``holidays``.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from itertools import accumulate

log = logging.getLogger(__name__)
COUNTRY_CODE = re.compile(r"[A-Z]{2}")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a country, and of those who work there otherwise.

    Asking about a day or a year reads the country's calendar, once per process: 30 ms with the import.

    :param country: ISO 3166-1 code, two capital letters
    :param days_off: own days off, whatever the country does
    :param working_days: own working days, whatever the country does
    :raises ValueError: a day is in both; the text names the first such day
    """

    country: str
    days_off: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if both := self.days_off & self.working_days:
            raise ValueError(f"{min(both)} is both an own day off and an own working day")

    def is_working(self, day: date) -> bool:
        """Say whether this is a working day."""
        if day in self.working_days:
            return True
        return day not in self.days_off and _is_working(self.country, day)

    def is_known(self, year: int) -> bool:
        """Say whether the package knows this year's moved days, or that the country moves none.

        A year that is not known counts by its public holidays and weekends.  Nothing says that a country has given
        up moving days, as Bulgaria did after 2016: its later years are never known.
        """
        first, last = _known_years(self.country)
        return first <= year <= last

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days after ``first`` up to and including ``last``: 0 when ``last`` is not later."""
        if last <= first:
            return 0
        own = (day for day in self.days_off | self.working_days if first < day <= last)
        changed = sum(self.is_working(day) - _is_working(self.country, day) for day in own)
        return _count(self.country, first, last) + changed

    def first_working_day_after(self, day: date) -> date:
        """Return the next working day, never the day itself."""
        following = day + DAY
        while not self.is_working(following):
            following += DAY
        return following

    def last_working_day_before(self, day: date) -> date:
        """Return the previous working day, never the day itself."""
        preceding = day - DAY
        while not self.is_working(preceding):
            preceding -= DAY
        return preceding


def is_country(code: str) -> bool:
    """Say whether this is the code of a country whose holidays are known."""
    from holidays.registry import COUNTRIES  # its list: to ask for one country imports them all

    return COUNTRY_CODE.fullmatch(code) is not None and any(code in names for names in COUNTRIES.values())


def _is_working(country: str, day: date) -> bool:
    counts = _counts(country, day.year)
    number = _number_in_year(day)
    return counts[number] > counts[number - 1]


def _count(country: str, first: date, last: date) -> int:
    """Count the country's working days after ``first`` up to and including ``last``."""
    total = 0
    for year in range(first.year, last.year + 1):
        counts = _counts(country, year)
        before = counts[_number_in_year(first)] if year == first.year else 0
        total += (counts[_number_in_year(last)] if year == last.year else counts[-1]) - before
    return total


@cache
def _counts(country: str, year: int) -> tuple[int, ...]:
    """Count the country's working days from 1 January to each day of the year: at 0 none, at 1 those of 1 January."""
    from holidays import country_holidays

    first, last = _known_years(country)
    if not first <= year <= last:
        log.warning(
            f"The package holidays {version('holidays')} knows the moved days of {country} from {first} to {last}:"
            f" the working days of {year} are counted by public holidays and weekends. Install a later version of"
            " holidays, or name the days in [sancrm_notifications] days_off and working_days of Airflow's"
            " configuration."
        )
    calendar = country_holidays(country, years=year, expand=False)
    length = _number_in_year(date(year, 12, 31))
    days = (date.fromordinal(date(year, 1, 1).toordinal() + n) for n in range(length))
    return tuple(accumulate(map(calendar.is_working_day, days), initial=0))


@cache
def _known_years(country: str) -> tuple[int, int]:
    """Return the first and the last year whose working days the package knows."""
    from holidays import country_holidays

    calendar = country_holidays(country)
    listed: dict[int, tuple[object, ...]] = getattr(calendar, "special_public_holidays", {})
    with_moved_days = [year for year, entries in listed.items() if _has_moved_day(entries)]
    return calendar.start_year, max(with_moved_days, default=calendar.end_year)


def _has_moved_day(entries: tuple[object, ...]) -> bool:
    """Say whether a year's entry, or one of them, is a moved day.

    The package writes ``(month, day, name)`` for a holiday that is the year's own, and ``(month, day, from month,
    from day)``, with a year after it where that is another, for a moved one.
    """
    each = entries if isinstance(entries[0], tuple) else (entries,)
    return any(isinstance(entry, tuple) and len(entry) > len(("month", "day", "name")) for entry in each)


def _number_in_year(day: date) -> int:
    return day.timetuple().tm_yday
