"""Makes and upgrades the ledger's tables, safely when several processes start at once.

A migration is a file of ``migrations/``; its place in their order is its version.  What changes tables or rows is done
in one transaction by whoever comes first.  An index on a long history would keep deliveries waiting there: its file
begins with ``-- concurrently: <index>``, holds one ``create index concurrently if not exists``, and is left to
``indexes.py``, except in a ledger made just now.  No statement needs such an index to be right, only to be quick, and
no other migration may rely on it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import errors

from sancrm_notifications import databases

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x5A4C_4544  # any number that nobody else in this database uses
# A change of tables waits no longer for whoever holds them: all deliveries stand in line behind it meanwhile.
_LONGEST_LOCK_WAIT = "5s"
_CONCURRENTLY = re.compile(r"-- concurrently: (\w+)\n")


class SchemaError(psycopg.Error):
    """The ledger's tables and this program do not fit together: why, and what to do about it."""

    def __init__(self, fault: str, remedy: str) -> None:
        super().__init__(f"{fault}: {remedy}")
        self.fault = fault
        self.remedy = remedy


def upgrade(connection: psycopg.Connection) -> None:
    """Bring the schema ``notifications`` to this package's version; when nothing is to be done, by two cheap queries.

    Indexes that are to be built concurrently are left, except in a ledger made just now.

    :raises SchemaError: a newer program has made the tables, this role may not change them, or somebody holds them
    """
    files = migrations()
    with understood(connection):
        done = applied(connection)
        if max(done, default=0) > len(files):
            raise SchemaError(
                f"the ledger's tables have version {max(done)}, and this program knows them up to {len(files)}",
                "it is older than the program that has upgraded them; install the same version of the package on every"
                " machine and restart what still runs the older one",
            )
        if any(index_of(file) is None for version, file in files.items() if version not in done):
            with connection.transaction():
                _apply(connection, files)


def upgrade_at(conninfo: str) -> None:
    """Upgrade over a connection of its own; see :func:`upgrade`.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)


def database_version(connection: psycopg.Connection) -> int:
    """Return the version whose tables the database has; 0: there is no ledger.

    An index that is still to be built is no lack, whatever its place among the migrations.
    """
    done = applied(connection)
    if not done:
        return 0
    missing = [version for version, file in migrations().items() if version not in done and index_of(file) is None]
    return min(missing) - 1 if missing else max(*done, package_version())


def package_version() -> int:
    """Return how many migrations this package has."""
    return len(migrations())


def migrations() -> dict[int, Path]:
    """Return the files by their versions."""
    return dict(enumerate(sorted(_MIGRATIONS.glob("*.sql")), start=1))


def index_of(file: Path) -> str | None:
    """Return the name of the index that a migration builds concurrently, None for every other migration."""
    first = _CONCURRENTLY.match(file.read_text(encoding="utf-8"))
    return first[1] if first else None


def applied(connection: psycopg.Connection) -> set[int]:
    """Return the versions of the migrations that the database has."""
    if not answer(connection, "select to_regclass('notifications.versions') is not null"):
        return set()
    return set(answer(connection, "select coalesce(array_agg(version), '{}') from notifications.versions"))


def note(connection: psycopg.Connection, version: int) -> None:
    """Note that a migration is done."""
    connection.execute("insert into notifications.versions (version) values (%s) on conflict do nothing", (version,))


def answer(connection: psycopg.Connection, statement: LiteralString, *parameters: object) -> Any:  # noqa: ANN401
    """Return the one value that a statement asks for."""
    row = connection.execute(statement, parameters or None).fetchone()
    return row[0] if row else None


@contextmanager
def understood(connection: psycopg.Connection) -> Iterator[None]:
    """Say what stands in the way of an upgrade.

    :raises SchemaError: this role may not change the tables, or somebody holds them
    """
    needed = package_version()
    try:
        yield
    except errors.InsufficientPrivilege as error:
        said = error.diag.message_primary or type(error).__name__
        raise SchemaError(
            f"the role {connection.info.user} may not bring the ledger's tables to version {needed} ({said})",
            "it must own the schema notifications and its tables, or be allowed to create them: grant create on"
            f" database {connection.info.dbname} to {connection.info.user}",
        ) from error
    except errors.LockNotAvailable as error:
        raise SchemaError(
            f"the ledger's tables must be brought to version {needed}, and another transaction holds them",
            "it is tried again with the next attempt; if it lasts, pg_stat_activity shows who does not come to an end",
        ) from error


def _apply(connection: psycopg.Connection, files: dict[int, Path]) -> None:
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    usual_wait = answer(connection, "select current_setting('lock_timeout')")
    connection.execute("select set_config('lock_timeout', %s, true)", (_LONGEST_LOCK_WAIT,))
    if not answer(connection, "select to_regnamespace('notifications') is not null"):
        # Else an administrator may have made it for a role that may not.
        connection.execute("create schema notifications")
    connection.execute(
        "create table if not exists notifications.versions"
        " (version integer primary key, applied_at timestamptz not null default clock_timestamp())"
    )
    done = applied(connection)
    for version in sorted(files.keys() - done):
        if index_of(files[version]) is None:
            connection.execute(files[version].read_bytes())
        elif done:
            continue
        else:
            # Nobody has seen these tables yet, and inside a transaction nothing is done concurrently.
            connection.execute(files[version].read_bytes().replace(b" index concurrently ", b" index "))
        note(connection, version)
    connection.execute("select set_config('lock_timeout', %s, true)", (usual_wait,))
