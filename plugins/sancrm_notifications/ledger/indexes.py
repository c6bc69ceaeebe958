"""Builds indexes on a long history while deliveries go on: one process at a time, and again what was left half-built.

Building waits for every transaction that is open in the database, so it is work for the night and not for a delivery.
A lock would not outlive its holder, and a session's lock not a pooler; what PostgreSQL itself builds, it shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from sancrm_notifications import databases
from sancrm_notifications.ledger.schema import answer, applied, index_of, migrations, note, understood

if TYPE_CHECKING:
    from pathlib import Path

# Any number that nobody else in this database uses.  Written out: after a statement with parameters PostgreSQL keeps
# the snapshot until the next one, and the index would wait for its own guard.
_LOCK = "select pg_try_advisory_xact_lock(1514947913)"
_IS_BUILDING = "select exists(select 1 from pg_stat_progress_create_index where datname = current_database())"
# Without a limit to its time, and under another name: who holds this lock holds up no delivery (end_paused).
_USE = databases.Use(f"{databases.APPLICATION} indexes", statement_seconds=0)


def pending_indexes(connection: psycopg.Connection) -> list[str]:
    """Return the names of indexes that are still to be built."""
    return [name for name, _, _ in _pending(connection)]


def build_indexes(conninfo: str) -> list[str]:
    """Build the indexes that are still missing and return their names; none while another process builds.

    A limit of the role's own to a statement's time holds for building too.

    :raises SchemaError: this role may not build them
    :raises psycopg.OperationalError: the ledger cannot be reached, or the time did not suffice
    """
    with databases.connect(conninfo, _USE) as guard:
        if not _pending(guard) or not answer(guard, _LOCK):
            return []
        # The builder's statements are transactions of their own; the guard holds no snapshot that they would wait for.
        with databases.connect(conninfo, _USE) as builder, understood(builder):
            builder.commit()
            builder.autocommit = True
            # A process that was killed leaves PostgreSQL building: that is not half-built, it goes on.
            if answer(builder, _IS_BUILDING):
                return []
            return [_build(builder, *index) for index in _pending(builder)]


def _build(builder: psycopg.Connection, name: str, version: int, file: Path) -> str:
    if _is_valid(builder, name) is False:
        builder.execute(sql.SQL("drop index concurrently {}").format(sql.Identifier("notifications", name)))
    builder.execute(file.read_bytes())
    if _is_valid(builder, name):
        note(builder, version)
    return name


def _is_valid(connection: psycopg.Connection, name: str) -> bool | None:
    """Tell whether an index can be used; None: there is none."""
    statement = "select (select indisvalid from pg_index where indexrelid = to_regclass(%s))"
    valid: bool | None = answer(connection, statement, f"notifications.{name}")
    return valid


def _pending(connection: psycopg.Connection) -> list[tuple[str, int, Path]]:
    """Return name, version and file of each index that is still to be built."""
    done = applied(connection)
    missing = ((index_of(file), version, file) for version, file in migrations().items() if version not in done)
    return [(name, version, file) for name, version, file in missing if name is not None]
