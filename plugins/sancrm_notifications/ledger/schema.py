"""Makes and upgrades the ledger's tables, safely when several processes start at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x5A4C_4544  # any number that nobody else in this database uses


def upgrade(connection: psycopg.Connection) -> None:
    """Bring the schema ``notifications`` to this package's version, in one transaction.

    When nothing is to be done it costs two cheap queries.
    """
    files = sorted(_MIGRATIONS.glob("*.sql"))
    if database_version(connection) >= len(files):
        return
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        if not _has_schema(connection):  # an administrator may have made it for a role that may not
            connection.execute("create schema notifications")
        connection.execute(
            "create table if not exists notifications.versions"
            " (version integer primary key, applied_at timestamptz not null default clock_timestamp())"
        )
        for version, file in list(enumerate(files, start=1))[database_version(connection) :]:
            connection.execute(file.read_bytes())
            connection.execute("insert into notifications.versions (version) values (%s)", (version,))


def _has_schema(connection: psycopg.Connection) -> bool:
    row = connection.execute("select to_regnamespace('notifications') is not null").fetchone()
    return bool(row and row[0])


def database_version(connection: psycopg.Connection) -> int:
    """Return how many of the package's migrations the database has; 0: there is no ledger."""
    row = connection.execute("select to_regclass('notifications.versions') is not null").fetchone()
    if row is None or not row[0]:
        return 0
    row = connection.execute("select coalesce(max(version), 0) from notifications.versions").fetchone()
    return int(row[0]) if row else 0


@cache
def package_version() -> int:
    """Return how many migrations this package has."""
    return len(list(_MIGRATIONS.glob("*.sql")))
