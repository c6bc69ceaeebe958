"""A look into a ledger's rows."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row


def rows(conninfo: str, statement: str, **parameters: Any) -> list[dict[str, Any]]:
    """Run a statement and return its rows, if it has any."""
    with psycopg.connect(conninfo, row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []
