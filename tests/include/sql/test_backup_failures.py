"""Which attempts ``backup_failures.sql`` shows the watch, and what ``backup_errors.sql`` says went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.include.sql.queries import insert, run

if TYPE_CHECKING:
    import psycopg

    Source = psycopg.Connection[dict[str, Any]]

SINCE = "2026-11-20T00:00:00Z"
AS_OF = "2026-11-23T10:00:00Z"


def attempt(
    backup_id: int, started: str, ended: str | None, status: str = "succeeded", **values: Any
) -> dict[str, Any]:
    """Return an attempt; instants are days and times of November 2026 in UTC (``23 02:00``)."""
    return {
        "backup_id": backup_id,
        "database_name": "crm",
        "started_at": instant(started),
        "finished_at": None if ended is None else instant(ended),
        "status": status,
        **values,
    }


def instant(words: str) -> str:
    day, time = words.split()
    return f"2026-11-{day}T{time}:00Z"


def seen(source: Source) -> list[dict[str, Any]]:
    return list(run(source, "backup_failures", {"since": SINCE, "as_of": AS_OF}))


def ids(source: Source) -> list[int]:
    return [row["backup_id"] for row in seen(source)]


def test_attempts_that_ended_lately_are_seen_by_database_in_order_of_their_end(source: Source) -> None:
    insert(
        source,
        "backups",
        attempt(1, "22 02:00", "22 02:10"),
        attempt(2, "23 02:00", "23 05:00", "failed"),
        attempt(3, "23 03:00", "23 03:10"),
        attempt(4, "21 02:00", "21 02:10", database_name="archive"),
    )

    assert ids(source) == [4, 1, 3, 2]


def test_an_attempt_of_long_ago_is_seen_when_it_ended_lately(source: Source) -> None:
    insert(
        source,
        "backups",
        attempt(1, "10 02:00", "20 00:00", "failed"),
        attempt(2, "19 02:00", "19 23:59", "failed"),
        attempt(3, "23 02:00", "23 02:10"),
    )

    assert ids(source) == [1, 3]


def test_the_newest_attempt_and_the_newest_good_copy_are_seen_however_old(source: Source) -> None:
    insert(
        source,
        "backups",
        attempt(1, "01 02:00", "01 02:10"),
        attempt(2, "02 02:00", "02 02:10"),
        attempt(3, "03 02:00", "03 02:10", "failed"),
        attempt(4, "04 02:00", None, "running"),
    )

    assert ids(source) == [2, 4]


def test_each_attempt_knows_the_good_copy_before_it_and_the_first_attempt(source: Source) -> None:
    insert(
        source,
        "backups",
        attempt(1, "01 02:00", "01 02:10", "failed"),
        attempt(2, "02 02:00", "02 02:10"),
        attempt(3, "22 02:00", "22 02:10"),
        attempt(4, "23 02:00", "23 02:10", "failed"),
        attempt(5, "23 03:00", None, "running"),
        attempt(6, "23 02:00", "23 02:10", "failed", database_name="new"),
    )

    found = {row["backup_id"]: row for row in seen(source)}

    before = {backup_id: row["good_copy_before_at"] for backup_id, row in found.items()}
    assert {backup_id: at and f"{at:%d %H:%M}" for backup_id, at in before.items()} == {
        3: "02 02:10",
        4: "22 02:10",
        5: "22 02:10",
        6: None,
    }
    assert f"{found[5]['first_started_at']:%d}" == "01"


@pytest.mark.parametrize(("status", "finished"), [("running", None), ("failed", None), ("running", "23 04:00")])
def test_without_a_known_end_the_start_stands_for_it(source: Source, status: str, finished: str | None) -> None:
    insert(source, "backups", attempt(1, "23 02:00", finished, status))

    [row] = seen(source)
    assert row["ended_at"] == row["started_at"]


def test_what_starts_later_than_now_cannot_quieten_the_watch(source: Source) -> None:
    insert(source, "backups", attempt(1, "01 02:00", "01 02:10"), attempt(2, "24 02:00", "24 02:10"))

    assert ids(source) == [1]


def test_nothing_is_seen_where_there_is_nothing(source: Source) -> None:
    assert seen(source) == []


def test_errors_are_read_by_attempt_and_an_enormous_one_without_its_middle(source: Source) -> None:
    enormous = "начало " + "x" * 10_000 + " конец"
    insert(
        source,
        "backups",
        attempt(1, "23 02:00", "23 02:10", "failed", error="disk full"),
        attempt(2, "23 03:00", "23 03:10", "failed", error=enormous),
        attempt(3, "23 04:00", "23 04:10", "failed", error="not asked for"),
        attempt(4, "23 05:00", "23 05:10", "failed"),
    )

    errors = {row["backup_id"]: row["error"] for row in run(source, "backup_errors", {"backup_ids": [1, 2, 4, 99]})}

    assert errors.keys() == {1, 2, 4}
    assert (errors[1], errors[4]) == ("disk full", None)
    assert len(errors[2]) == 4_005
    assert errors[2].startswith("начало ")
    assert errors[2].endswith(" конец")
