"""What the demo consists of and in which order it starts: PostgreSQL, the CRM, the Telegram stand-in, Airflow."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from local import airflow_environment, in_demo, postgres, processes, real_chat, telegram_choice
from local.demo_error import DemoError
from local.ports import LOOPBACK, chosen, require_free
from local.secret_files import ADMIN, admin_password, write_private
from sancrm_notifications.airflow.rest import Airflow

if TYPE_CHECKING:
    from local.progress import Progress

METADATA, CRM = "airflow", "sancrm"
# Three reports of five branches and the network are 18 messages; a group takes 20 a minute.
CRM_SIZE = ("--branches", "5")
HEALTHY_SECONDS = 180.0
# Logs are read from the disk: without --skip-serve-logs two of them would offer theirs on all network interfaces.
AIRFLOW_PARTS = {
    "airflow-api-server": ["api-server"],
    "airflow-triggerer": ["triggerer", "--skip-serve-logs"],
    "airflow-dag-processor": ["dag-processor"],
}
SCHEDULER = "airflow-scheduler"
STAND_IN = "telegram-stand-in"
CARDS = "crm"  # where the stand-in has a page in place of the CRM's repair cards
STOPPED_FIRST = (SCHEDULER, "airflow-triggerer", "airflow-dag-processor")
# What a trigger waits for is in the metadata database, so there is nothing to finish; asked, it takes ten seconds.
# The stand-in has written down what it accepted, and would wait for pages that are still open.
PATIENCE_SECONDS = {"airflow-triggerer": 1.0, STAND_IN: 1.0}


class Services:
    """Everything that runs; what they keep between two starts is in one directory."""

    user = ADMIN

    def __init__(self, progress: Progress) -> None:
        """Read the choices from the environment; raise DemoError when they do not fit together."""
        self.directory = in_demo.directory()
        self.logs = self.directory / "logs"
        self._airflow_port = chosen("AIRFLOW_PORT", 8080)
        self._chat_port = chosen("CHAT_PORT", 8081)
        self.telegram = telegram_choice.choose(self._chat_port)
        self.airflow_url = airflow_environment.airflow_url(self._airflow_port)
        self.chat_url = f"http://{LOOPBACK}:{self._chat_port}/"
        self.started_at = datetime.now(UTC)
        self.ledger = ""  # the libpq connection string of the ledger's database, once PostgreSQL runs
        self._progress = progress
        self._processes = processes.Processes(self.directory, self.logs)
        self._postgres: postgres.Postgres | None = None
        self._environment: dict[str, str] = {}

    @property
    def password(self) -> str:
        """The password of Airflow's user."""
        return admin_password(self.directory / "admin_password.json")

    @property
    def crm(self) -> str:
        """The libpq connection string of the demo CRM, once PostgreSQL runs."""
        return self._postgres.conninfo(CRM) if self._postgres else ""

    def api(self) -> Airflow:
        """Return a client of the running Airflow."""
        return Airflow(self.airflow_url, user=self.user, password=self.password)

    def check(self) -> None:
        """Stop what a killed demo left behind, then raise DemoError when a port is taken or the real chat is shut."""
        self.logs.mkdir(parents=True, exist_ok=True)
        leftovers = self._processes.stop_leftovers()
        if leftovers:
            self._progress.say(f"stopped {leftovers} processes that an earlier start left behind")
        require_free(self._airflow_port, "Airflow", "AIRFLOW_PORT")
        if not self.telegram.is_real:
            require_free(self._chat_port, "the Telegram stand-in", "CHAT_PORT")
            return
        with self._progress.step("asking Telegram about the bot and the chat"):
            # Nothing is started yet; what only asks Telegram opens no metadata database.
            environment = airflow_environment.build(self.directory, "sqlite://", self._airflow_port)
            real_chat.require_writable({**environment, **self.telegram.choice()})

    def start(self) -> None:
        """Start everything and wait until it works; raise DemoError when something does not."""
        with self._progress.step("starting PostgreSQL"):
            server = self._start_postgres()
        metadata = server.sqlalchemy_url(METADATA)
        environment = airflow_environment.build(self.directory, metadata, self._airflow_port)
        in_demo.remember(self.directory, environment, self.airflow_url)
        self._environment = {**environment, **self.telegram.environment()}
        if not self.telegram.is_real:
            self._start_stand_in()
        crm = self._python("demo-crm", "local.demo_crm", server.conninfo(CRM), *CRM_SIZE)
        with self._progress.step("preparing Airflow's metadata"):
            self._migrate(server)
            self._import_settings(server)
        with self._progress.step("starting Airflow"):
            for name, arguments in AIRFLOW_PARTS.items():
                self._start(name, [beside_python("airflow"), *arguments])
            # Tasks reach the API server or fail, and one that is due at once would try again only minutes later.
            self._wait_until_healthy(crm, "api-server")
            self._start(SCHEDULER, [beside_python("airflow"), "scheduler", "--skip-serve-logs"])
            self._wait_until_healthy(crm)
        self._finish(crm)
        self._progress.say("the demo CRM is filled up to today")

    def live(self, regular: int | None) -> None:
        """Let things happen in the demo CRM where ``DEMO_LIVES`` says every how many seconds.

        ``regular`` is a customer to whose repairs something happens more often.
        """
        every = os.environ.get("DEMO_LIVES", "").strip()
        if every and self._postgres:
            whose = [] if regular is None else ["--regular", str(regular)]
            self._python("demo-life", "local.demo_life", self._postgres.conninfo(CRM), "--every", every, *whose)
            self._progress.say(
                f"the demo CRM lives: something happens every {every} s; clients and staff are told of it once"
                " client_statuses and staff_events are unpaused in Airflow"
            )

    def require_alive(self) -> None:
        """Raise DemoError when something that should run has ended."""
        if self._postgres:
            self._postgres.require_alive()
        self._processes.require_alive()

    def stop(self) -> None:
        """Stop everything that was started, what starts work first and PostgreSQL last."""
        # A task that is sending finishes first; for that it needs the API, Telegram and PostgreSQL.
        self._processes.stop(*STOPPED_FIRST)
        self._processes.stop()
        if self._postgres:
            self._postgres.stop()

    def _start_postgres(self) -> postgres.Postgres:
        self._postgres = postgres.start(self.directory / "postgres")
        for database in (METADATA, CRM, self.telegram.ledger_database):
            self._postgres.require_database(database)
        self.ledger = self._postgres.conninfo(self.telegram.ledger_database)
        return self._postgres

    def _start_stand_in(self) -> None:
        state = str(self.directory / "telegram_stand_in.sqlite")
        address = ["--host", LOOPBACK, "--port", str(self._chat_port), "--state", state]
        self._python(STAND_IN, "local.telegram_stand_in", *address)

    def _migrate(self, server: postgres.Postgres) -> None:
        """Bring the metadata database to this Airflow's version, unless it says that it is there already."""
        note = f"migrated by Airflow {version('apache-airflow-core')}"
        if server.note(METADATA) != note:
            self._finish(self._start("airflow-db-migrate", [beside_python("airflow"), "db", "migrate"]))
            server.write_note(METADATA, note)

    def _import_settings(self, server: postgres.Postgres) -> None:
        """Put connections and the Variable into Airflow, where they can be seen and edited.

        They are written when they are new or when the demo's own addresses have changed, so what was edited in
        the UI stays. A real bot's token is not among them: it comes through the environment, at every start.
        """
        settings = yaml.safe_dump({"airflow": self._settings(server)}, allow_unicode=True)
        imported = self.directory / "airflow_settings.yaml"
        if imported.exists() and imported.read_text(encoding="utf-8") == settings:
            return
        wanted = imported.with_name("airflow_settings.wanted.yaml")
        write_private(wanted, settings)
        self._finish(self._python("airflow-settings", "local.import_airflow_settings", "--overwrite", str(wanted)))
        wanted.replace(imported)

    def _settings(self, server: postgres.Postgres) -> dict[str, Any]:
        databases = {"sancrm_db": CRM, "notifications_db": self.telegram.ledger_database}
        connections: list[dict[str, Any]] = [
            {
                "conn_id": name,
                "conn_type": "postgres",
                "conn_host": server.socket_directory,
                "conn_login": postgres.USER,
                "conn_schema": database,
            }
            for name, database in databases.items()
        ]
        if not self.telegram.is_real:
            connections += self.telegram.connections()
        settings: dict[str, Any] = {"sending": True, "whole_roubles": False}
        if not self.telegram.is_real:
            settings["crm_base_url"] = f"{self.chat_url}{CARDS}"
        variables = [{"variable_name": "sancrm_notifications", "variable_value": json.dumps(settings)}]
        return {"connections": connections, "variables": variables}

    def _wait_until_healthy(self, crm: processes.Child, only: str = "") -> None:
        """Wait for all parts of Airflow, or for one; raise DemoError when that takes too long."""
        api = self.api()
        deadline = time.monotonic() + HEALTHY_SECONDS
        while unhealthy := [part for part in api.unhealthy() if only in ("", part)]:
            self._processes.require_alive(crm)
            if time.monotonic() > deadline:
                raise DemoError(f"Airflow's {', '.join(unhealthy)} did not become healthy: see {self.logs}.")
            self._progress.still(f"waiting for {', '.join(unhealthy)}")
            time.sleep(0.3)

    def _finish(self, child: processes.Child) -> None:
        while child.process.poll() is None:
            self._progress.still(f"{child.name} works")
            time.sleep(0.1)
        self._processes.finish(child)

    def _python(self, name: str, module: str, *arguments: str) -> processes.Child:
        return self._start(name, [sys.executable, "-m", module, *arguments])

    def _start(self, name: str, command: list[str]) -> processes.Child:
        patience_seconds = PATIENCE_SECONDS.get(name, processes.PATIENCE_SECONDS)
        return self._processes.start(name, command, self._environment, patience_seconds)


def beside_python(program: str) -> str:
    """Return a program of this virtual environment."""
    return str(Path(sys.executable).with_name(program))
