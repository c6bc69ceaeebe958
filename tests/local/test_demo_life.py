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


def test_the_command_ends_after_its_steps(databases, capsys):
    dsn = databases.create()
    with psycopg.connect(dsn) as connection:
        DemoCrm(connection).create(SIZE)
    main([dsn, "--every", "0", "--steps", "3"])
    assert len(capsys.readouterr().out.splitlines()) == 3
