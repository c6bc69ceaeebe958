"""A real PgBouncer in transaction mode before the session's PostgreSQL, as managed clouds put one there."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conftest import Databases

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
# So few sessions that transactions of one client meet what others have left in them. What is not said here is as it
# comes: no parameter at the start is ignored, and no session is reset between transactions.
CONFIGURATION = """
[databases]
* = host={sockets} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = {authentication}
auth_file = {passwords}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
user = {owner}
logfile = {log}
{more}
"""
START_SECONDS = 20.0


@dataclass(frozen=True)
class Pooler:
    """Where the pooler listens."""

    port: int
    log: Path

    def conninfo(self, conninfo: str) -> str:
        """Return the way to a database of the server that leads through the pooler."""
        return make_conninfo(conninfo, host="127.0.0.1", port=self.port)

    def connection(self, conninfo: str, **extra: object) -> str:
        """Return the same as an Airflow connection in JSON."""
        known = conninfo_to_dict(conninfo)
        fields = {"conn_type": "postgres", "host": "127.0.0.1", "port": self.port, "login": known["user"]}
        return json.dumps({**fields, "schema": known["dbname"], "extra": extra})


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def started(
    databases: Databases, passwords: Mapping[str, str] | None = None, **settings: int | str
) -> Iterator[Pooler]:
    """Run a PgBouncer before the session's server, set so; where there is none, skip.

    ``passwords`` are those of the logins that it lets in, by SCRAM; without them it lets in everybody.
    """
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
    sockets = Path(databases.server.socket_directory)
    with tempfile.TemporaryDirectory(prefix="pooler_", ignore_cleanup_errors=True) as directory:
        # As root it takes the identity of the server's owner, who alone may reach the server's socket.
        owner = sockets.owner()
        if os.geteuid() == 0:
            shutil.chown(directory, owner)
        running = Pooler(_free_port(), Path(directory, "log"))
        known = Path(directory, "passwords")
        known.write_text("".join(f'"{login}" "{password}"\n' for login, password in (passwords or {}).items()), "utf-8")
        file = Path(directory, "pgbouncer.ini")
        text = CONFIGURATION.format(
            sockets=sockets,
            port=running.port,
            owner=owner,
            log=running.log,
            authentication="any" if passwords is None else "scram-sha-256",
            passwords=known,
            more="\n".join(f"{name} = {value}" for name, value in settings.items()),
        )
        file.write_text(text, encoding="utf-8")
        for readable in (file, known):
            readable.chmod(0o644)
        process = subprocess.Popen([PROGRAM, "--quiet", file])
        try:
            _wait(running.port)
            yield running
        finally:
            process.terminate()
            process.wait(START_SECONDS)


@pytest.fixture(scope="session")
def pooler(databases: Databases) -> Iterator[Pooler]:
    """Run a PgBouncer as it comes."""
    with started(databases) as running:
        yield running


def _wait(port: int) -> None:
    given_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            if time.monotonic() > given_up_at:
                raise
            time.sleep(0.05)
        else:
            return
