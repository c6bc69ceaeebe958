"""Which period a run reports, whoever started it and at whatever moment, and when it comes too late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.schedule.periods import Kind
from sancrm_notifications.schedule.runs import RunFacts, UnfinishedPeriodError, is_too_late, reported_period

MOSCOW = "Europe/Moscow"
BERLIN = "Europe/Berlin"
SANTIAGO = "America/Santiago"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KINDS = ["scheduled", "backfill", "manual"]


def local(text: str, zone: str) -> datetime:
    """Return a moment by the clock on a wall of that zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def period(
    kind: Kind, facts: RunFacts, day: str | None = None, *, now: datetime = NOW, preview: bool = False
) -> tuple[str, str]:
    """Return the first and the last day reported in Moscow."""
    reported = reported_period(kind, facts, day, now, preview=preview, zone=MOSCOW)
    assert reported.time_zone == MOSCOW
    return str(reported.first_on), str(reported.last_on)


@pytest.mark.parametrize("run", KINDS)
@pytest.mark.parametrize(
    ("kind", "tick", "first", "last"),
    [
        (Kind.DAILY, "2026-11-21T09:00", "2026-11-20", "2026-11-20"),
        (Kind.DAILY, "2026-11-03T09:00", "2026-11-02", "2026-11-02"),  # a Tuesday speaks of Monday
        (Kind.DAILY, "2026-03-01T09:00", "2026-02-28", "2026-02-28"),
        (Kind.WEEKLY, "2026-11-16T09:30", "2026-11-09", "2026-11-15"),
        (Kind.WEEKLY, "2027-01-04T09:30", "2026-12-28", "2027-01-03"),
        (Kind.MONTHLY, "2026-11-01T09:30", "2026-10-01", "2026-10-31"),
        (Kind.MONTHLY, "2026-01-01T09:30", "2025-12-01", "2025-12-31"),
        (Kind.MONTHLY, "2028-03-01T09:30", "2028-02-01", "2028-02-29"),
    ],
)
def test_without_a_date_it_is_the_last_complete_period_before_the_tick(run, kind, tick, first, last):
    facts = RunFacts(run, local(tick, MOSCOW).astimezone(UTC))
    assert period(kind, facts, None) == (first, last)
    assert period(kind, facts, "") == (first, last), "an empty field of the form is no date"


@pytest.mark.parametrize(
    ("zone", "tick", "reported_on"),
    [
        (MOSCOW, "2026-11-20T23:59:59.999999", "2026-11-19"),
        (MOSCOW, "2026-11-21T00:00:00", "2026-11-20"),
        (MOSCOW, "2026-11-21T00:00:01", "2026-11-20"),
        (BERLIN, "2026-10-25T23:30:00", "2026-10-24"),  # 25 hours long
        (BERLIN, "2026-10-26T00:00:00", "2026-10-25"),
        (BERLIN, "2026-03-29T23:30:00", "2026-03-28"),  # 23 hours long
        (BERLIN, "2026-03-30T00:00:00", "2026-03-29"),
        (SANTIAGO, "2026-09-06T01:00:00", "2026-09-05"),  # the day has no midnight
        (SANTIAGO, "2026-09-05T23:59:59", "2026-09-04"),
    ],
)
def test_a_day_begins_at_its_own_midnight_in_its_own_zone(zone, tick, reported_on):
    facts = RunFacts("scheduled", local(tick, zone).astimezone(UTC))
    reported = reported_period(Kind.DAILY, facts, None, NOW, preview=False, zone=zone)
    assert reported.first_on == date.fromisoformat(reported_on)


@pytest.mark.parametrize("run", KINDS)
@pytest.mark.parametrize(
    ("kind", "day", "first", "last"),
    [
        (Kind.DAILY, "2026-11-20", "2026-11-20", "2026-11-20"),
        (Kind.WEEKLY, "2026-11-11", "2026-11-09", "2026-11-15"),
        (Kind.WEEKLY, "2026-11-15", "2026-11-09", "2026-11-15"),
        (Kind.MONTHLY, "2026-10-31", "2026-10-01", "2026-10-31"),
        (Kind.MONTHLY, "2024-02-29", "2024-02-01", "2024-02-29"),
    ],
)
def test_a_date_means_the_period_that_contains_it_whenever_the_run_is(run, kind, day, first, last):
    for tick_at in (NOW, NOW - timedelta(days=900)):
        assert period(kind, RunFacts(run, tick_at), day) == (first, last)


@pytest.mark.parametrize(
    ("kind", "day", "named"),
    [
        (Kind.DAILY, "2026-11-22", "daily period 2026-11-22 – 2026-11-22"),
        (Kind.DAILY, "2027-01-01", "daily period 2027-01-01 – 2027-01-01"),
        (Kind.WEEKLY, "2026-11-16", "weekly period 2026-11-16 – 2026-11-22"),
        (Kind.MONTHLY, "2026-11-01", "monthly period 2026-11-01 – 2026-11-30"),
    ],
)
def test_an_unfinished_or_future_period_is_refused_but_may_be_previewed(kind, day, named):
    facts = RunFacts("manual", NOW)
    with pytest.raises(UnfinishedPeriodError, match=f"the {named} has not ended yet"):
        period(kind, facts, day)
    first, last = period(kind, facts, day, preview=True)
    assert first <= day <= last


def test_a_day_may_be_reported_from_the_moment_it_ends():
    facts = RunFacts("manual", NOW)
    end = local("2026-11-22T00:00", MOSCOW)
    assert period(Kind.DAILY, facts, "2026-11-21", now=end) == ("2026-11-21", "2026-11-21")
    with pytest.raises(UnfinishedPeriodError):
        period(Kind.DAILY, facts, "2026-11-21", now=end - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("20.11.2026", "20.11.2026"),
        ("2026-11-31", "day is out of range"),
        ("yesterday", "yesterday"),
        ("9999-12-31", "within"),
    ],
)
def test_what_is_no_day_is_refused(day, sentence):
    with pytest.raises(ValueError, match=sentence):
        period(Kind.DAILY, RunFacts("manual", NOW), day)


LATENESS = timedelta(hours=24)


@pytest.mark.parametrize(("late_by", "too_late"), [(0, False), (24 * 3600, False), (24 * 3600 + 1, True)])
def test_a_scheduled_run_is_too_late_after_its_greatest_lateness(late_by, too_late):
    facts = RunFacts("scheduled", NOW - timedelta(seconds=late_by))
    assert is_too_late(facts, NOW, LATENESS) is too_late


@pytest.mark.parametrize(
    "facts",
    [
        RunFacts("scheduled", NOW - timedelta(days=400), was_cleared=True),
        RunFacts("backfill", NOW - timedelta(days=400)),
        RunFacts("manual", NOW - timedelta(days=400)),
    ],
)
def test_what_a_person_asked_for_is_never_too_late(facts):
    assert is_too_late(facts, NOW, LATENESS) is False


@pytest.mark.parametrize(("kind", "is_backfill"), [("backfill", True), ("scheduled", False), ("manual", False)])
def test_a_backfill_is_known_by_its_kind(kind, is_backfill):
    assert RunFacts(kind, NOW).is_backfill is is_backfill
