"""Each question answers itself at a tiny size, doing the work it claims to measure."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from benchmarks import (
    bulk,
    daily_query,
    delivery_memory,
    events,
    formatting,
    longer_periods,
    parsing,
    pictures,
    report_query,
    unusual,
    whole_run,
)
from benchmarks.crm_databases import LAST_ON
from benchmarks.delivering import chat_id
from benchmarks.demo_airflow import AirflowRun, TaskTime
from benchmarks.ledgers import Ledgers, batch, messages
from benchmarks.stand_in import stand_in
from local import demo_crm
from sancrm_notifications.schedule.periods import Kind

if TYPE_CHECKING:
    from tests.conftest import Databases

ROOT = Path(__file__).parents[2]


def _tiny_crm(connection: psycopg.Connection) -> None:
    size = demo_crm.DemoSize(repairs=400, branches=2, repairs_per_day=10, details_days=1, until=LAST_ON)
    demo_crm.DemoCrm(connection).create(size)


@pytest.fixture
def crm(databases: Databases) -> str:
    return databases.create(databases.template("benchmark_crm", _tiny_crm))


@pytest.fixture
def ledgers(databases: Databases) -> Ledgers:
    return Ledgers(databases.conninfo)


def test_the_daily_query_is_measured_on_each_size_and_against_the_smallest(crm):
    answer = daily_query.compare({400: crm, 900: crm}, 2, 1)

    assert [row.what for row in answer.rows] == [
        "daily query, 400 repairs",
        "daily query, 900 repairs",
        "daily query, 900 repairs",
        "what is usual (28 days), 900 repairs",
    ]
    assert [row.limit and row.limit.at_most for row in answer.rows] == [None, 50, 1.2, 250]
    assert answer.rows[2].beside == "daily query, 400 repairs"
    assert all(row.measured.median > 0 for row in answer.rows)


def test_what_is_unusual_is_counted_in_quiet_reports_and_with_faults(crm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unusual, "QUIET_DAYS", 10)
    monkeypatch.setattr(unusual, "HISTORY_DAYS", 20)

    found = unusual.in_network(crm)
    answer = unusual.compare({"large": [found], "small": [found]})

    assert set(found.planted) == set(unusual.FAULTS)
    assert [row.limit and row.limit.at_most for row in answer.rows] == [1, 10, 1, None]
    assert answer.remarks[0].startswith("Named, branches of 25 repairs a day: a till not closed 0 of ")


def test_longer_periods_are_held_against_the_smallest_history_that_has_them(crm):
    sizes = {100_000: crm, 1_000_000: crm, 10_000_000: crm}

    answer = longer_periods.compare(sizes, 1)

    limited = [(row.what, row.beside) for row in answer.rows if row.limit]
    assert limited == [
        ("weekly query (28 days), 10,000,000 repairs", "weekly query (28 days), 100,000 repairs"),
        ("monthly query (396 days), 10,000,000 repairs", "monthly query (396 days), 1,000,000 repairs"),
    ]


def test_the_query_measured_reads_the_last_whole_period_of_the_data():
    assert report_query.last_period(Kind.DAILY).last_on == LAST_ON
    assert report_query.last_period(Kind.WEEKLY).last_on == LAST_ON - timedelta(days=6)
    assert report_query.last_period(Kind.MONTHLY).last_on == LAST_ON


def test_formatting_writes_every_branch():
    answer = formatting.compare(3, 1)

    assert [row.what.split()[0] for row in answer.rows] == ["daily", "weekly", "monthly"]
    assert all(row.limit and row.limit.at_most == 1000 for row in answer.rows)
    assert len(formatting.plain_texts(formatting.query_rows(report_query.last_period(Kind.DAILY), 3))) == 8


@pytest.mark.timeout(180)
def test_parsing_is_measured_fresh_and_forked(tmp_path):
    answer = parsing.compare(tmp_path, 1, 1)

    fresh, forked = answer.rows
    assert fresh.limit is not None
    assert forked.limit is None
    assert forked.measured.median < fresh.measured.median


def test_delivery_is_measured_to_the_last_message(ledgers):
    answer = delivery_memory.compare(ledgers, (2, 4), 1)

    memory, growth, *speeds = answer.rows
    assert memory.limit is not None
    assert memory.ratio is not None
    assert memory.ratio == pytest.approx(1, abs=0.3)
    assert growth.measured.unit == "MB"
    assert [row.what for row in speeds] == [
        "delivering 2 messages without limits",
        "delivering 4 messages without limits",
    ]


def test_a_delivery_that_loses_messages_is_no_measurement(ledgers):
    conninfo = ledgers.fresh(2)
    with stand_in([chat_id("branch:0")], limits=False) as telegram, pytest.raises(ValueError, match="of 2 messages"):
        delivery_memory._run(conninfo, 2, telegram.base_url)


def test_a_fresh_ledger_has_all_messages_waiting(ledgers):
    for _ in range(2):
        with psycopg.connect(ledgers.fresh(3)) as connection:
            states = connection.execute("select state, count(*) from notifications.messages group by state").fetchall()
            assert states == [("stored", 3)]
            connection.execute("delete from notifications.messages")
    assert len(list(messages(3))) == 3
    assert batch(3).name == "benchmark/3"


def test_the_time_of_a_run_is_its_tasks_and_the_waiting_between_them():
    tasks = [TaskTime("compute", 1.0, 3.0), TaskTime("count_doubts", 1.5, 2.5), TaskTime("deliver", 4.0, 6.0)]

    spent = whole_run._spent(AirflowRun(5.5, tasks))

    assert spent == {"compute": 2.0, "count_doubts": 1.0, "deliver": 2.0, "waiting for tasks to begin": 2.0}


def test_every_question_is_a_file_of_its_own():
    source = (ROOT / "benchmarks" / "__main__.py").read_text(encoding="utf-8")
    named = re.search(r"^QUESTIONS = \((.*?)\)$", source, re.MULTILINE | re.DOTALL)
    assert named is not None
    names = re.findall(r'"(\w+)"', named.group(1))
    asking = {file.stem for file in (ROOT / "benchmarks").glob("*.py") if "def measure(" in file.read_text("utf-8")}
    assert asking == set(names)


def test_looks_read_the_look_back_and_every_message_is_written(databases: Databases):
    sizes = {number: events.filled(databases.server, number) for number in (1_000, 2_000)}
    rows = events.looks(sizes, 3)
    assert [(row.what, row.limit and row.limit.at_most) for row in rows] == [
        ("a look beside 1,000 events", 50),
        ("a look beside 2,000 events", 50),
        ("a look beside 2,000 events", 1.2),
    ]
    for number, (_, ledger) in sizes.items():
        with psycopg.connect(ledger) as connection:
            (row,) = connection.execute("select count(*) from notifications.seen_events")
            # The first look goes back a day.
            assert row[0] == number
    own = events.written(24, 1)
    assert [row.limit and row.limit.at_most for row in own] == [2000, 2000]


@pytest.mark.timeout(180)
def test_bulk_and_questions_are_measured_to_the_last_of_both(databases: Databases):
    found = bulk.measured(databases.create(), 90)
    assert len(found.bulk) == 90
    # Thirty a second: the bound is what the measurement cannot be faster than.
    assert found.seconds >= found.bound * 0.9 > 0
    assert len(found.waits) == len(found.asked) >= 2
    assert found.p99 == max(found.waits)


def test_a_picture_is_drawn_in_a_process_of_its_own_and_has_a_size():
    time_row, size, memory = pictures.compare((3,), 1).rows
    assert time_row.base is not None
    assert time_row.measured.median > time_row.base.median > 0
    assert 1 < size.measured.median < pictures.LARGEST_KB
    assert memory.measured.median > 0
