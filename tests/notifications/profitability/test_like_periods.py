"""Which periods a report is held against: like ones by weekday, holiday and length, and the season a year before."""

from __future__ import annotations

from datetime import date, timedelta

from sancrm_notifications.notifications.profitability.like_periods import Likeness, like_periods
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.schedule.working_days import Calendar

RUSSIA = Calendar("RU")


def period(kind: Kind, day: str) -> Period:
    """Return the period of a day in Moscow."""
    return Period.containing(kind, date.fromisoformat(day), "Europe/Moscow")


def test_a_wednesday_is_held_against_wednesdays_that_are_no_holidays() -> None:
    """4 November 2026 is the Day of National Unity, a Wednesday."""
    found = like_periods(period(Kind.DAILY, "2026-11-18"), RUSSIA)
    assert found.likeness is Likeness.WEEKDAY
    days = [each.first_on for each in found.like]
    assert len(days) == 12
    assert days[:2] == [date(2026, 11, 11), date(2026, 10, 28)]
    assert {day.weekday() for day in days} == {2}


def test_a_holiday_is_held_against_the_holidays_of_a_year() -> None:
    found = like_periods(period(Kind.DAILY, "2026-11-04"), RUSSIA)
    assert found.likeness is Likeness.HOLIDAY
    assert found.like[0].first_on == date(2026, 6, 12)
    assert len(found.like) == 12
    assert not found.seasons


def test_a_working_saturday_and_a_week_of_holidays_have_none_like_them() -> None:
    """1 November 2025 was worked, a Saturday, instead of Monday the 3rd; the year began with holidays to the 11th."""
    for kind, day in ((Kind.DAILY, "2025-11-01"), (Kind.WEEKLY, "2026-01-07")):
        found = like_periods(period(kind, day), RUSSIA)
        assert (found.likeness, found.like, found.computed()) == (Likeness.NONE, (), {})


def test_own_days_off_are_holidays() -> None:
    wednesday = date(2026, 11, 18)
    own = Calendar("RU", days_off=frozenset({wednesday - timedelta(weeks=1)}))
    assert like_periods(period(Kind.DAILY, "2026-11-18"), own).like[0].first_on == date(2026, 10, 28)


def test_the_season_is_that_of_a_year_before_within_two_weeks() -> None:
    found = like_periods(period(Kind.DAILY, "2026-11-18"), RUSSIA)
    seasons = {key: [each.first_on for each in around] for key, around in found.seasons}
    assert seasons["2026-11-18"] == [date(2025, 11, day) for day in (5, 12, 19, 26)] + [date(2025, 12, 3)]
    assert set(seasons) == {"2026-11-18", *(each.key for each in found.like)}
    assert len(found.computed()) <= 12 + 5 + 16


def test_weeks_and_months_look_back_twelve_of_their_kind() -> None:
    weeks = like_periods(period(Kind.WEEKLY, "2026-11-18"), RUSSIA)
    assert (weeks.likeness, len(weeks.like), weeks.like[0].key) == (Likeness.WEEK, 12, "2026-W46")
    months = like_periods(period(Kind.MONTHLY, "2026-11-01"), RUSSIA)
    assert [each.key for each in months.like[::11]] == ["2026-10", "2025-11"]
    assert dict(months.seasons)["2026-10"][0].key == "2025-10"
    assert len(months.computed()) == 24
