"""An index on a long history is built while deliveries go on, once, and by whoever comes after one that was killed."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.ledger import schema
from sancrm_notifications.ledger.indexes import build_indexes, pending_indexes
from sancrm_notifications.ledger.reading import reading
from tests.desk import DAY, report
from tests.ledger.look import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Databases
    from tests.desk import Desk
    from tests.pooler import Pooler

INDEX = "messages_by_chat"
FILE = f"""-- concurrently: {INDEX}
create index concurrently if not exists {INDEX} on notifications.messages (chat_id, message_id);
"""
PATIENCE_SECONDS = 20.0
# Builds the index as a task does that may be killed.
BUILDER = """
import sys, pathlib
from sancrm_notifications.ledger import indexes, schema
schema._MIGRATIONS = pathlib.Path(sys.argv[2])
indexes.build_indexes(sys.argv[1])
"""


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the migrations with one more, which builds an index."""
    copied = tmp_path / "migrations"
    shutil.copytree(schema._MIGRATIONS, copied)
    (copied / "900_index.sql").write_text(FILE)
    monkeypatch.setattr(schema, "_MIGRATIONS", copied)
    return copied


def pending(conninfo: str) -> list[str]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return pending_indexes(connection)


def is_valid(conninfo: str) -> bool | None:
    """Tell whether the index can be used; None: there is none."""
    found = rows(
        conninfo,
        "select indisvalid from pg_index where indexrelid = to_regclass(%(name)s)",
        name=f"notifications.{INDEX}",
    )
    return found[0]["indisvalid"] if found else None


def until(holds: Callable[[], bool]) -> None:
    """Wait until something can be seen in the database."""
    given_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < given_up_at
        time.sleep(0.02)


@contextmanager
def held_table(conninfo: str) -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has written to the table: the index waits for its end."""
    with psycopg.connect(conninfo) as other:
        other.execute("update notifications.messages set label = label where false")
        yield other


def building(conninfo: str) -> list[int]:
    """Return the PostgreSQL processes that build the index now."""
    found = rows(
        conninfo,
        "select pid from pg_stat_activity where query like %(begins)s and state = 'active' and pid <> pg_backend_pid()"
        " and datname = current_database()",
        begins="-- concurrently:%",
    )
    return [row["pid"] for row in found]


def test_an_upgrade_leaves_it_and_whoever_has_the_time_builds_it(ledger: str, migrations: Path) -> None:
    assert migrations
    schema.upgrade_at(ledger)
    assert pending(ledger) == [INDEX]
    assert is_valid(ledger) is None

    assert build_indexes(ledger) == [INDEX]

    assert is_valid(ledger) is True
    assert pending(ledger) == []
    assert build_indexes(ledger) == []


def test_pages_read_a_ledger_whose_last_index_is_still_to_be_built(ledger: str, migrations: Path) -> None:
    assert migrations.exists()
    with reading(ledger) as connection:
        assert connection.execute("select count(*) as messages from notifications.messages").fetchone() is not None
    assert pending(ledger) == [INDEX]


def test_a_ledger_made_just_now_has_it_at_once(databases: Databases, migrations: Path) -> None:
    assert migrations
    conninfo = databases.create()
    schema.upgrade_at(conninfo)
    assert is_valid(conninfo) is True
    assert pending(conninfo) == []


def test_what_comes_after_it_does_not_wait_for_it(ledger: str, migrations: Path) -> None:
    (migrations / "901_more.sql").write_text("alter table notifications.servers add column note text;")
    schema.upgrade_at(ledger)
    assert rows(ledger, "select note from notifications.servers") == []
    assert pending(ledger) == [INDEX]
    build_indexes(ledger)
    assert pending(ledger) == []


def test_of_two_that_build_at_once_one_does(ledger: str, migrations: Path) -> None:
    assert migrations
    together = threading.Barrier(2)

    def start(_: int) -> list[str]:
        together.wait()
        schema.upgrade_at(ledger)
        return build_indexes(ledger)

    with ThreadPoolExecutor(2) as pool, held_table(ledger) as other:
        both = pool.map(start, range(2))
        until(lambda: bool(building(ledger)))
        other.rollback()
        assert sorted(both) == [[], [INDEX]]

    assert is_valid(ledger) is True
    assert pending(ledger) == []


def test_one_that_was_killed_is_not_disturbed_while_postgresql_still_builds(ledger: str, migrations: Path) -> None:
    with held_table(ledger) as other:
        _killed_while_building(ledger, migrations)
        assert build_indexes(ledger) == []
        other.rollback()
        until(lambda: not building(ledger))

    # PostgreSQL has made it, and nobody has noted that.
    assert is_valid(ledger) is True
    assert pending(ledger) == [INDEX]
    until(lambda: build_indexes(ledger) == [INDEX])
    assert pending(ledger) == []


def test_what_was_left_half_built_is_made_anew(ledger: str, migrations: Path) -> None:
    with held_table(ledger):
        _killed_while_building(ledger, migrations)
        for pid in building(ledger):
            rows(ledger, "select pg_terminate_backend(%(pid)s)", pid=pid)
        until(lambda: not building(ledger))
    assert is_valid(ledger) is False
    assert pending(ledger) == [INDEX]

    assert build_indexes(ledger) == [INDEX]

    assert is_valid(ledger) is True
    assert pending(ledger) == []


def _killed_while_building(ledger: str, migrations: Path) -> None:
    plugins = str(Path(schema.__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": plugins}
    process = subprocess.Popen([sys.executable, "-c", BUILDER, ledger, str(migrations)], env=environment)
    until(lambda: bool(building(ledger)))
    process.kill()
    process.wait()


def test_deliveries_go_on_while_the_index_waits_for_another_transaction(desk: Desk, migrations: Path) -> None:
    assert migrations
    desk.store(report("branch:1", "Первый"))
    with ThreadPoolExecutor(1) as pool, held_table(desk.conninfo) as other:
        built = pool.submit(build_indexes, desk.conninfo)
        until(lambda: bool(building(desk.conninfo)))

        desk.store(report("branch:2", "Второй"))
        assert asyncio.run(asyncio.wait_for(desk.delivering(DAY), PATIENCE_SECONDS)) == {"sent": 2}

        assert not built.done()
        assert building(desk.conninfo)
        other.rollback()
        assert built.result(PATIENCE_SECONDS) == [INDEX]
    assert desk.texts() == ["Первый", "Второй"]


def test_a_pooler_is_no_hindrance(ledger: str, migrations: Path, pooler: Pooler) -> None:
    assert migrations
    assert build_indexes(pooler.conninfo(ledger)) == [INDEX]
    assert is_valid(ledger) is True


def test_each_file_that_builds_an_index_says_which_and_does_nothing_else() -> None:
    files = sorted(schema._MIGRATIONS.glob("*.sql"))
    assert files
    for file in files:
        text = file.read_text()
        name = schema.index_of(file)
        assert bool(name) == ("concurrently" in text)
        assert not name or re.search(rf"^create index concurrently if not exists {name}\s+on ", text, re.MULTILINE)
        assert not name or text.count(";") == 1
