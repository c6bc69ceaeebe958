"""A whole Airflow with the stand-in and a CRM of forty branches, to run the daily report in; nothing sent twice."""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import yaml

from benchmarks.fresh_process import command, last_line
from local import demo_crm, postgres
from local.demo_services import CRM, METADATA, Services
from local.progress import Progress
from local.reports import run_reports
from local.telegram_choice import CHAT_VARIABLE, TOKEN_VARIABLE
from local.telegram_stand_in import ControlClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAG_ID = "profitability_daily"
BRANCHES = 40
LOOK_SECONDS = 0.5
LONGEST_RUN_SECONDS = 600.0
FIRST_BRANCH_CHAT = -1_002_000_000_000
TASK_TIMES = """
    select
        task_instance.task_id,
        extract(epoch from task_instance.start_date)::double precision,
        extract(epoch from task_instance.end_date)::double precision
    from task_instance
    where task_instance.dag_id = %s and task_instance.run_id = %s
    order by task_instance.start_date
"""


@dataclass(frozen=True, slots=True)
class TaskTime:
    """When a task ran, in seconds since the click."""

    task_id: str
    started: float
    ended: float


@dataclass(frozen=True, slots=True)
class AirflowRun:
    """A run's seconds from the click to the last message in a chat, and its tasks in the order they began."""

    seconds: float
    tasks: list[TaskTime]


class DemoAirflow:
    """The demo's services, with what a measurement does to them."""

    def __init__(self, services: Services, server: postgres.Postgres) -> None:
        self._services = services
        self._server = server
        self._api = services.api()
        self.telegram = ControlClient(services.chat_url.rstrip("/"))
        self.crm = server.conninfo(CRM)

    @property
    def ledger(self) -> str:
        """The connection string of the ledger."""
        return self._services.ledger

    def choose(self, settings: dict[str, Any]) -> None:
        """Set the Airflow Variable that the tasks read."""
        value = json.dumps(settings)
        file = self._services.directory / "benchmark_settings.yaml"
        variables = [{"variable_name": "sancrm_notifications", "variable_value": value}]
        file.write_text(yaml.safe_dump({"airflow": {"variables": variables}}), encoding="utf-8")
        last_line("local.in_demo", *command("local.import_airflow_settings", "--overwrite", str(file)))

    def forget_ledger(self) -> None:
        """Drop the ledger of an earlier measurement: whoever stores next makes it as the package is now."""
        with psycopg.connect(self.ledger) as connection:
            connection.execute("drop schema if exists notifications cascade")
        self.telegram.clear()

    def forget_messages(self) -> None:
        """Empty ledger and chats, so that the next run sends again and no limit remembers the last one."""
        with psycopg.connect(self.ledger) as connection:
            connection.execute("truncate notifications.messages, notifications.turns cascade")
        self.telegram.clear()

    def through_airflow(self) -> AirflowRun:
        """Run the DAG by a click and wait until it has ended."""
        began = time.time()
        run_id = self._api.trigger(DAG_ID)
        while (state := self._api.run_state(DAG_ID, run_id)) not in ("success", "failed"):
            self._services.require_alive()
            if time.time() - began > LONGEST_RUN_SECONDS:
                raise TimeoutError(f"{DAG_ID} is {state} after {LONGEST_RUN_SECONDS:.0f} seconds")
            time.sleep(LOOK_SECONDS)
        with psycopg.connect(self._server.conninfo(METADATA)) as connection:
            times = connection.execute(TASK_TIMES, [DAG_ID, run_id]).fetchall()
        tasks = [TaskTime(task_id, started - began, ended - began) for task_id, started, ended in times]
        return AirflowRun(self._last_message_at() - began, tasks)

    def through_plain_script(self, settings: dict[str, Any]) -> float:
        """Run the plain script in a fresh process and return the seconds to the last message in a chat."""
        telegram = self._services.telegram
        where = {"base_url": telegram.base_url, "token": telegram.token, "chat_id": telegram.chat_id}
        arguments = [self.crm, self.ledger, json.dumps(where), json.dumps(settings)]
        began = time.time()
        last_line("benchmarks.plain_run", *arguments)
        return self._last_message_at() - began

    def _last_message_at(self) -> float:
        """Return when the last message was accepted; raise ValueError unless all of them were, each once."""
        accepted = [float(message["accepted_at"]) for message in self.telegram.messages()]
        if len(accepted) != BRANCHES + 1:
            raise ValueError(f"{len(accepted)} messages have arrived instead of {BRANCHES + 1}")
        return max(accepted)


def branch_chats() -> dict[str, dict[str, str]]:
    """Return the setting that gives each branch a group of its own."""
    return {str(branch): {"chat_id": str(FIRST_BRANCH_CHAT - branch)} for branch in range(1, BRANCHES + 1)}


@contextmanager
def demo_airflow(directory: Path) -> Iterator[DemoAirflow]:
    """Start everything in ``directory``, run the DAG once to warm up, and stop it at the end."""
    progress = Progress()
    services = own_services(directory, progress)
    server = postgres.start(directory / "postgres")
    try:
        _fill_crm(server)
        services.start()
        running = DemoAirflow(services, server)
        for branch in branch_chats().values():
            running.telegram.create_chat(int(branch["chat_id"]), "Филиал")
        running.choose({"branch_chats": branch_chats()})
        running.forget_ledger()
        run_reports(services.api(), (DAG_ID,), services.started_at, progress, services.require_alive)
        yield running
    finally:
        services.stop()
        server.stop()


def own_services(directory: Path, progress: Progress) -> Services:
    """Return the demo's services in ``directory``, on ports of their own and away from the real Telegram."""
    for variable in (TOKEN_VARIABLE, CHAT_VARIABLE):
        os.environ.pop(variable, None)
    os.environ["DEMO_DIRECTORY"] = str(directory)
    for variable in ("AIRFLOW_PORT", "CHAT_PORT"):
        os.environ[variable] = str(_free_port())
    directory.mkdir(parents=True, exist_ok=True)
    services = Services(progress)
    services.check()
    return services


def _fill_crm(server: postgres.Postgres) -> None:
    """Fill the demo's CRM before the demo does, with more branches than its six."""
    server.require_database(CRM)
    demo_crm.fill(server.conninfo(CRM), demo_crm.DemoSize(repairs=60_000, branches=BRANCHES, days=60))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
