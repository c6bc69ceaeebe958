"""Airflow's REST API, as far as the demo needs it: health, a DAG's state, starting a run and looking at it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from local.demo_error import DemoError

TIMEOUT_SECONDS = 30.0
# The API is on this machine: no proxy stands between.
_opener = build_opener(ProxyHandler({}))


class NoAnswerError(Exception):
    """Airflow does not answer, or not yet."""


@dataclass
class AirflowApi:
    """A client of one Airflow, logged in as one user on first use."""

    url: str
    user: str
    password: str
    _token: str = ""

    def unhealthy(self) -> list[str]:
        """Return the names of the parts that do not work yet; empty when everything does."""
        try:
            parts = self._request("GET", "/api/v2/monitor/health")
        except NoAnswerError:
            return ["api-server"]
        needed = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        return [part for part in needed if (parts.get(part) or {}).get("status") != "healthy"]

    def parsed_at(self, dag_id: str) -> str:
        """Return when the DAG was last parsed (ISO, UTC); empty when Airflow does not know it."""
        try:
            return str(self._authorised("GET", f"/dags/{dag_id}").get("last_parsed_time") or "")
        except HTTPError as error:
            if error.code != 404:
                raise
            return ""

    def import_errors(self) -> list[str]:
        """Return what stopped DAG files from being read: the file and its error."""
        errors = self._authorised("GET", "/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip()}" for error in errors]

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run this DAG."""
        self._authorised("PATCH", f"/dags/{dag_id}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, dag_id: str) -> str:
        """Start a manual run with nothing filled in; return its run id."""
        run = self._authorised("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {}})
        return str(run["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return ``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._authorised("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}")["state"])

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return the states of a run's tasks by task id; tasks that have not begun are ``waiting``."""
        found = self._authorised("GET", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances")
        return {task["task_id"]: task["state"] or "waiting" for task in found["task_instances"]}

    def last_error(self, dag_id: str, run_id: str, task_id: str) -> str:
        """Return the last error in the log of a task's latest try; empty when the log has none."""
        task = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}"
        last_try = self._authorised("GET", task)["try_number"]
        lines = self._authorised("GET", f"{task}/logs/{last_try}")["content"]
        errors = [line for line in lines if isinstance(line, dict) and line.get("level") in ("error", "critical")]
        if not errors:
            return ""
        details = errors[-1].get("error_detail") or [{}]
        return f"{errors[-1].get('event')} {details[-1].get('exc_value', '')}".strip()

    def _authorised(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if not self._token:
            login = {"username": self.user, "password": self.password}
            self._token = str(self._request("POST", "/auth/token", login)["access_token"])
        return self._request(method, f"/api/v2{path}", body)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, content, headers, method=method)  # noqa: S310 - always http
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                answer: dict[str, Any] = json.load(response)
        except HTTPError as error:
            if error.code in (401, 403):
                raise DemoError(f"Airflow refuses the user {self.user} at {self.url}{path}.") from error
            if error.code >= 500:
                raise NoAnswerError(str(error)) from error
            raise
        except (URLError, OSError) as error:
            raise NoAnswerError(str(error)) from error
        return answer
