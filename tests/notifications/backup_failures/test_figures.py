"""Attempts are shared out by database and parted by good copies as a person would, one after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.notifications.backup_failures.facts import FAILED, RUNNING, SUCCEEDED, Attempt
from sancrm_notifications.notifications.backup_failures.figures import histories

NIGHT = datetime(2026, 11, 20, 2, tzinfo=UTC)


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    """Few databases and few moments, so that much falls together."""
    started_at = NIGHT + timedelta(minutes=draw(st.integers(0, 3)))
    return Attempt(
        backup_id=draw(st.none() | st.integers(1, 9)),
        database=draw(st.sampled_from(["sancrm", "archive", ""])),
        status=draw(st.sampled_from([FAILED, RUNNING, SUCCEEDED])),
        started_at=started_at,
        ended_at=started_at + timedelta(microseconds=draw(st.integers(0, 2))),
    )


def test_of_nothing_there_is_no_history() -> None:
    assert histories([]) == []


@given(st.lists(attempts(), max_size=12))
def test_each_attempt_is_in_its_databases_history_behind_the_good_copies_that_had_ended(seen: list[Attempt]) -> None:
    found = histories(seen)
    assert [history.database for history in found] == sorted({attempt.database for attempt in seen})
    for history in found:
        of_database = [attempt for attempt in seen if attempt.database == history.database]
        assert sorted(map(repr, history.attempts)) == sorted(map(repr, of_database))
        assert [attempt.ended_at for attempt in history.attempts] == sorted(a.ended_at for a in of_database)
        good_ends = [attempt.ended_at for attempt in of_database if attempt.status == SUCCEEDED]
        assert history.good_copies == tuple(
            sum(good <= attempt.ended_at for good in good_ends) for attempt in history.attempts
        )
