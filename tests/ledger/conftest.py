"""An upgraded ledger to write into, and a look into its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from tests.conftest import Databases


def rows(conninfo: str, statement: str, **parameters: Any) -> list[dict[str, Any]]:
    """Run a statement and return its rows, if it has any."""
    with psycopg.connect(conninfo, row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def _upgraded(connection: psycopg.Connection) -> None:
    connection.autocommit = True
    upgrade(connection)


@pytest.fixture
def ledger(databases: Databases) -> str:
    """Return a fresh, upgraded ledger's connection string."""
    return databases.create(databases.template("ledger", _upgraded))
