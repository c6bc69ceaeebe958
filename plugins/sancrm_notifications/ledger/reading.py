"""Opens the ledger for pages: read only, never waiting long, and only in the shape that this package knows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import psycopg
from psycopg.rows import DictRow, dict_row

from sancrm_notifications.ledger.schema import database_version, package_version

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 10


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
    with psycopg.connect(conninfo, connect_timeout=_CONNECT_SECONDS) as connection:
        connection.read_only = True
        # Compiling a query costs more than these queries take.
        connection.execute(
            "select set_config('statement_timeout', %s, true), set_config('jit', 'off', true)",
            (f"{_STATEMENT_SECONDS}s",),
        )
        version = database_version(connection)
        if version == 0:
            raise NoLedgerError
        if version != package_version():
            raise OtherSchemaError(is_newer=version > package_version())
        rows_as_dicts = cast("psycopg.Connection[DictRow]", connection)
        rows_as_dicts.row_factory = dict_row
        yield rows_as_dicts
