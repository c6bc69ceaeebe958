"""The ledger's tables make themselves: once, whoever comes first, and never by halves."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications.ledger import schema
from sancrm_notifications.ledger.schema import SchemaError
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.text.message import Message
from tests.ledger.look import rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Databases

AT_ONCE = 8
SHAPE = """
    select relation.oid, relation.relname, relation.relkind, relation.relfilenode, relation.xmin::text
    from pg_class as relation
    where relation.relnamespace = 'notifications'::regnamespace
    order by relation.oid
"""


def upgrade(conninfo: str) -> None:
    """Upgrade as a process does that has just started."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        schema.upgrade(connection)


def versions(conninfo: str) -> list[int]:
    """Return the migrations that were applied, in order of time."""
    return [row["version"] for row in rows(conninfo, "select version from notifications.versions order by applied_at")]


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the migrations to add others to."""
    copied = tmp_path / "migrations"
    shutil.copytree(schema._MIGRATIONS, copied)
    monkeypatch.setattr(schema, "_MIGRATIONS", copied)
    return copied


def test_eight_that_start_at_once_make_the_tables_once(databases: Databases) -> None:
    conninfo = databases.create()
    together = threading.Barrier(AT_ONCE)

    def start(_: int) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            together.wait()
            schema.upgrade(connection)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(start, range(AT_ONCE))) == [None] * AT_ONCE

    assert versions(conninfo) == list(range(1, len(list(schema._MIGRATIONS.glob("*.sql"))) + 1))


def test_eight_that_store_at_once_into_an_empty_database_lose_nothing(databases: Databases) -> None:
    conninfo = databases.create()
    together = threading.Barrier(AT_ONCE)

    def start(number: int) -> None:
        period = f"2026-11-{number + 1:02}"
        together.wait()
        message = Message("network", "reports", "Сеть", "Сводка")
        store(conninfo, Batch("profitability_daily", period, period, timedelta(days=30)), [message])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(start, range(AT_ONCE)))

    assert rows(conninfo, "select count(*) as stored from notifications.messages") == [{"stored": AT_ONCE}]


def test_upgrading_again_changes_nothing(ledger: str) -> None:
    before = rows(ledger, SHAPE)
    assert before

    upgrade(ledger)

    assert rows(ledger, SHAPE) == before


def test_upgrading_again_costs_two_readings_and_waits_for_nobody(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with (
        psycopg.connect(ledger) as other,
        psycopg.connect(ledger, autocommit=True, options="-c lock_timeout=1s -c statement_timeout=5s") as connection,
    ):
        other.execute("select pg_advisory_xact_lock(%s)", (schema._LOCK,))
        other.execute("lock table notifications.messages in access exclusive mode")
        execute = connection.execute

        def noted(statement: Any, *more: Any) -> Any:
            said.append(str(statement))
            return execute(statement, *more)

        monkeypatch.setattr(connection, "execute", noted)
        schema.upgrade(connection)

    assert len(said) == 2
    assert all(statement.startswith("select ") for statement in said)


def test_an_older_ledger_gets_only_what_it_lacks_and_keeps_its_rows(ledger: str, migrations: Path) -> None:
    done = versions(ledger)
    rows(ledger, "insert into notifications.servers values ('http://server.example/bot', now())")
    (migrations / "900_more.sql").write_text("alter table notifications.servers add column note text;")

    upgrade(ledger)

    assert versions(ledger) == [*done, len(done) + 1]
    assert [row["note"] for row in rows(ledger, "select note from notifications.servers")] == [None]


def test_a_migration_that_fails_leaves_nothing_half_done(ledger: str, migrations: Path) -> None:
    done = versions(ledger)
    before = rows(ledger, SHAPE)
    (migrations / "900_good.sql").write_text("create table notifications.good (id integer);")
    broken = migrations / "901_broken.sql"
    broken.write_text("create table notifications.half (id integer); select 1 / 0;")

    with pytest.raises(psycopg.errors.DivisionByZero):
        upgrade(ledger)
    assert versions(ledger) == done
    assert rows(ledger, SHAPE) == before

    broken.write_text("create table notifications.whole (id integer);")
    upgrade(ledger)
    assert versions(ledger) == [*done, len(done) + 1, len(done) + 2]


def test_an_older_program_says_that_it_is_older(ledger: str) -> None:
    known = len(versions(ledger))
    rows(ledger, "insert into notifications.versions (version) values (%(newer)s)", newer=known + 1)

    with pytest.raises(
        SchemaError, match=f"have version {known + 1}, and this program knows them up to {known}: it is"
    ):
        store(ledger, Batch("profitability_daily", "2026-11-20", "day", timedelta(days=30)), [])


def test_a_newer_program_that_may_not_upgrade_says_what_the_role_needs(
    ledger: str, databases: Databases, migrations: Path
) -> None:
    databases.run("drop role if exists ledger_reader")
    databases.run("create role ledger_reader login")
    rows(ledger, "grant usage on schema notifications to ledger_reader")
    rows(ledger, "grant select, insert, update, delete on all tables in schema notifications to ledger_reader")
    as_reader = psycopg.conninfo.make_conninfo(ledger, user="ledger_reader")
    done = versions(ledger)
    upgrade(as_reader)
    (migrations / "900_more.sql").write_text("alter table notifications.servers add column note text;")

    with pytest.raises(
        SchemaError, match="the role ledger_reader may not bring the ledger's tables to version"
    ) as told:
        upgrade(as_reader)

    assert "it must own the schema notifications and its tables" in str(told.value)
    assert versions(ledger) == done
    rows(ledger, "drop owned by ledger_reader")


def test_an_upgrade_does_not_stand_in_everybodys_way_when_somebody_holds_the_tables(
    ledger: str, migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_LONGEST_LOCK_WAIT", "200ms")
    (migrations / "900_more.sql").write_text("alter table notifications.messages add column note text;")
    done = versions(ledger)
    with psycopg.connect(ledger) as other:
        other.execute("select count(*) from notifications.messages")
        with pytest.raises(SchemaError, match="another transaction holds them"):
            upgrade(ledger)
    assert versions(ledger) == done

    upgrade(ledger)
    assert versions(ledger) == [*done, len(done) + 1]


def test_a_first_migration_that_fails_leaves_an_empty_database(databases: Databases, migrations: Path) -> None:
    conninfo = databases.create()
    (migrations / "000_broken.sql").write_text("create table notifications.half (id integer); select 1 / 0;")

    with pytest.raises(psycopg.errors.DivisionByZero):
        upgrade(conninfo)

    assert rows(conninfo, "select to_regnamespace('notifications') as made") == [{"made": None}]
