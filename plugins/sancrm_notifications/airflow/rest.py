"""Airflow's REST API, as far as the commands and the demo need it; what is wrong with it is a sentence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

import httpx

from sancrm_notifications.text.markup import beginning

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_SECONDS = 30
_PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
_SHOWN_CHARACTERS = 300
_RUNS_AT_MOST = "1000"


class AirflowError(Exception):
    """Airflow refuses, or does not answer as one; the text says what was asked and what to do."""


class NoAnswerError(AirflowError):
    """Airflow does not answer, or not yet."""


class NotKnownError(AirflowError):
    """Airflow knows no such thing."""


class Airflow:
    """One Airflow, asked as one user, who is logged in when first asked for; each call raises AirflowError."""

    def __init__(self, url: str, *, user: str | None = None, password: str | None = None, token: str = "") -> None:
        # The environment's proxy leads to the internet, not to this machine.
        is_elsewhere = _host(url) not in {"127.0.0.1", "localhost", "::1"}
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url, timeout=_TIMEOUT_SECONDS, trust_env=is_elsewhere)
        self._login = {"username": user, "password": password}
        self._token = token

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the Airflow that the environment names, logged in.

        :raises AirflowError: a variable is missing or cannot be right, or there is no Airflow
        """
        url = environment.get("AIRFLOW_API_URL")
        token = environment.get("AIRFLOW_API_TOKEN", "")
        user, password = environment.get("AIRFLOW_API_USER"), environment.get("AIRFLOW_API_PASSWORD")
        if not url or not (token or (user and password)):
            raise AirflowError(
                "set AIRFLOW_API_URL (such as http://127.0.0.1:8080), and AIRFLOW_API_TOKEN or AIRFLOW_API_USER and"
                " AIRFLOW_API_PASSWORD, in the environment"
            )
        airflow = cls(url, user=user, password=password, token=token)
        airflow._log_in()
        return airflow

    def unhealthy(self) -> list[str]:
        """Return the names of the parts that do not work yet; empty when everything does."""
        try:
            answer = self._request("GET", "/api/v2/monitor/health").json()
        except NoAnswerError:
            return ["api-server"]
        return [part for part in _PARTS if (answer.get(part) or {}).get("status") != "healthy"]

    def import_errors(self) -> list[str]:
        """Return what stopped DAG files from being read: the file and its error."""
        errors = self._ask("GET", "/importErrors", "import_errors")
        return [f"{error['filename']}: {error['stack_trace'].strip()}" for error in errors]

    def parsed_at(self, dag_id: str) -> str:
        """Return when the DAG was last parsed (ISO, UTC); empty when Airflow does not know it."""
        try:
            return str(self._ask("GET", f"/dags/{dag_id}", "last_parsed_time") or "")
        except NotKnownError:
            return ""

    def is_paused(self, dag_id: str) -> bool:
        """Return whether the scheduler leaves the DAG alone."""
        return bool(self._ask("GET", f"/dags/{dag_id}", "is_paused"))

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run this DAG."""
        self._ask("PATCH", f"/dags/{dag_id}", body={"is_paused": False}, query={"update_mask": "is_paused"})

    def trigger(self, dag_id: str, form: Mapping[str, object] | None = None) -> str:
        """Start a run by hand with these fields of the form filled in; return its id."""
        body = {"logical_date": None, "conf": dict(form or {})}
        return str(self._ask("POST", f"/dags/{dag_id}/dagRuns", "dag_run_id", body=body))

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return «queued», «running», «success» or «failed»."""
        return str(self._ask("GET", _run(dag_id, run_id), "state"))

    def backfilled(self, dag_id: str, first_at: datetime, last_at: datetime) -> dict[datetime, str]:
        """Return the states of a DAG's backfilled runs in a span of ticks, by their ticks."""
        query = {
            "logical_date_gte": first_at.isoformat(),
            "logical_date_lte": last_at.isoformat(),
            "limit": _RUNS_AT_MOST,
        }
        runs = self._ask("GET", f"/dags/{dag_id}/dagRuns", "dag_runs", query=query)
        backfilled = [run for run in runs if run["run_type"] == "backfill"]
        return {datetime.fromisoformat(run["logical_date"]): run["state"] for run in backfilled}

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return the states of a run's tasks by task id; tasks that have not begun are «waiting»."""
        found = self._ask("GET", f"{_run(dag_id, run_id)}/taskInstances", "task_instances")
        return {task["task_id"]: task["state"] or "waiting" for task in found}

    def returned(self, dag_id: str, run_id: str, task_id: str, key: str) -> Any:  # noqa: ANN401 - as JSON is
        """Return what a task has returned under a key."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries/{key}"
        return self._ask("GET", path, "value", query={"deserialize": "true"})

    def last_error(self, dag_id: str, run_id: str, task_id: str) -> str:
        """Return the last error in the log of a task's latest try; empty when the log has none."""
        task = f"{_run(dag_id, run_id)}/taskInstances/{task_id}"
        lines = self._ask("GET", f"{task}/logs/{self._ask('GET', task, 'try_number')}", "content")
        details = [line["error_detail"] for line in lines if isinstance(line, dict) and line.get("error_detail")]
        return str(details[-1][-1].get("exc_value", "")) if details else ""

    def backfill(self, dag_id: str, first_at: datetime, last_at: datetime, form: Mapping[str, object]) -> None:
        """Start a backfill of the ticks in a span: its runs are queued at once, and those that exist are made again.

        ``form`` are the fields of the runs' form that are filled in.
        """
        body = {
            "dag_id": dag_id,
            "from_date": first_at.isoformat(),
            "to_date": last_at.isoformat(),
            # Only the ledger knows what has arrived: a run that exists may have been late, or parked.
            "reprocess_behavior": "completed",
            "max_active_runs": 1,
            "dag_run_conf": dict(form),
        }
        self._ask("POST", "/backfills", "id", body=body)

    def is_backfilling(self, dag_id: str) -> bool:
        """Return whether the DAG has a backfill whose end Airflow has not noted: it may not have another now."""
        query = {"dag_id": dag_id, "order_by": "-id", "limit": "1"}
        return any(each["completed_at"] is None for each in self._ask("GET", "/backfills", "backfills", query=query))

    def invite(self, customer_id: int) -> str:
        """Return a link that proves a customer to the bot, as the CRM's card asks for one."""
        self._log_in()
        path = "/sancrm-notifications/clients/invitations"
        return str(self._field(self._request("POST", path, body={"customer_id": customer_id}), "link"))

    def _ask(
        self,
        method: str,
        path: str,
        field: str | None = None,
        *,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - as JSON is
        """Make one request as the user and return a field of the answer, or nothing."""
        self._log_in()
        answer = self._request(method, f"/api/v2{path}", body=body, query=query)
        return None if field is None else self._field(answer, field)

    def _log_in(self) -> None:
        if not self._token:
            answer = self._request("POST", "/auth/token", body=self._login)
            self._token = str(self._field(answer, "access_token"))
        self._http.headers["Authorization"] = f"Bearer {self._token}"

    def _request(
        self, method: str, path: str, *, body: dict[str, Any] | None = None, query: dict[str, str] | None = None
    ) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body, params=query)
        except httpx.HTTPError as error:
            raise NoAnswerError(f"Airflow at {self.url} does not answer: {error}") from None
        if answer.is_error:
            said = beginning(answer.text, _SHOWN_CHARACTERS)
            raise _kind(answer.status_code)(
                f"Airflow at {self.url} refused {method} {path}: HTTP {answer.status_code} {said}"
            )
        return answer

    def _field(self, answer: httpx.Response, field: str) -> Any:  # noqa: ANN401 - as JSON is
        try:
            return answer.json()[field]
        except (ValueError, KeyError, TypeError):
            asked = f"{answer.request.method} {answer.request.url.path}"
            said = beginning(answer.text, 80)
            raise AirflowError(
                f"{self.url} answered {asked} as no Airflow does: {said!r}. Set AIRFLOW_API_URL to the"
                " address of Airflow's own UI, with the path it is under if it has one"
            ) from None


def _kind(status: int) -> type[AirflowError]:
    if status == httpx.codes.NOT_FOUND:
        return NotKnownError
    return NoAnswerError if httpx.codes.is_server_error(status) else AirflowError


def _run(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"


def _host(url: str) -> str:
    """Return the host of Airflow's address.

    :raises AirflowError: it is no address
    """
    try:
        found = urlsplit(url)
        if found.scheme in {"http", "https"} and found.hostname and found.port != 0:
            return found.hostname
    except ValueError:
        pass
    raise AirflowError("AIRFLOW_API_URL must be http:// or https:// and a host, such as http://127.0.0.1:8080")
