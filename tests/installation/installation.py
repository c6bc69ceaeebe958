"""A whole installation for tests: Airflow with all its processes, a small demo CRM, the ledger, the stand-in."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import psycopg
from psycopg.rows import dict_row

from local.demo_crm import DemoSize, fill
from local.demo_services import AIRFLOW_PARTS, CARDS, CRM, METADATA, Services, beside_python
from local.telegram_stand_in.control_client import ControlClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.postgres import Postgres
    from local.processes import Child

VARIABLE = "sancrm_notifications"
# Two branches and the network: three messages for each report.
CRM_SIZE = DemoSize(repairs=3000, branches=2, days=430)
# The limits' own tests are elsewhere; here they would only cost time.
UNLIMITED = {"chat_gap_seconds": 0, "group_messages": 10_000, "group_window_seconds": 0, "bot_window_seconds": 0}
FINISHED = ("success", "failed")
# The machine may be busy with other tests: what takes eight seconds may take many times as long.
PATIENCE_SECONDS = 240.0
LOOK_SECONDS = 0.2

Json = dict[str, Any]


class SmallServices(Services):
    """The demo's services on a CRM that is small enough to be made in a second."""

    def _start_postgres(self) -> Postgres:
        server = super()._start_postgres()
        fill(server.conninfo(CRM), CRM_SIZE)
        return server

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and all it started."""
        os.killpg(self._child(name).process.pid, number)

    def kill(self, name: str) -> None:
        """End a process and all it started at once, as the kernel does when memory runs out."""
        child = self._child(name)
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self._processes.children.remove(child)

    def start_again(self, name: str) -> None:
        """Start a part of Airflow anew."""
        self.start_beside(name, [beside_python("airflow"), *AIRFLOW_PARTS[name]])

    def start_beside(self, name: str, command: list[str]) -> None:
        """Start one process more."""
        self._start(name, command)

    def _child(self, name: str) -> Child:
        return next(child for child in self._processes.children if child.name == name)

    def _start(self, name: str, command: list[str]) -> Child:
        # When the tests have passed nothing is worth waiting for: asked to stop, Airflow's parts take half a minute.
        return self._processes.start(name, command, self._environment, patience_seconds=0.0)


@dataclass(frozen=True)
class Run:
    """One run of a DAG, seen through Airflow's API."""

    installation: Installation
    dag_id: str
    run_id: str

    @property
    def path(self) -> str:
        """Where the API has this run."""
        return f"/dags/{self.dag_id}/dagRuns/{quote(self.run_id)}"

    def facts(self) -> Json:
        """Return the run as the API describes it."""
        return self.installation.call("GET", self.path)

    def task(self, task_id: str) -> Json:
        """Return a task instance as the API describes it."""
        return self.installation.call("GET", f"{self.path}/taskInstances/{task_id}")

    def states(self) -> dict[str, str | None]:
        """Return the state of each task by its id."""
        found = self.installation.call("GET", f"{self.path}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in found}

    def log(self, task_id: str) -> str:
        """Return what a task's latest try has logged, one JSON value a line, Russian readable."""
        last_try = self.task(task_id)["try_number"]
        content = self.installation.call("GET", f"{self.path}/taskInstances/{task_id}/logs/{last_try}")["content"]
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in content)

    def finished(self) -> str:
        """Wait for the end; return ``success`` or ``failed``."""
        self.installation.wait_until(lambda: self.facts()["state"] in FINISHED, f"{self.run_id} ends")
        return str(self.facts()["state"])

    def clear(self, *task_ids: str) -> None:
        """Let these tasks and those after them run again, or all, as the UI's button does."""
        if not task_ids:
            self.installation.call("POST", f"{self.path}/clear", {"dry_run": False})
            return
        body = {"dry_run": False, "dag_run_id": self.run_id, "task_ids": list(task_ids), "only_failed": False}
        body |= {"include_downstream": True, "reset_dag_runs": True}
        self.installation.call("POST", f"/dags/{self.dag_id}/clearTaskInstances", body)


