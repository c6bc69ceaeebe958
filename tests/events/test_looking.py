"""No event is lost, none is noted twice, and what is older than the switching on is nobody's news."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from sancrm_notifications.events.looking import Looking
from sancrm_notifications.events.rules import GREATEST_LATENESS, LONGEST_PAUSE, SETTLE
from sancrm_notifications.ledger import feeds
from sancrm_notifications.ledger.erasing import erase
from tests.events.conftest import FEED

WRITERS = 8
EVENTS = 2_500
ROLLED_BACK = 0.1


def execute(conninfo: str, statement: str, *values: object) -> list[Any]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def noted(ledger: str) -> list[tuple[Any, ...]]:
    """Return the keys of all events that were noted."""
    return execute(ledger, "select event_id, recorded_at from notifications.seen_events order by 1, 2")


def record(crm: str, age: timedelta = timedelta(), **values: Any) -> None:
    """Record an event so long ago."""
    row = {"repair_id": 1, "old_status": "В работе", "new_status": "Готов", **values}
    names, binds = ", ".join(row), ", ".join(["%s"] * len(row))
    execute(
        crm,
        f"insert into reporting.repair_events ({names}, recorded_at) values ({binds}, clock_timestamp() - %s)",
        *row.values(),
        age,
    )


class Writer(threading.Thread):
    """A client of the CRM: transactions of some events each, that end late and sometimes not at all."""

    def __init__(self, crm: str, number: int, events: int) -> None:
        super().__init__()
        self._crm, self._events = crm, events
        self._chance = random.Random(number)  # noqa: S311 - no secret

    def run(self) -> None:
        """Write so many events that are committed."""
        insert = "insert into reporting.repair_events (repair_id) select %s from generate_series(1, %s)"
        left = self._events
        with psycopg.connect(self._crm) as connection:
            while left > 0:
                number = min(left, self._chance.randint(1, 12))
                connection.execute(insert, (self._chance.randint(1, 50), number))
                time.sleep(self._chance.choice([0, 0.002, 0.02, 0.15]))
                if self._chance.random() < ROLLED_BACK:
                    connection.rollback()
                else:
                    connection.commit()
                    left -= number


def test_of_what_eight_writers_commit_late_and_out_of_order_nothing_is_lost_or_noted_twice(events_crm, ledger, looking):
    writers = [Writer(events_crm, number, EVENTS // WRITERS) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    new = 0
    # Another process looks too: after a triggerer is replaced its former copy may still be there.
    other = Looking(events_crm, ledger, FEED)
    while any(writer.is_alive() for writer in writers):
        new += looking.look().new + other.look().new
    new += looking.look().new
    other.close()
    committed = execute(events_crm, "select event_id, recorded_at from reporting.repair_events order by 1, 2")
    assert len(committed) == EVENTS // WRITERS * WRITERS
    highest = -1
    late = 0
    for event_id, _ in sorted(committed, key=lambda event: event[1]):
        late += event_id < highest
        highest = max(highest, event_id)
    assert late > len(committed) / 4, "the writers did not write out of order"
    assert noted(ledger) == committed
    assert new == len(committed)


def test_what_was_recorded_before_the_first_look_is_not_noted(events_crm, ledger):
    record(events_crm)
    first = Looking(events_crm, ledger, FEED)
    assert first.look().new == 0
    assert first.look().new == 0
    record(events_crm)
    assert first.look().new == 1
    first.close()


def test_a_crm_whose_clock_is_an_hour_wrong_is_compared_with_itself(events_crm, ledger, looking):
    # As if the CRM's clock had been an hour behind when it was switched on: everything is by that clock.
    execute(ledger, "update notifications.feeds set switched_on_at = switched_on_at - interval '1 hour'")
    record(events_crm, timedelta(minutes=5))
    assert looking.look().new == 1
    ((age,),) = execute(
        ledger, "select extract(epoch from clock_timestamp() - happened_at)::float from notifications.seen_events"
    )
    assert age == pytest.approx(300, abs=5)


def test_what_becomes_visible_a_day_late_comes_with_the_long_look(events_crm, ledger, looking):
    execute(ledger, "update notifications.feeds set switched_on_at = switched_on_at - interval '2 days'")
    looking.look()
    record(events_crm, timedelta(minutes=16))
    record(events_crm, GREATEST_LATENESS - timedelta(minutes=1))
    record(events_crm, GREATEST_LATENESS + timedelta(minutes=1))
    assert looking.look().new == 0
    execute(ledger, "update notifications.feeds set long_looked_at = long_looked_at - interval '11 minutes'")
    assert looking.look().new == 2


def test_a_restored_crm_counts_anew_and_is_heard(events_crm, ledger, looking):
    record(events_crm, event_id=7)
    assert looking.look().new == 1
    execute(events_crm, "delete from reporting.repair_events")
    record(events_crm, event_id=7)
    assert looking.look().new == 1
    assert len(noted(ledger)) == 2


def test_a_status_is_due_when_it_has_lasted_and_a_comment_at_once(events_crm, ledger, looking):
    record(events_crm)
    assert not looking.look().is_any_due
    record(events_crm, kind="comment")
    assert looking.look().is_any_due
    rows = execute(
        ledger,
        "select kind, extract(epoch from due_at - clock_timestamp())::float from notifications.seen_events order by 1",
    )
    assert dict(rows)["status"] == pytest.approx(SETTLE.total_seconds(), abs=3)


def test_what_becomes_visible_late_is_still_looked_at_for_half_of_the_time(events_crm, ledger, looking):
    execute(ledger, "update notifications.feeds set switched_on_at = switched_on_at - interval '2 days'")
    record(events_crm, timedelta(minutes=10))
    looking.look()
    ((left,),) = execute(
        ledger, "select extract(epoch from due_at - clock_timestamp())::float from notifications.seen_events"
    )
    assert left == pytest.approx(SETTLE.total_seconds() / 2, abs=3)


def test_off_and_on_again_begins_anew(events_crm, ledger, looking):
    record(events_crm)
    looking.look()
    looking.note_woken(is_woken=True)
    assert not looking.begin_anew_after(LONGEST_PAUSE)
    execute(ledger, "update notifications.feeds set woken_at = woken_at - interval '16 minutes'")
    record(events_crm)
    assert looking.begin_anew_after(LONGEST_PAUSE)
    assert looking.look().new == 0
    assert execute(ledger, "select outcome from notifications.seen_events") == [("switched_off",)]
    record(events_crm)
    assert looking.look().new == 1
    looking.note_woken(is_woken=False)
    assert not looking.begin_anew_after(LONGEST_PAUSE)


def test_a_person_may_ask_for_what_was_recorded_before_and_nothing_comes_twice(events_crm, ledger):
    record(events_crm, timedelta(hours=30))
    record(events_crm, timedelta(hours=2))
    asking = Looking(events_crm, ledger, FEED)
    asking.look()
    ((since,),) = execute(events_crm, "select now() - interval '3 hours'")
    assert asking.look(since=since).new == 1
    assert asking.look(since=since).new == 0
    assert asking.look(since=since - timedelta(days=2)).new == 1
    asking.close()


def test_what_is_new_does_not_wait_behind_what_a_person_has_asked_for_from_before(events_crm, ledger):
    for repair_id in range(1, 6):
        record(events_crm, timedelta(hours=30), repair_id=repair_id)
    asking = Looking(events_crm, ledger, FEED)
    asking.look()
    ((since,),) = execute(events_crm, "select now() - interval '2 days'")
    assert asking.look(since=since).new == 5
    record(events_crm, repair_id=6)
    assert asking.look().new == 1
    asking.close()
    execute(
        ledger, "update notifications.seen_events set due_at = clock_timestamp() - make_interval(secs => 7 - repair_id)"
    )
    with psycopg.connect(ledger) as connection:
        due = [event.repair_id for event in feeds.due_events(connection, FEED, 3)]
    assert due == [6, 1, 2]


def test_connections_that_are_cut_are_made_anew(databases, events_crm, looking):
    record(events_crm)
    databases.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%events'")
    with pytest.raises(psycopg.OperationalError):
        looking.look()
    for _ in range(2):
        try:
            found = looking.look().new
            break
        except psycopg.OperationalError:
            continue
    assert found == 1


def test_a_look_reads_the_index_and_nothing_else(events_crm):
    from pathlib import Path

    from sancrm_notifications.crm import repair_events

    statement = Path(repair_events.__file__).with_suffix(".sql").read_bytes()
    execute(
        events_crm,
        "insert into reporting.repair_events (repair_id, recorded_at)"
        " select n, now() - n * interval '1 minute' from generate_series(1, 20000) as n",
    )
    execute(events_crm, "analyze reporting.repair_events")
    with psycopg.connect(events_crm) as connection:
        values = {"look_back": timedelta(minutes=15), "since": "-infinity", "most": 1000}
        plan = connection.execute(b"explain (analyze, format json) " + statement, values).fetchone()
    assert plan is not None
    assert "Seq Scan" not in str(plan)
    assert plan[0][0]["Plan"]["Actual Rows"] < 20


def test_a_crm_without_events_switches_nothing_on(databases, ledger):
    nothing = Looking(databases.create(), ledger, FEED)
    with pytest.raises(psycopg.errors.UndefinedTable):
        nothing.look()
    assert execute(ledger, "select count(*) from notifications.feeds") == [(0,)]


def test_what_was_decided_long_ago_is_forgotten_and_what_is_open_stays(events_crm, ledger, looking):
    for repair_id in (1, 2, 3):
        record(events_crm, repair_id=repair_id)
    looking.look()
    execute(
        ledger,
        "update notifications.seen_events set recorded_at = recorded_at - interval '40 days',"
        " outcome = case when repair_id <> 2 then 'nobody' end,"
        " decided_at = case repair_id when 1 then now() - interval '31 days' when 3 then now() end",
    )
    erase(ledger, timedelta(days=30))
    assert execute(ledger, "select repair_id from notifications.seen_events order by 1") == [(2,), (3,)]


class TestWithoutEvents:
    """A CRM that shows no repair_events: its repairs themselves are asked."""

    INDEXES = (
        "create index on reporting.repairs (status_changed_at)",
        "create index on reporting.repairs (created_at)",
    )

    @pytest.fixture
    def crm(self, databases) -> str:
        conninfo: str = databases.create()
        execute(conninfo, "create schema reporting")
        execute(
            conninfo,
            "create table reporting.repairs (repair_id bigint, status text, created_at timestamptz,"
            " status_changed_at timestamptz)",
        )
        return conninfo

    def take_in(self, crm: str, repair_id: int, age: timedelta = timedelta()) -> None:
        execute(
            crm,
            "insert into reporting.repairs values (%s, 'Новый', clock_timestamp() - %s, clock_timestamp() - %s)",
            repair_id,
            age,
            age,
        )

    def move(self, crm: str, repair_id: int, status: str) -> None:
        execute(
            crm,
            "update reporting.repairs set status = %s, status_changed_at = clock_timestamp() where repair_id = %s",
            status,
            repair_id,
        )

    def test_what_is_taken_in_and_each_status_is_noted_once(self, crm, ledger):
        for index in self.INDEXES:
            execute(crm, index)
        self.take_in(crm, 1, timedelta(days=3))
        asking = Looking(crm, ledger, FEED)
        asking.look()
        assert asking.look().new == 0
        self.take_in(crm, 2)
        self.move(crm, 1, "В работе")
        assert asking.look().new == 2
        assert asking.look().new == 0
        execute(crm, "update reporting.repairs set created_at = created_at - interval '2 seconds'")
        self.move(crm, 1, "Готов")
        self.move(crm, 2, "В работе")
        assert asking.look().new == 2
        rows = execute(ledger, "select repair_id, kind, new_status from notifications.seen_events order by recorded_at")
        assert rows == [
            (2, "created", "Новый"),
            (1, "status", "В работе"),
            (1, "status", "Готов"),
            (2, "status", "В работе"),
        ]
        asking.close()

    @pytest.mark.parametrize("indexes", [(), INDEXES[:1], INDEXES[1:]])
    def test_without_an_index_nothing_is_switched_on(self, crm, ledger, indexes):
        for index in indexes:
            execute(crm, index)
        asking = Looking(crm, ledger, FEED)
        with pytest.raises(psycopg.errors.UndefinedTable, match="repair_events"):
            asking.look()
        assert execute(ledger, "select count(*) from notifications.feeds") == [(0,)]
        asking.close()
