"""Running the report queries on PostgreSQL, as Airflow runs them, over rows a test names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

FOLDER = Path(__file__).parents[3] / "include" / "sql"
TABLES = Path(__file__).with_name("reporting_tables.sql")

MANDATORY: dict[str, dict[str, Any]] = {
    "branches": {"is_active": True},
    "repairs": {
        "number": 12841,
        "code": "B-12841",
        "status": "Выдан",
        "needs_callback": False,
        "created_at": "2020-01-01T00:00:00Z",
    },
    "rentals": {"started_at": "2020-01-01T00:00:00Z"},
    "fixed_costs": {"item": "Аренда"},
    "backups": {"database_name": "crm", "status": "succeeded"},
}
"""What a row of each relation must have and most tests do not care about."""


def create_tables(connection: psycopg.Connection[Any]) -> None:
    """Create the contract's relations as empty tables."""
    connection.execute(TABLES.read_text())


def insert(connection: psycopg.Connection[Any], relation: str, *rows: Mapping[str, Any]) -> None:
    """Insert rows into ``reporting.<relation>``, each completed by what is mandatory."""
    for row in rows:
        values = {**MANDATORY[relation], **row}
        statement = sql.SQL("insert into reporting.{} ({}) values ({})").format(
            sql.Identifier(relation),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        )
        connection.execute(statement, values)


def run(
    connection: psycopg.Connection[dict[str, Any]], name: str, parameters: Mapping[str, Any] | None = None
) -> Sequence[dict[str, Any]]:
    """Run ``include/sql/<name>.sql`` and return its rows."""
    statement = (FOLDER / f"{name}.sql").read_text()
    return connection.execute(statement, parameters).fetchall()
