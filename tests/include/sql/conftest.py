"""A database with the contract's relations, empty at the start of every test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.include.sql.queries import create_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Databases


@pytest.fixture(scope="session")
def reporting_conninfo(databases: Databases) -> str:
    """Return the database all tests of the queries share; each takes back what it writes."""
    return databases.create(databases.template("reporting_tables", create_tables))


@pytest.fixture
def source(reporting_conninfo: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """Open a connection to empty relations; nothing is committed."""
    with psycopg.connect(reporting_conninfo, row_factory=dict_row) as connection:
        yield connection
        connection.rollback()
