"""A real Airflow API server with this package's plugin, its metadata on PostgreSQL, for tests of pages."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from tests.pages.people import PASSWORDS, SIMPLE_USERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
AUTH_MANAGERS = {
    "simple": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
    "fab": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
}
_START_SECONDS = 240


@dataclass
class Site:
    """A running API server; ``metadata`` is the libpq address of its database, ``secret_key`` what signs its forms."""

    url: str
    metadata: str
    secret_key: str

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=60)
        self._tokens: dict[str, str] = {}

    def token(self, user: str) -> str:
        """Log a user in."""
        answer = self.http.post("/auth/token", json={"username": user, "password": PASSWORDS[user]})
        return str(answer.raise_for_status().json()["access_token"])

    def get(self, path: str, user: str | None = None) -> httpx.Response:
        """Open a page as a browser does, with the user's session cookie."""
        return self.http.get(path, headers=self.session(user))

    def post(
        self, path: str, user: str | None = None, form: Mapping[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """Send a form as a browser does; ``headers`` come on top, with ``_`` for ``-``."""
        further = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(path, data=dict(form or {}), headers={**self.session(user), **further})

    def session(self, user: str | None) -> dict[str, str]:
        """Return the header by which a browser says who uses it."""
        if user is None:
            return {}
        if user not in self._tokens:
            self._tokens[user] = self.token(user)
        return {"Cookie": f"_token={self._tokens[user]}"}

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Look into Airflow's metadata."""
        with psycopg.connect(self.metadata, row_factory=dict_row) as connection:
            return connection.execute(statement.encode()).fetchall()

    def change(self, statement: str) -> None:
        """Change Airflow's metadata, as time and its other parts do."""
        with psycopg.connect(self.metadata) as connection:
            connection.execute(statement.encode())

    def set_variable(self, value: str | None) -> None:
        """Set the Airflow Variable of the package, or remove it."""
        with psycopg.connect(self.metadata) as connection:
            connection.execute("delete from variable where key = 'sancrm_notifications'")
            if value is not None:
                statement = "insert into variable (key, val, is_encrypted) values ('sancrm_notifications', %s, false)"
                connection.execute(statement, (value,))

    def connect_telegram(self, chat_id: str = "-1001234567890", token: str = "42:TEST") -> None:  # noqa: S107 - no real one
        """Let Airflow's connection ``telegram_default`` lead to a chat."""
        with psycopg.connect(self.metadata) as connection:
            connection.execute("delete from connection where conn_id = 'telegram_default'")
            connection.execute(
                "insert into connection (conn_id, conn_type, host, password, is_encrypted, is_extra_encrypted)"
                " values ('telegram_default', 'telegram', %s, %s, false, false)",
                (chat_id, token),
            )

    def connect_ledger(self, conninfo: str | None) -> None:
        """Let Airflow's connection ``notifications_db`` lead to a database, or remove it."""
        self._connect_database("notifications_db", conninfo)

    def connect_crm(self, conninfo: str | None) -> None:
        """Let Airflow's connection ``sancrm_db`` lead to a database, or remove it."""
        self._connect_database("sancrm_db", conninfo)

    def _connect_database(self, conn_id: str, conninfo: str | None) -> None:
        where = conninfo_to_dict(conninfo) if conninfo else {}
        with psycopg.connect(self.metadata) as connection:
            connection.execute("delete from connection where conn_id = %s", (conn_id,))
            if conninfo:
                connection.execute(
                    "insert into connection (conn_id, conn_type, host, login, schema, port, is_encrypted,"
                    " is_extra_encrypted)"
                    " values (%(conn_id)s, 'postgres', %(host)s, %(user)s, %(dbname)s, %(port)s, false, false)",
                    {"port": None, "conn_id": conn_id, **where},
                )


@contextmanager
def running_site(directory: Path, metadata: str, manager: str = "simple") -> Iterator[Site]:
    """Start an API server on an empty metadata database, and stop it."""
    port = _free_port()
    environment = _environment(directory, metadata, manager)
    log = directory / "api_server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.pages.serve_airflow", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
        try:
            site = Site(f"http://127.0.0.1:{port}", metadata, environment["AIRFLOW__API__SECRET_KEY"])
            _wait(site, server, log)
            yield site
        finally:
            server.terminate()
            server.wait(timeout=30)


def _environment(directory: Path, metadata: str, manager: str) -> Mapping[str, str]:
    where = conninfo_to_dict(metadata)
    passwords = directory / "passwords.json"
    passwords.write_text(json.dumps(PASSWORDS), encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return {
        **inherited,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT)]),
        "AIRFLOW_HOME": str(directory),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(directory / "no_dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
        "AIRFLOW__CORE__AUTH_MANAGER": AUTH_MANAGERS[manager],
        "AIRFLOW__CORE__MULTI_TEAM": str(manager == "simple"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": SIMPLE_USERS,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": (
            f"postgresql+psycopg2://{where['user']}@/{where['dbname']}?host={where['host']}"
        ),
    }


def _wait(site: Site, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            site.http.get("/api/v2/version").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