class Installation:
    """What a test does to the installation, and where it looks."""

    def __init__(self, services: SmallServices) -> None:
        """``services`` have been started."""
        self.services = services
        self.chat = ControlClient(services.chat_url.rstrip("/"))
        self.chat.set_rates(enforced=False)
        self._http = httpx.Client(base_url=services.airflow_url, trust_env=False, timeout=60)
        login = {"username": services.user, "password": services.password}
        token = self._http.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        self.set_settings()

    def close(self) -> None:
        """Close the connections of this client."""
        self.chat.close()
        self._http.close()

    def call(self, verb: str, path: str, body: Json | None = None, query: Mapping[str, Any] | None = None) -> Json:
        """Ask Airflow's API; raise httpx.HTTPStatusError when it refuses."""
        answer = self._http.request(verb, f"/api/v2{path}", json=body, params=query).raise_for_status()
        found: Json = answer.json()
        return found

    def wait_until(self, holds: Callable[[], object], what: str) -> None:
        """Look again and again; raise AssertionError when ``what`` does not come true in a long time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            self.services.require_alive()
            assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:.0f} s in vain until {what}"
            time.sleep(LOOK_SECONDS)

    def set_settings(self, **settings: object) -> None:
        """Write the Airflow Variable, as a person does in the UI."""
        cards = f"{self.services.chat_url}{CARDS}"
        value = json.dumps({"limits": UNLIMITED, "crm_base_url": cards, **settings})
        self.call("PATCH", f"/variables/{VARIABLE}", {"key": VARIABLE, "value": value})

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run a DAG."""
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False}, {"update_mask": "is_paused"})

    def pause(self, dag_id: str) -> None:
        """Let the scheduler leave a DAG alone, once nothing of it is under way."""
        unfinished = {"dag_ids": [dag_id], "states": ["queued", "running"]}
        path = "/dags/~/dagRuns/list"
        self.wait_until(lambda: not self.call("POST", path, unfinished)["dag_runs"], f"{dag_id} has nothing under way")
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": True}, {"update_mask": "is_paused"})

    def end_runs(self, dag_id: str) -> None:
        """Pause a DAG and mark its runs that would go on by themselves as successful."""
        self.call("PATCH", f"/dags/{dag_id}", {"is_paused": True}, {"update_mask": "is_paused"})
        for run in [*self.runs(dag_id, "scheduled"), *self.runs(dag_id, "manual")]:
            if run.facts()["state"] not in FINISHED:
                self.call("PATCH", run.path, {"state": "success"})

    def trigger(self, dag_id: str, **form: object) -> Run:
        """Start a run by hand with these fields of the form filled in."""
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": form})
        return Run(self, dag_id, run["dag_run_id"])

    def runs(self, dag_id: str, run_type: str) -> list[Run]:
        """Return the runs of a DAG that are of this type, oldest first."""
        found = self.call("GET", f"/dags/{dag_id}/dagRuns", query={"limit": 100, "order_by": "run_after"})
        return [Run(self, dag_id, run["dag_run_id"]) for run in found["dag_runs"] if run["run_type"] == run_type]

    def branches(self) -> list[str]:
        """Return the names of the branches that work, in the order of their reports."""
        return [str(name) for (name,) in self.crm("select name from reporting.branches where is_active order by name")]

    def arrived(self) -> list[Json]:
        """Return the messages of all chats, oldest first."""
        return self.chat.messages()

    def stored(self, batch: str) -> dict[str, str]:
        """Return the state of each message of a batch by its key, in the batch's order."""
        statement = "select key, state from notifications.messages where batch = %s order by message_id"
        return {row["key"]: row["state"] for row in self.ledger(statement, batch)}

    def ledger(self, statement: str, *parameters: object) -> list[Json]:
        """Look into the ledger."""
        with psycopg.connect(self.services.ledger, row_factory=dict_row) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def change_ledger(self, statement: str) -> None:
        """Change the ledger, as time does."""
        with psycopg.connect(self.services.ledger) as connection:
            connection.execute(statement.encode())

    def crm(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the CRM's database; return its rows, if it has any."""
        with psycopg.connect(self._conninfo(CRM)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def metadata(self) -> str:
        """The libpq connection string of Airflow's own database."""
        return self._conninfo(METADATA)

    def _conninfo(self, database: str) -> str:
        assert self.services._postgres
        return self.services._postgres.conninfo(database)
