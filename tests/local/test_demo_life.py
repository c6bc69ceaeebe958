"""The demo CRM lives: what happens is an event, the contract holds, and a repair's status is its last event's."""

from __future__ import annotations

import random
from datetime import date

import psycopg
from psycopg.rows import dict_row

from local.demo_crm import DemoCrm, DemoSize
from local.demo_life import Life, main
from sancrm_notifications.contract import check

SIZE = DemoSize(repairs=300, branches=2, days=30, until=date(2026, 10, 31))


def test_repairs_come_move_on_and_are_spoken_of(databases):
    with psycopg.connect(databases.create(), autocommit=True, row_factory=dict_row) as connection:
        with psycopg.connect(connection.info.dsn) as plain:
            DemoCrm(plain).create(SIZE)
        life = Life(connection, random.Random(7))  # noqa: S311 - no secret
        (before,) = connection.execute("select max(recorded_at) as at from crm.repair_events").fetchall()
        steps = [life.step() for _ in range(60)]
        lived = connection.execute(
            "select * from reporting.repair_events where recorded_at > %s order by event_id", (before["at"],)
        ).fetchall()
        assert len(lived) == len(steps)
        assert {event["kind"] for event in lived} == {"created", "status", "comment"}
        present = {row["repair_id"]: row["status"] for row in connection.execute("select * from reporting.repairs")}
        last = {event["repair_id"]: event["new_status"] for event in lived if event["kind"] != "comment"}
        assert {repair_id: present[repair_id] for repair_id in last} == last
        with psycopg.connect(connection.info.dsn) as plain:
            assert check(plain) == []


def test_a_regular_customer_has_one_tool_after_the_other_repaired(databases):
    with psycopg.connect(databases.create(), autocommit=True, row_factory=dict_row) as connection:
        with psycopg.connect(connection.info.dsn) as plain:
            DemoCrm(plain).create(SIZE)
        regular = 7
        connection.execute("update crm.repairs set customer_id = 8 where customer_id = %s", (regular,))
        life = Life(connection, random.Random(7))  # noqa: S311 - no secret
        (before,) = connection.execute("select max(event_id) as last from crm.repair_events").fetchall()
        for _ in range(40):
            life.step(regular)
        lived = connection.execute(
            "select events.*, repairs.customer_id from reporting.repair_events as events"
            " inner join reporting.repairs as repairs using (repair_id) where event_id > %s order by event_id",
            (before["last"],),
        ).fetchall()
        assert {event["customer_id"] for event in lived} == {regular}
        taken_in = [event for event in lived if event["kind"] == "created"]
        closed = [event for event in lived if event["new_status"] in {"Выдан", "Выдан без ремонта"}]
        assert len(lived) == 40
        assert len(taken_in) > 1
        assert len(taken_in) - len(closed) in {0, 1}


def test_now_and_then_something_happens_to_the_regular_customer(databases, monkeypatch):
    dsn = databases.create()
    with psycopg.connect(dsn) as connection:
        DemoCrm(connection).create(SIZE)
    whose: list[int | None] = []

    def step(_: Life, customer_id: int | None) -> str:
        whose.append(customer_id)
        return "nothing"

    monkeypatch.setattr(Life, "step", step)
    monkeypatch.setattr("time.sleep", lambda _: None)
    main([dsn, "--every", "30", "--steps", "7", "--regular", "7"])
    assert whose == [None, None, 7, None, None, 7, None]


def test_the_command_ends_after_its_steps(databases, capsys):
    dsn = databases.create()
    with psycopg.connect(dsn) as connection:
        DemoCrm(connection).create(SIZE)
    main([dsn, "--every", "0", "--steps", "3"])
    assert len(capsys.readouterr().out.splitlines()) == 3
