"""Which reports a span of days backfills, in which order, and what the command says when it cannot."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.schedule.crons import next_tick
from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.schedule.report_ticks import Report, Segment, reports_of_days, segments

if TYPE_CHECKING:
    from collections.abc import Iterator

SUNDAY = 6
ZONES = ["Europe/Moscow", "Europe/Berlin", "America/New_York"]


@contextmanager
def configured(**options: str) -> Iterator[None]:
    """Set options of the section ``[sancrm_notifications]`` of Airflow's configuration."""
    with pytest.MonkeyPatch.context() as patch:
        for name, option in options.items():
            patch.setenv(f"AIRFLOW__SANCRM_NOTIFICATIONS__{name.upper()}", option)
        yield


def plan(first_on: date, last_on: date, zone: str = "Europe/Moscow", **crons: str) -> list[Report]:
    """Return what would be made for these days with Airflow's own counting of ticks."""
    with configured(timezone=zone, **crons):
        return reports_of_days(first_on, last_on, zone, next_tick)


def told(reports: list[Report]) -> list[str]:
    return [f"{report.dag_id.removeprefix('profitability_')} {report.period.key}" for report in reports]


def test_a_week_over_the_end_of_a_month():
    assert told(plan(date(2026, 10, 30), date(2026, 11, 2))) == [
        "daily 2026-10-30",
        # On the 1st both are due: the day's report at nine, the month's half an hour later.
        "daily 2026-10-31",
        "monthly 2026-10",
        "weekly 2026-W44",
        "daily 2026-11-02",
    ]


def test_week_and_month_that_are_due_at_the_same_minute_come_week_first():
    reports = plan(date(2026, 5, 31), date(2026, 5, 31))
    assert told(reports) == ["weekly 2026-W22", "monthly 2026-05"]
    assert len({report.tick_at for report in reports}) == 1


def test_with_a_schedule_of_every_day_sundays_have_their_own_report():
    assert told(plan(date(2026, 11, 14), date(2026, 11, 15), profitability_daily_cron="15 7 * * *")) == [
        "daily 2026-11-14",
        "daily 2026-11-15",
        "weekly 2026-W46",
    ]


def test_a_schedule_that_tells_the_week_on_tuesday_tells_the_same_week():
    (report,) = plan(date(2026, 11, 15), date(2026, 11, 15), profitability_weekly_cron="0 10 * * 2")
    assert told([report]) == ["weekly 2026-W46"]
    assert report.tick_at == datetime(2026, 11, 17, 7, tzinfo=UTC)


@settings(max_examples=40)
@given(first_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)), length=st.integers(0, 70), zone=st.sampled_from(ZONES))
def test_every_day_but_sundays_and_every_week_and_month_that_ended_in_the_span_is_there_once(first_on, length, zone):
    days = [first_on + timedelta(days=n) for n in range(length + 1)]
    reports = plan(days[0], days[-1], zone)

    def last_days(kind: Kind) -> list[date]:
        return [report.period.last_on for report in reports if report.period.kind is kind]

    assert last_days(Kind.DAILY) == [day for day in days if day.weekday() != SUNDAY]
    assert last_days(Kind.WEEKLY) == [day for day in days if day.weekday() == SUNDAY]
    assert last_days(Kind.MONTHLY) == [day for day in days if (day + timedelta(days=1)).day == 1]
    assert [report.tick_at for report in reports] == sorted(report.tick_at for report in reports)


@settings(max_examples=6)
@given(first_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)), zone=st.sampled_from(ZONES))
def test_ticks_keep_their_local_time_also_when_the_clocks_change(first_on, zone):
    reports = plan(first_on, first_on + timedelta(days=200), zone)
    local_times = {(r.period.kind, f"{r.tick_at.astimezone(ZoneInfo(zone)):%H:%M}") for r in reports}
    assert local_times == {(Kind.DAILY, "09:00"), (Kind.WEEKLY, "09:30"), (Kind.MONTHLY, "09:30")}


@given(first_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)), length=st.integers(0, 70))
@settings(max_examples=30)
def test_segments_are_the_same_reports_in_the_same_order_as_long_as_they_can_be(first_on, length):
    reports = plan(first_on, first_on + timedelta(days=length))
    parts = segments(reports)
    assert [report for part in parts for report in part.reports] == reports
    assert all({report.dag_id for report in part.reports} == {part.dag_id} for part in parts)
    assert all(left.dag_id != right.dag_id for left, right in pairwise(parts))


def test_a_segment_asks_for_its_first_to_its_last_tick():
    (segment,) = segments(plan(date(2026, 11, 2), date(2026, 11, 4)))
    assert segment == Segment("profitability_daily", segment.reports)
    assert [report.tick_at.hour for report in segment.reports] == [6, 6, 6]
