"""Periods are whole local days, also where the clock jumps, the year ends or midnight does not exist."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.schedule.periods import Kind, Period, last_complete, query_parameters

MOSCOW = "Europe/Moscow"
ZONES = [
    MOSCOW,
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/Havana",
]
DAYS = st.dates(date(2005, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("time_zone", "day", "start", "end", "hours"),
    [
        (MOSCOW, date(2026, 11, 20), "2026-11-19T21:00", "2026-11-20T21:00", 24),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00", "2026-03-29T22:00", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00", "2026-10-25T23:00", 25),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", "2018-11-05T02:00", 23),
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-17T02:00", "2018-02-18T03:00", 25),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00", "2026-03-29T21:00", 23),
    ],
)
def test_a_day_has_the_hours_that_its_zone_gives_it(time_zone, day, start, end, hours):
    period = Period.containing(Kind.DAILY, day, time_zone)
    assert period.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert period.end == datetime.fromisoformat(end).replace(tzinfo=UTC)
    assert (period.end - period.start) == timedelta(hours=hours)


@given(st.sampled_from(list(Kind)), DAYS, st.sampled_from(ZONES))
def test_periods_follow_each_other_without_gap_or_overlap(kind, day, time_zone):
    period = Period.containing(kind, day, time_zone)
    assert period.first_on <= day <= period.last_on
    assert period.before.end == period.start
    assert period.before.last_on + timedelta(days=1) == period.first_on


@given(st.sampled_from(list(Kind)), DAYS, st.sampled_from(ZONES))
def test_the_days_of_a_period_make_it_up(kind, day, time_zone):
    period = Period.containing(kind, day, time_zone)
    days = period.days
    assert (days[0].start, days[-1].end) == (period.start, period.end)
    assert all(one.end == other.start for one, other in pairwise(days))


@given(DAYS, st.sampled_from(ZONES), st.integers(0, 86_399))
def test_every_instant_of_a_local_day_lies_in_its_period(day, time_zone, second):
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    local_day = at.astimezone(ZoneInfo(time_zone)).date()
    period = Period.containing(Kind.DAILY, local_day, time_zone)
    assert period.start <= at < period.end


@pytest.mark.parametrize(
    ("kind", "at", "key"),
    [
        (Kind.DAILY, "2026-11-21T09:00+03:00", "2026-11-20"),
        (Kind.DAILY, "2026-11-21T00:00+03:00", "2026-11-20"),
        (Kind.DAILY, "2026-11-20T23:59+03:00", "2026-11-19"),
        (Kind.WEEKLY, "2026-11-23T09:30+03:00", "2026-W47"),
        (Kind.WEEKLY, "2027-01-04T09:30+03:00", "2026-W53"),
        (Kind.WEEKLY, "2024-12-30T09:30+03:00", "2024-W52"),
        (Kind.WEEKLY, "2025-01-06T09:30+03:00", "2025-W01"),
        (Kind.MONTHLY, "2027-01-01T09:30+03:00", "2026-12"),
        (Kind.MONTHLY, "2026-11-30T23:59+03:00", "2026-10"),
    ],
)
def test_a_run_reports_the_last_period_that_had_ended(kind, at, key):
    period = last_complete(kind, datetime.fromisoformat(at), MOSCOW)
    assert period.key == key
    assert period.end <= datetime.fromisoformat(at)


def test_a_week_over_the_new_year_is_one_week():
    week = Period.containing(Kind.WEEKLY, date(2027, 1, 1), MOSCOW)
    assert (week.first_on, week.last_on, week.key) == (date(2026, 12, 28), date(2027, 1, 3), "2026-W53")


@pytest.mark.parametrize(
    ("kind", "compared"),
    [
        (Kind.DAILY, {"week_before": "2027-12-25"}),
        (Kind.WEEKLY, {"week_before": "2027-W51"}),
        (Kind.MONTHLY, {"month_before": "2027-12", "year_before": "2027-01"}),
    ],
)
def test_comparisons_across_the_new_year(kind, compared):
    period = Period.containing(kind, date(2028, 1, 1), MOSCOW)
    assert {name: base.key for name, base in period.comparisons().items()} == compared


def test_february_29th_is_compared_with_the_february_before():
    month = Period.containing(Kind.MONTHLY, date(2028, 2, 29), MOSCOW)
    assert month.last_on == date(2028, 2, 29)
    assert month.comparisons()["year_before"].last_on == date(2027, 2, 28)


def test_a_week_is_computed_with_its_days():
    week = Period.containing(Kind.WEEKLY, date(2026, 11, 20), MOSCOW)
    days = [f"2026-11-{day:02}" for day in range(16, 23)]
    before = [f"before/2026-11-{day:02}" for day in range(9, 16)]
    assert list(week.computed()) == ["reported", "week_before", *days, *before]
    assert list(week.pictured()) == [*before, *days]


def test_a_month_is_pictured_with_the_twelve_before_it():
    january = Period.containing(Kind.MONTHLY, date(2027, 1, 5), MOSCOW)
    shown = january.pictured()
    assert [period.key for period in shown.values()] == [
        "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07",
        "2026-08", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01",
    ]  # fmt: skip
    computed = january.computed()
    # No month is asked for twice.
    assert {computed[name] for name in shown} == set(computed.values())
    assert len(computed) == 13


def test_the_query_gets_arrays_of_equal_length():
    parameters = query_parameters(Period.containing(Kind.MONTHLY, date(2026, 11, 1), MOSCOW).computed())
    assert parameters["period_names"][:3] == ["reported", "month_before", "year_before"]
    assert {len(array) for array in parameters.values()} == {13}
    assert parameters["period_starts"][0] == "2026-10-31T21:00:00+00:00"
    assert parameters["last_days"][1] == "2026-10-31"
