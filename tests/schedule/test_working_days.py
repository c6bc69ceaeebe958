"""Working days are those of the government's calendar and of the own lists; counting them is adding them up."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sancrm_notifications.schedule import working_days
from sancrm_notifications.schedule.working_days import Calendar, is_country

RUSSIA = Calendar("RU")
DAY = timedelta(days=1)
# Weekends on other days (IL, BD), moved days over a year's end (HU, CN), none at all (US).
COUNTRIES = ("RU", "KZ", "HU", "CN", "US", "IL", "BD")
WORKING, OFF = True, False
# Decree of the government of Russia of 4 October 2024, No. 1335, and of 24 September 2025, No. 1466.
MOVED_DAYS = {
    "2025-01-04": OFF,
    "2025-01-09": WORKING,
    "2025-05-02": OFF,
    "2025-05-08": OFF,
    "2025-06-13": OFF,
    "2025-11-01": WORKING,
    "2025-11-03": OFF,
    "2025-11-04": OFF,
    "2025-12-31": OFF,
    "2026-01-03": OFF,
    "2026-01-09": OFF,
    "2026-01-12": WORKING,
    "2026-03-09": OFF,
    "2026-05-11": OFF,
    "2026-11-23": WORKING,
    "2026-12-30": WORKING,
    "2026-12-31": OFF,
}
# Working days of each month in the published production calendars: 247 in either year.
WORKING_DAYS_OF_MONTHS = {
    2025: (17, 20, 21, 22, 18, 19, 23, 21, 22, 23, 19, 22),
    2026: (15, 19, 21, 22, 19, 21, 23, 21, 22, 22, 20, 22),
}

days = st.dates(date(2017, 1, 1), date(2031, 12, 31))
own_days = st.frozensets(days, max_size=12)
calendars = st.builds(
    lambda country, off, working: Calendar(country, off - working, working),
    st.sampled_from(COUNTRIES),
    own_days,
    own_days,
)


@pytest.mark.parametrize(("day", "expected"), MOVED_DAYS.items())
def test_moved_days_are_those_of_the_government(day, expected):
    assert RUSSIA.is_working(date.fromisoformat(day)) is expected


@pytest.mark.parametrize("year", WORKING_DAYS_OF_MONTHS)
def test_every_month_has_as_many_working_days_as_was_published(year):
    ends = [date(year, month, 1) - DAY for month in range(1, 13)] + [date(year, 12, 31)]
    counted = tuple(RUSSIA.working_days_between(before, last) for before, last in pairwise(ends))
    assert counted == WORKING_DAYS_OF_MONTHS[year]
    assert sum(counted) == 247


def test_a_card_that_waits_since_the_last_working_day_of_the_year_waits_for_one_day():
    assert RUSSIA.working_days_between(date(2025, 12, 30), date(2026, 1, 12)) == 1
    assert RUSSIA.working_days_between(date(2025, 10, 31), date(2025, 11, 5)) == 2  # Saturday 1st and Wednesday 5th


@given(calendars, days, st.integers(-30, 1500))
def test_days_between_are_the_sum_over_the_days(calendar, first, length):
    each = [first + DAY * n for n in range(1, length + 1)]
    assert calendar.working_days_between(first, first + DAY * length) == sum(map(calendar.is_working, each))


@pytest.mark.parametrize(
    ("first", "last", "expected"), [(24, 25, 0), (25, 26, 1), (25, 28, 3), (27, 28, 1), (28, 29, 0)]
)
def test_own_days_count_when_they_are_after_the_first_day_and_not_after_the_last(first, last, expected):
    calendar = Calendar("RU", frozenset({date(2026, 11, 25)}), frozenset({date(2026, 11, 28)}))  # Wednesday, Saturday
    assert calendar.working_days_between(date(2026, 11, first), date(2026, 11, last)) == expected


@given(calendars, days)
def test_the_nearest_working_days_have_none_between(calendar, day):
    following, preceding = calendar.first_working_day_after(day), calendar.last_working_day_before(day)
    assert preceding < day < following
    assert calendar.is_working(following)
    assert calendar.is_working(preceding)
    assert calendar.working_days_between(day, following) == 1
    assert calendar.working_days_between(preceding, day) == calendar.is_working(day)


@given(calendars, days)
def test_the_lists_of_our_own_win_over_the_country(calendar, day):
    assert all(calendar.is_working(own) for own in calendar.working_days)
    assert not any(calendar.is_working(own) for own in calendar.days_off)
    assume(day not in calendar.days_off | calendar.working_days)
    assert calendar.is_working(day) == Calendar(calendar.country).is_working(day)


def test_the_same_day_in_both_lists_is_refused_by_name():
    with pytest.raises(ValueError, match="2026-12-30 is both an own day off and an own working day"):
        Calendar("RU", frozenset({date(2026, 12, 30), date(2026, 12, 31)}), frozenset({date(2026, 12, 30)}))


def test_weekends_are_the_countrys():
    assert Calendar("IL").is_working(date(2026, 11, 22))  # a Sunday
    assert not Calendar("IL").is_working(date(2026, 11, 20))  # a Friday


class TestYearsToCome:
    """Moved days are published a year at a time."""

    @pytest.fixture(autouse=True)
    def _nothing_read_yet(self):
        working_days._counts.cache_clear()

    @pytest.mark.parametrize(
        ("country", "year", "known"),
        [
            ("RU", 2025, True),
            ("RU", 2027, True),
            ("RU", 2098, False),
            ("RU", 1990, False),
            ("US", 2098, True),
            ("HU", 1999, True),
        ],
    )
    def test_they_are_known_when_published_or_when_no_day_is_ever_moved(self, country, year, known):
        assert Calendar(country).is_known(year) is known

    def test_until_then_public_holidays_and_weekends_count_and_that_is_said_once(self, caplog):
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert not RUSSIA.is_working(date(2098, 1, 7))  # a Tuesday, Christmas
                assert not RUSSIA.is_working(date(2098, 11, 8))  # a Saturday
                assert RUSSIA.is_working(date(2098, 12, 31))  # a Wednesday
                assert (
                    Calendar("RU", frozenset({date(2098, 12, 31)})).working_days_between(
                        date(2098, 12, 26), date(2098, 12, 31)
                    )
                    == 2
                )
        said = [record.getMessage() for record in caplog.records]
        assert len(said) == 1
        assert "knows the moved days of RU from 1991 to" in said[0]
        assert "the working days of 2098 are counted by public holidays and weekends" in said[0]
        assert "days_off and working_days" in said[0]

    def test_a_known_year_is_counted_in_silence(self, caplog):
        with caplog.at_level(logging.WARNING):
            RUSSIA.is_working(date(2026, 1, 7))
            Calendar("US").is_working(date(2098, 1, 7))
        assert caplog.records == []


@pytest.mark.parametrize("code", ["RU", "US", "KZ"])
def test_a_country_is_known_by_its_code(code):
    assert is_country(code)


@pytest.mark.parametrize("code", ["ZZ", "ru", "RUS", "Russia", "NYSE", "HolidayBase", "__name__", "R U", "RU\n", ""])
def test_nothing_else_is_a_country(code):
    assert not is_country(code)


def test_the_calendars_are_not_read_before_they_are_asked_for():
    asked = "import sys, sancrm_notifications.schedule.working_days; print('holidays' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
