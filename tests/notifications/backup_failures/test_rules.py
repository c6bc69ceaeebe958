"""Which news the backups give: each once, in order of time, and none lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.notifications.backup_failures.facts import (
    FAILED,
    RUNNING,
    SUCCEEDED,
    Attempt,
    Event,
    Fact,
    Fault,
    Kind,
)
from sancrm_notifications.notifications.backup_failures.rules import RINGS_PER_HOUR, events_to_notify
from sancrm_notifications.notifications.backup_failures.script_reports import Report
from tests.notifications.backup_failures.cases import RULES, Watch, at, attempt, seen

AWAY = Fault("unreachable", "сервер не отвечает")
UNREADABLE = Fault("unreadable", "нет представления")
NIGHT = attempt(1, "22 02:00", "22 02:10", size_bytes=4_000_000_000)


def report(failed: str, started: str | None = None, backup_id: int | None = None, database: str = "sancrm") -> Report:
    return Report(database, at(started or failed), at(failed), "disk full", backup_id)


def test_a_failed_attempt_is_told_once_with_the_last_good_copy() -> None:
    watch = Watch()
    look = seen("23 02:20", NIGHT, attempt(2, "23 02:00", "23 02:10", FAILED))

    [event] = watch.look(look)

    assert (event.kind, event.subject, str(event.period_on)) == (Kind.FAILED, "attempt:2", "2026-11-23")
    assert event.good_copy is not None
    assert (event.good_copy.at, event.good_copy.size_bytes) == (at("22 02:10"), 4_000_000_000)
    assert watch.look(look) == []


def test_the_day_of_an_attempt_is_the_local_day_of_its_start() -> None:
    look = seen("24 00:40", NIGHT, attempt(2, "23 23:50", "24 00:30", FAILED))

    assert [str(event.period_on) for event in Watch().look(look) if event.kind is Kind.FAILED] == ["2026-11-23"]


def test_a_success_after_a_failure_is_told_once_and_how_long_there_was_no_good_copy() -> None:
    watch = Watch()
    failed = attempt(2, "23 02:00", "23 02:10", FAILED)
    watch.look(seen("23 02:20", NIGHT, failed))
    again = seen("23 03:20", NIGHT, failed, attempt(3, "23 03:00", "23 03:15"))

    [event] = watch.look(again)

    assert event.kind is Kind.RECOVERED
    assert event.since == at("22 02:10")
    assert event.is_silent
    assert watch.look(again) == []
    assert watch.told(seen("24 02:20", *again.attempts, attempt(4, "24 02:00", "24 02:10"))) == []


def test_failure_and_recovery_seen_together_are_told_in_order_of_time() -> None:
    look = seen(
        "23 10:00",
        NIGHT,
        attempt(2, "23 02:00", "23 02:10", FAILED),
        attempt(3, "23 03:00", "23 03:15"),
        attempt(4, "23 02:30", "23 02:40", FAILED, database="archive"),
        attempt(5, "23 01:00", "23 01:10", database="archive"),
        attempt(6, "23 04:00", "23 04:10", FAILED),
    )

    assert Watch().told(look) == ["failed 2", "failed 4", "recovered 3", "failed 6"]


def test_an_attempt_that_runs_too_long_is_told_once_and_its_success_ends_it() -> None:
    watch = Watch()
    running = attempt(2, "23 02:00", status=RUNNING)

    assert watch.told(seen("23 07:59", NIGHT, running)) == ["missing sancrm"]
    assert watch.told(seen("23 08:10", NIGHT, running)) == ["hanging 2"]
    assert watch.told(seen("23 08:20", NIGHT, running)) == []
    assert watch.told(seen("23 09:10", NIGHT, attempt(2, "23 02:00", "23 09:00"))) == ["recovered 2"]


def test_a_missing_copy_is_told_at_once_and_then_each_day_from_nine_until_it_is_there() -> None:
    watch = Watch()

    assert watch.told(seen("23 04:10", NIGHT)) == []
    assert watch.told(seen("23 04:20", NIGHT)) == ["missing sancrm"]
    assert watch.told(seen("23 23:50", NIGHT)) == []
    assert watch.told(seen("24 08:50", NIGHT)) == []
    assert watch.told(seen("24 09:00", NIGHT)) == ["missing sancrm"]
    assert watch.told(seen("24 23:50", NIGHT)) == []
    assert watch.told(seen("25 09:00", NIGHT)) == ["missing sancrm"]
    assert watch.told(seen("25 12:10", NIGHT, attempt(2, "25 12:00", "25 12:05"))) == ["recovered 2"]
    assert watch.told(seen("26 12:10", NIGHT, attempt(2, "25 12:00", "25 12:05"))) == []


def test_a_later_gap_is_told_at_once_again() -> None:
    watch = Watch()
    watch.look(seen("23 04:20", NIGHT))
    mended = attempt(2, "23 12:00", "23 12:05")
    watch.look(seen("23 12:10", NIGHT, mended))

    assert watch.told(seen("24 14:20", NIGHT, mended)) == ["missing sancrm"]


def test_a_database_without_any_good_copy_is_missed_from_its_first_attempt_on() -> None:
    failed = attempt(2, "22 02:00", "22 02:10", FAILED)
    watch = Watch()

    assert watch.told(seen("22 02:20", failed)) == ["failed 2"]
    assert watch.told(seen("23 04:20", failed)) == ["missing sancrm"]


def test_a_database_that_nobody_backs_up_any_more_is_left_after_thirty_days() -> None:
    old = attempt(1, "01 02:00", "01 02:10", database="old")
    rules = replace(RULES, watched=timedelta(days=20))

    assert "missing old" in Watch(rules).told(seen("20 10:00", old, attempt(2, "20 02:00", "20 02:10")))
    assert Watch(rules).told(seen("22 10:00", old, attempt(2, "22 02:00", "22 02:10"))) == []


def test_the_last_reminder_of_a_database_that_nobody_backs_up_says_so() -> None:
    watch = Watch(replace(RULES, watched=timedelta(days=4)))
    old = attempt(1, "19 02:00", "19 02:10", database="old")
    events = []
    for day in range(19, 26):
        events += watch.look(seen(f"{day} 09:00", old, attempt(day, f"{day} 02:00", f"{day} 02:10")))

    about_old = [event for event in events if event.database == "old"]
    assert [(event.at, event.period_on.day, event.is_last) for event in about_old] == [
        (at("20 04:10"), 20 + days, is_last) for days, is_last in ((0, False), (1, False), (2, True))
    ]


def test_no_backups_at_all_is_said_every_day_until_there_is_one() -> None:
    watch = Watch()

    assert watch.told(seen("23 04:20")) == ["empty"]
    assert watch.told(seen("23 04:30")) == []
    assert watch.told(seen("24 08:00")) == []
    assert watch.told(seen("24 10:00")) == ["empty"]
    assert watch.told(seen("24 12:00", attempt(1, "24 11:00", "24 11:10"))) == ["recovered 1"]


def test_a_new_installation_hears_of_the_last_days_only_and_in_few_messages() -> None:
    months = [attempt(n, f"{n % 20 + 1:02} 02:00", f"{n % 20 + 1:02} 02:10", FAILED) for n in range(100, 400)]
    fresh = [attempt(n, f"22 {n // 60:02}:{n % 60:02}", status=FAILED) for n in range(600)]
    stale = attempt(900, "05 02:00", status=RUNNING)
    look = seen("23 02:20", *months, *fresh, stale, attempt(901, "23 02:00", "23 02:10"))

    watch = Watch()
    events = watch.look(look)

    assert [event.kind for event in events] == [Kind.FAILED, Kind.RECOVERED]
    assert [one.backup_id for one in events[0].attempts][-600:] == list(range(600))
    assert watch.look(look) == []


def test_a_script_that_fails_every_minute_rings_a_few_times_an_hour_and_no_failure_is_left_out() -> None:
    watch = Watch()
    failures = [attempt(n + 10, f"23 03:{n:02}", status=FAILED) for n in range(60)]
    events = []
    for minute in range(9, 60, 10):
        events += watch.look(seen(f"23 03:{minute:02}", NIGHT, *failures[: minute + 1]))

    assert [len(event.attempts) for event in events] == [10] * 6
    assert sum(not event.is_silent for event in events) == RINGS_PER_HOUR
    assert sorted(one.backup_id or 0 for event in events for one in event.attempts) == list(range(10, 70))


def test_an_outage_of_the_crm_is_told_once_and_that_it_is_over() -> None:
    watch = Watch()
    good = attempt(1, "23 02:00", "23 02:10")

    assert watch.told(seen("23 12:10", fault=AWAY)) == ["source_down"]
    assert watch.told(seen("23 12:20", fault=AWAY)) == []
    assert watch.told(seen("24 01:00", fault=AWAY)) == []
    [event] = watch.look(seen("24 01:10", good))
    assert (event.kind, event.since, event.is_silent) == (Kind.SOURCE_UP, at("23 12:10"), True)
    assert watch.told(seen("24 01:20", good)) == []
    assert watch.told(seen("24 02:00", fault=AWAY)) == ["source_down"]


def test_an_outage_whose_reason_changes_is_told_anew_and_ends_once() -> None:
    watch = Watch()

    assert watch.told(seen("23 12:10", fault=AWAY)) == ["source_down"]
    assert watch.told(seen("23 12:20", fault=UNREADABLE)) == ["source_down"]
    assert watch.told(seen("23 12:30", fault=UNREADABLE)) == []
    [event] = watch.look(seen("23 12:40", attempt(1, "23 02:00", "23 02:10")))
    assert (event.kind, event.since) == (Kind.SOURCE_UP, at("23 12:10"))


def test_each_reason_of_an_outage_is_told_once_however_often_they_change() -> None:
    watch = Watch()
    faults = [AWAY, UNREADABLE, AWAY, UNREADABLE, AWAY]

    told = [watch.told(seen(f"23 12:{minute}", fault=fault)) for minute, fault in enumerate(faults, start=10)]

    assert told == [["source_down"], ["source_down"], [], [], []]


def test_a_crm_that_comes_and_goes_rings_a_few_times_an_hour() -> None:
    watch = Watch()
    good = attempt(1, "23 02:00", "23 02:10")
    down = []
    for minute in range(10, 60, 10):
        down += watch.look(seen(f"23 12:{minute}", fault=AWAY))
        watch.look(seen(f"23 12:{minute + 5}", good))

    assert len(down) == 5
    assert sum(not event.is_silent for event in down) == RINGS_PER_HOUR


def test_what_failed_while_the_crm_was_away_is_told_when_it_is_back() -> None:
    watch = Watch()
    watch.look(seen("23 01:10", fault=AWAY))

    assert watch.told(seen("23 10:00", NIGHT, attempt(2, "23 02:00", "23 02:10", FAILED)))[0] == "failed 2"


@pytest.mark.parametrize(
    "reported",
    [
        report("23 02:10"),
        report("23 02:12"),
        report("23 02:10", started="23 02:00"),
        report("23 09:00", backup_id=2),
    ],
    ids=["time", "clocks apart", "start", "id"],
)
@pytest.mark.parametrize("status", [FAILED, RUNNING])
def test_a_failure_is_told_once_whether_reported_or_seen_first(reported: Report, status: str) -> None:
    shown = attempt(2, "23 02:00", "23 02:10", FAILED)
    running = attempt(2, "23 02:00", status=RUNNING)

    reported_first = Watch()
    assert reported_first.told(seen("23 02:11", NIGHT), reported) in (["failed 2"], ["failed reported"])
    assert reported_first.told(seen("23 02:20", NIGHT, running if status == RUNNING else shown)) == []
    assert reported_first.told(seen("23 02:30", NIGHT, shown)) == []

    seen_first = Watch()
    assert seen_first.told(seen("23 02:11", NIGHT, shown)) == ["failed 2"]
    assert seen_first.told(seen("23 02:12", NIGHT, shown), reported) == []

    together = Watch()
    assert together.told(seen("23 02:11", NIGHT, running if status == RUNNING else shown), reported) == ["failed 2"]
    assert together.told(seen("23 02:20", NIGHT, shown)) == []


def test_a_report_is_told_once_however_often_the_run_is_repeated() -> None:
    watch = Watch()

    assert watch.told(seen("23 02:11", NIGHT), report("23 02:10")) == ["failed reported"]
    assert watch.told(seen("23 02:30", NIGHT), report("23 02:10")) == []


def test_another_failure_is_not_taken_for_the_reported_one() -> None:
    watch = Watch()
    watch.look(seen("23 02:11", NIGHT), report("23 02:10"))
    other = attempt(3, "23 02:00", "23 02:10", FAILED, database="archive")
    later = attempt(4, "23 03:00", "23 03:10", FAILED)

    assert watch.told(seen("23 03:20", NIGHT, other, later)) == ["failed 3", "failed 4"]


def test_each_report_stands_for_one_attempt() -> None:
    watch = Watch()
    watch.look(seen("23 02:11", NIGHT), report("23 02:10"))
    tries = [attempt(n, f"23 02:{n:02}", f"23 02:{n:02}", FAILED) for n in (9, 10, 11)]

    assert watch.told(seen("23 02:20", NIGHT, *tries)) == ["failed 9 11"]


def test_two_reports_of_the_same_moments_stand_for_two_attempts() -> None:
    watch = Watch()
    watch.look(seen("23 02:11", NIGHT), report("23 02:10"))
    watch.look(seen("23 02:11", NIGHT), report("23 02:10", started="23 02:09"))
    tries = [attempt(n, f"23 02:{n:02}", f"23 02:{n:02}", FAILED) for n in (10, 11)]

    assert watch.told(seen("23 02:20", NIGHT, *tries)) == []


@pytest.mark.parametrize(
    "other",
    [
        attempt(2, "23 02:00", "23 02:10", FAILED, database="archive"),
        attempt(2, "23 02:00", "23 02:10"),
    ],
    ids=["of another database", "succeeded"],
)
def test_a_report_with_another_attempts_id_takes_nothing_from_it(other: Attempt) -> None:
    watch = Watch()
    own = "failed 2" if other.status == FAILED else "recovered 2"
    look = seen("23 02:15", NIGHT, other)

    told = watch.told(look, report("23 02:05", backup_id=2))

    assert "failed reported" in told
    assert own in told
    assert watch.told(look, report("23 02:05", backup_id=2)) == []


def test_a_report_is_told_also_while_the_crm_is_away_and_however_old() -> None:
    assert Watch().told(seen("23 02:11", fault=AWAY), report("23 02:10")) == ["failed reported", "source_down"]
    assert "failed reported" in Watch().told(seen("23 02:11", NIGHT), report("10 02:10"))


def test_a_success_after_a_report_is_a_recovery() -> None:
    watch = Watch()
    watch.look(seen("23 02:11", NIGHT), report("23 02:10"))

    assert watch.told(seen("23 03:20", NIGHT, attempt(3, "23 03:00", "23 03:15"))) == ["recovered 3"]


def test_facts_survive_as_json() -> None:
    watch = Watch()
    watch.look(seen("23 02:11", NIGHT, attempt(2, "23 01:00", "23 01:10", FAILED)), report("23 02:10"))
    watch.look(seen("23 02:20", fault=AWAY))

    assert len(watch.facts) == 2
    assert [Fact.from_figures(fact.figures()) for fact in watch.facts] == watch.facts


MINUTES = st.integers(0, 5 * 24 * 60)


@st.composite
def histories(draw: st.DrawFn) -> list[Attempt]:
    """Draw attempts of two databases over five days; some still run."""
    found = []
    for backup_id in range(draw(st.integers(0, 12))):
        started = at("18 00:00") + timedelta(minutes=draw(MINUTES))
        status = draw(st.sampled_from([FAILED, SUCCEEDED, RUNNING]))
        lasted = timedelta(minutes=draw(st.integers(0, 600)))
        ended = started if status == RUNNING else started + lasted
        found.append(Attempt(backup_id + 1, draw(st.sampled_from(["a", "b"])), status, started, ended))
    return found


@settings(max_examples=150)
@given(histories(), st.lists(MINUTES, max_size=12), st.data())
def test_whenever_it_looks_each_failure_is_told_once_and_nothing_twice(
    attempts: list[Attempt], minutes: list[int], data: Any
) -> None:
    watch = Watch()
    told: list[Event] = []
    ends = [*sorted(set(minutes)), 5 * 24 * 60 + 600]
    for minute in ends:
        now = at("18 00:00") + timedelta(minutes=minute)
        begun = [one for one in attempts if one.started_at <= now]
        shown = [one if one.ended_at <= now else replace(one, status=RUNNING, ended_at=one.started_at) for one in begun]
        look = replace(seen("18 00:00", *shown), as_of=now)
        if data.draw(st.booleans()):
            look = replace(look, attempts=(), fault=AWAY)
        told += watch.look(look)
        assert events_to_notify(look, None, watch.facts, RULES) == []
    last = at("18 00:00") + timedelta(minutes=ends[-1])
    final = replace(seen("18 00:00", *attempts), as_of=last)
    told += watch.look(final)

    failed = [one.backup_id for event in told if event.kind is Kind.FAILED for one in event.attempts]
    lately = {one.backup_id for one in attempts if one.status == FAILED and one.ended_at >= last - RULES.lookback}
    assert len(failed) == len(set(failed))
    assert lately <= set(failed)
    keys = [(event.period_on, event.subject) for event in told]
    assert len(keys) == len(set(keys))
