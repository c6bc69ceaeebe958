"""The timetable ticks where its cron expression does, on working days only, wherever clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.timetables import trigger
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.timetables.trigger import CronTriggerTimetable
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.schedule.working_day_timetable import NoWorkingDayError, WorkingDayTimetable
from sancrm_notifications.schedule.working_days import Calendar

MOSCOW = "Europe/Moscow"
RUSSIA = Calendar("RU")
EVERY_DAY = Calendar("RU", working_days=frozenset(date(2020, 1, 1) + timedelta(days=n) for n in range(366 * 8)))
# Clocks change at night, at midnight (Cairo, Havana, Santiago), before it (Nuuk), by half an hour (Lord Howe).
CHANGING = (
    "Europe/Berlin",
    "Africa/Cairo",
    "America/Havana",
    "America/Santiago",
    "America/Nuuk",
    "Australia/Lord_Howe",
)
ZONES = (MOSCOW, *CHANGING)
CRONS = ("0 10 * * *", "0 11-18 * * *", "30 * * * *", "*/20 2 * * *", "30 0 * * *", "59 23 * * *", "0 9 1,15 * 1")
FIRST = pendulum.datetime(2023, 1, 1)
instants = st.one_of(
    st.integers(0, 4 * 366 * 24 * 6).map(lambda n: FIRST.add(minutes=10 * n)),
    st.integers(0, 4 * 366 * 24 * 60 * 60 * 1000).map(lambda n: FIRST.add(microseconds=1000 * n)),
)


def told_at(cron: str = "0 10 * * *", zone: str = MOSCOW, calendar: Calendar = RUSSIA) -> WorkingDayTimetable:
    return WorkingDayTimetable(cron, timezone=zone, calendar=calendar)


def ticks(timetable: CronTriggerTimetable, earliest: datetime, latest: datetime) -> list[pendulum.DateTime]:
    """Return the ticks from one instant to another, as a backfill makes its runs."""
    restriction = TimeRestriction(pendulum.instance(earliest), pendulum.instance(latest), catchup=True)
    found: list[pendulum.DateTime] = []
    interval = None
    while info := timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction):
        interval = info.data_interval
        found.append(info.run_after)
    return found


def days(found: list[pendulum.DateTime], zone: str = MOSCOW) -> list[str]:
    return [f"{tick.astimezone(ZoneInfo(zone)):%a %m-%d %H:%M}" for tick in found]


def clock_changes_of_2024(zone: str) -> list[date]:
    """Return the local days at whose beginning, or in which, clocks change."""
    noons = [datetime(2024, 1, 1, 12, tzinfo=ZoneInfo(zone)) + timedelta(days=n) for n in range(366)]
    found = [after.date() for before, after in pairwise(noons) if before.utcoffset() != after.utcoffset()]
    assert found
    return found


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(MOSCOW))


def test_a_range_has_a_run_on_each_working_day_moved_days_included():
    assert days(ticks(told_at(), local(2025, 10, 30), local(2025, 11, 7))) == [
        "Thu 10-30 10:00",
        "Fri 10-31 10:00",
        "Sat 11-01 10:00",
        "Wed 11-05 10:00",
        "Thu 11-06 10:00",
    ]


def test_several_ticks_of_a_day_are_kept_or_left_out_together():
    found = days(ticks(told_at("0 11-18 * * *"), local(2025, 11, 1, 16), local(2025, 11, 5, 13)))
    assert found == [
        "Sat 11-01 16:00",
        "Sat 11-01 17:00",
        "Sat 11-01 18:00",
        "Wed 11-05 11:00",
        "Wed 11-05 12:00",
        "Wed 11-05 13:00",
    ]


def test_own_days_change_the_range():
    calendar = Calendar("RU", frozenset({date(2026, 12, 30)}), frozenset({date(2026, 12, 31), date(2027, 1, 9)}))
    assert days(ticks(told_at(calendar=calendar), local(2026, 12, 29), local(2027, 1, 12))) == [
        "Tue 12-29 10:00",
        "Thu 12-31 10:00",
        "Sat 01-09 10:00",
        "Mon 01-11 10:00",
    ]


@given(st.sampled_from(CRONS), st.sampled_from(ZONES), instants, st.integers(1, 20))
def test_ticks_are_those_of_the_cron_expression_on_working_days(cron, zone, start, length_days):
    end = start + timedelta(days=length_days)
    plain = ticks(CronTriggerTimetable(cron, timezone=zone), start, end)
    expected = [tick for tick in plain if RUSSIA.is_working(tick.astimezone(ZoneInfo(zone)).date())]
    assert ticks(told_at(cron, zone), start, end) == expected


@given(st.sampled_from(CRONS), st.sampled_from(ZONES), instants)
def test_where_every_day_is_a_working_day_it_is_airflows_own(cron, zone, start):
    plain, ours = CronTriggerTimetable(cron, timezone=zone), told_at(cron, zone, EVERY_DAY)
    end = start + timedelta(days=3)
    assert ticks(ours, start, end) == ticks(plain, start, end)


@pytest.mark.parametrize("zone", CHANGING)
@pytest.mark.parametrize("cron", CRONS)
def test_a_day_off_beside_a_change_of_clocks_is_left_out_and_no_other(cron, zone):
    for change in clock_changes_of_2024(zone):
        around = [change + timedelta(days=n) for n in range(-2, 3)]
        for off in around[1:4]:
            calendar = Calendar("RU", frozenset({off}), frozenset(around) - {off})
            start, end = (datetime.combine(day, time(12), tzinfo=UTC) for day in (around[0], around[-1]))
            plain = ticks(CronTriggerTimetable(cron, timezone=zone), start, end)
            expected = [tick for tick in plain if tick.astimezone(ZoneInfo(zone)).date() != off]
            assert ticks(told_at(cron, zone, calendar), start, end) == expected


class TestWithoutCatchup:
    """As the scheduler asks: the last tick that was missed, else the next one."""

    @staticmethod
    def _next(monkeypatch: pytest.MonkeyPatch, now: datetime, last: datetime | None) -> str:
        monkeypatch.setattr(trigger, "utcnow", lambda: now.astimezone(UTC))
        interval = DataInterval.exact(pendulum.instance(last)) if last else None
        restriction = TimeRestriction(pendulum.instance(local(2020, 1, 1)), None, catchup=False)
        info = told_at().next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
        assert info is not None
        return days([info.run_after])[0]

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            (local(2026, 11, 20, 10), "Mon 11-23 10:00"),
            (local(2026, 12, 30, 10), "Mon 01-11 10:00"),
            (local(2027, 2, 19, 10), "Sat 02-20 10:00"),
            (local(2027, 2, 20, 10), "Wed 02-24 10:00"),
        ],
    )
    def test_after_a_run_the_next_is_on_the_next_working_day(self, monkeypatch, last, expected):
        assert self._next(monkeypatch, last + timedelta(hours=1), last) == expected

    def test_a_run_by_hand_on_a_holiday_moves_nothing(self, monkeypatch):
        assert self._next(monkeypatch, local(2027, 1, 5, 12), local(2026, 12, 30, 10)) == "Mon 01-11 10:00"

    def test_first_unpaused_on_a_holiday_it_runs_for_the_working_day_before(self, monkeypatch):
        assert self._next(monkeypatch, local(2027, 1, 5, 12), None) == "Wed 12-30 10:00"

    def test_first_unpaused_at_the_time_itself_it_runs_for_that_time(self, monkeypatch):
        assert self._next(monkeypatch, local(2026, 11, 23, 10), None) == "Mon 11-23 10:00"

    def test_after_an_outage_it_runs_once_for_the_last_working_day(self, monkeypatch):
        assert self._next(monkeypatch, local(2026, 11, 22, 12), local(2026, 11, 17, 10)) == "Fri 11-20 10:00"


@pytest.mark.parametrize("day", [local(2026, 11, 22, 12), local(2027, 1, 1, 3), local(2026, 11, 23, 10)])
def test_a_run_by_hand_is_possible_on_any_day(day):
    clicked = pendulum.instance(day)
    assert told_at().infer_manual_data_interval(run_after=clicked) == DataInterval(clicked, clicked)


class TestAnExpressionThatMeetsNoWorkingDay:
    """The search for a tick ends, whatever is configured."""

    @pytest.mark.parametrize("cron", ["0 10 1 1 *", "0 10 30 2 *", "* * * * 0"])
    def test_is_said_in_a_sentence(self, cron):
        with pytest.raises(NoWorkingDayError) as raised:
            ticks(told_at(cron), local(2026, 11, 23), local(2030, 1, 1))
        assert str(raised.value).startswith(f"{cron} falls on no working day until ")

    @pytest.mark.parametrize(
        ("cron", "calendar", "expected"),
        [
            # A Saturday, and the only one on which anybody works.
            ("0 10 * * 6", Calendar("US", working_days=frozenset({date(2026, 11, 28)})), "Sat 11-28 10:00"),
            ("0 10 29 2 *", Calendar("US"), "Tue 02-29 10:00"),
        ],
    )
    def test_a_rare_one_is_found_long_after_the_start_date(self, monkeypatch, cron, calendar, expected):
        monkeypatch.setattr(trigger, "utcnow", lambda: local(2026, 11, 23, 12).astimezone(UTC))
        last = DataInterval.exact(pendulum.instance(local(2024, 2, 29, 10)))
        restriction = TimeRestriction(pendulum.instance(local(2020, 1, 1)), None, catchup=False)
        timetable = told_at(cron, calendar=calendar)
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        assert info is not None
        assert days([info.run_after]) == [expected]


def test_what_the_ui_shows_is_readable():
    assert told_at().summary == "0 10 * * *, working days"
    assert told_at().description == "At 10:00, on working days of the production calendar (RU)"


def test_it_is_made_again_from_what_is_stored():
    calendar = Calendar("RU", frozenset({date(2026, 12, 30), date(2026, 12, 29)}), frozenset({date(2027, 1, 9)}))
    timetable = told_at("30 9 * * 1-5", "Asia/Vladivostok", calendar)
    stored = timetable.serialize()
    assert stored == {
        "expression": "30 9 * * 1-5",
        "timezone": "Asia/Vladivostok",
        "country": "RU",
        "days_off": ["2026-12-29", "2026-12-30"],
        "working_days": ["2027-01-09"],
    }
    again = WorkingDayTimetable.deserialize(stored)
    assert (again, again.description, again.summary) == (timetable, timetable.description, timetable.summary)
    assert again != told_at("30 9 * * 1-5", "Asia/Vladivostok")
