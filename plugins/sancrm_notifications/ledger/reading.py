"""Opens the ledger for pages: never waiting long, and only in the shape that this package knows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from psycopg.rows import DictRow, dict_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.schema import database_version, package_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_READING = databases.Use(is_reading=True, statement_seconds=10, connect_seconds=5)
_WRITING = databases.Use(statement_seconds=10, lock_seconds=5, connect_seconds=5)


class NoLedgerError(LookupError):
    """The ledger's tables do not exist yet: nothing was ever stored."""


class OtherSchemaError(LookupError):
    """The ledger's tables are of another version of this package; ``is_newer`` says which is ahead."""

    def __init__(self, *, is_newer: bool) -> None:
        super().__init__(f"the ledger's tables are {'newer' if is_newer else 'older'} than this package")
        self.is_newer = is_newer


@contextmanager
def reading(conninfo: str) -> Iterator[psycopg.Connection[DictRow]]:
    """Give a connection in one read-only transaction; its rows are dicts.

    :raises NoLedgerError: nothing was ever stored
    :raises OtherSchemaError: the tables are older or newer than this package
    :raises psycopg.OperationalError: the ledger cannot be reached, or a statement took too long
    """
    with databases.connect(conninfo, _READING) as connection:
        _require_present_form(connection)
        rows_as_dicts = cast("psycopg.Connection[DictRow]", connection)
        rows_as_dicts.row_factory = dict_row
        yield rows_as_dicts


@contextmanager
def writing(conninfo: str) -> Iterator[psycopg.Connection]:
    """Give a connection in one transaction that a page may write in; it is kept unless an error ends it.

    :raises NoLedgerError: nothing was ever stored
    :raises OtherSchemaError: the tables are older or newer than this package
    :raises psycopg.OperationalError: the ledger cannot be reached, or a statement took too long
    """
    with databases.connect(conninfo, _WRITING) as connection:
        _require_present_form(connection)
        yield connection


def _require_present_form(connection: psycopg.Connection) -> None:
    version = database_version(connection)
    if version == 0:
        raise NoLedgerError
    if version != package_version():
        raise OtherSchemaError(is_newer=version > package_version())
