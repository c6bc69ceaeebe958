"""Every database is reached in one way: through a pooler too, and whatever a role or a database has set."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from sancrm_notifications import databases as ours

if TYPE_CHECKING:
    from tests.conftest import Databases
    from tests.pooler import Pooler

SETTINGS = ("DateStyle", "IntervalStyle", "jit", "statement_timeout", "lock_timeout", "standard_conforming_strings")


def shown(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return how the session of a connection is set."""
    names = [*SETTINGS, "idle_in_transaction_session_timeout", "transaction_isolation", "client_encoding"]
    rows = connection.execute(
        "select name, setting from pg_settings where lower(name) = any(%s)", [[name.lower() for name in names]]
    )
    return dict(rows.fetchall())


@pytest.fixture
def unusual(databases: Databases) -> str:
    """Return a database in which everything is set otherwise than we need it."""
    conninfo = databases.create()
    name = conninfo_to_dict(conninfo)["dbname"]
    for setting in (
        "DateStyle = 'German, DMY'",
        "IntervalStyle = 'sql_standard'",
        "standard_conforming_strings = off",
        "client_encoding = 'WIN1251'",
        "default_transaction_isolation = 'serializable'",
        "statement_timeout = '7s'",
        "lock_timeout = '3s'",
        "idle_in_transaction_session_timeout = '4s'",
        "transaction_timeout = '5s'",
        "bytea_output = 'escape'",
        "search_path = 'nowhere'",
        "timezone = 'Asia/Vladivostok'",
    ):
        databases.run(f'alter database "{name}" set {setting}')
    return conninfo


def test_a_transaction_is_set_as_we_need_it_whatever_the_database_says(unusual: str) -> None:
    with ours.connect(unusual, ours.Use(statement_seconds=20, lock_seconds=2)) as connection:
        assert shown(connection) == {
            "DateStyle": "ISO, DMY",
            "IntervalStyle": "postgres",
            "jit": "off",
            "statement_timeout": "20000",
            "lock_timeout": "2000",
            "idle_in_transaction_session_timeout": "40000",
            "standard_conforming_strings": "on",
            "transaction_isolation": "read committed",
            "client_encoding": "UTF8",
        }
        assert connection.execute("show transaction_timeout").fetchone() == ("0",)
        # A view may have been written for the zone and for the order of day and month.
        row = connection.execute(
            "select 'День ₽', '25.11.2026'::date, '2026-11-25 04:00+03'::timestamptz, current_setting('timezone')"
        ).fetchone()
    when = datetime.fromisoformat("2026-11-25 04:00+03:00")
    assert row == ("День ₽", when.date(), when, "Asia/Vladivostok")


def test_a_connection_for_reading_cannot_write(databases: Databases) -> None:
    conninfo = databases.create()
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), ours.connect(conninfo, ours.SOURCE) as connection:
        connection.execute("create table written (id integer)")


def test_what_a_connection_says_goes_before_our_defaults() -> None:
    known = conninfo_to_dict(ours._complete("host=db connect_timeout=3 keepalives_idle=7", ours.LEDGER))
    assert (known["connect_timeout"], known["keepalives_idle"], known["keepalives_count"]) == ("3", "7", "3")


def test_nothing_of_ours_stays_in_a_session_that_a_pooler_gives_to_others(databases: Databases, pooler: Pooler) -> None:
    direct = databases.create()
    conninfo = pooler.conninfo(direct)
    with closing(psycopg.connect(direct, client_encoding="UTF8")) as fresh:
        before = shown(fresh)
    # More often than psycopg needs to prepare a statement, were it not told not to.
    for _ in range(12):
        with ours.connect(conninfo, ours.Use(statement_seconds=20, lock_seconds=2)) as connection:
            for _ in range(12):
                connection.execute("select %s::integer", [1])
        with closing(psycopg.connect(conninfo, client_encoding="UTF8")) as other:
            assert shown(other) == before
            assert other.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)


def test_a_pooler_takes_no_options(databases: Databases, pooler: Pooler) -> None:
    """Hold the stand-in for clouds to what it is there for."""
    with pytest.raises(psycopg.OperationalError, match="unsupported startup parameter"):
        psycopg.connect(pooler.conninfo(databases.create()), options="-c jit=off")


def test_a_login_is_waited_for_longer_than_a_pooler_keeps_one_waiting(databases: Databases, pooler: Pooler) -> None:
    """Hear what the server said of a login: from a failed one on, PgBouncer keeps the next waiting so long."""
    with closing(psycopg.connect(pooler.conninfo(databases.conninfo("pgbouncer")), autocommit=True)) as console:
        config = {name: value for name, value, *_ in psycopg.ClientCursor(console).execute("show config").fetchall()}
    for use in (ours.LEDGER, ours.SOURCE):
        assert use.connect_seconds > int(config["server_login_retry"]) + 1
