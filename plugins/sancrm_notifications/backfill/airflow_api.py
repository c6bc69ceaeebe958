"""The REST API of an Airflow, as far as the backfill command needs it; what is wrong with it is a sentence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.backfill.plan import Segment


class BackfillError(Exception):
    """The backfill cannot be made; the text says why and what to do."""


class Airflow:
    """The REST API of one Airflow, as far as backfills need it."""

    def __init__(self, url: str, *, token: str | None, user: str | None, password: str | None) -> None:
        # The environment's proxy leads to the internet, not to this machine.
        is_elsewhere = _host(url) not in {"127.0.0.1", "localhost", "::1"}
        self._http = httpx.Client(base_url=url.rstrip("/"), timeout=30, trust_env=is_elsewhere)
        if not token:
            login = {"username": user, "password": password}
            token = str(self._ask("POST", "/auth/token", "access_token", body=login))
        self._http.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the API that the environment names.

        :raises BackfillError: a variable is missing or cannot be right, or there is no Airflow
        """
        url = environment.get("AIRFLOW_API_URL")
        token = environment.get("AIRFLOW_API_TOKEN")
        user, password = environment.get("AIRFLOW_API_USER"), environment.get("AIRFLOW_API_PASSWORD")
        if not url or not (token or (user and password)):
            raise BackfillError(
                "set AIRFLOW_API_URL (such as http://127.0.0.1:8080), and AIRFLOW_API_TOKEN or AIRFLOW_API_USER and"
                " AIRFLOW_API_PASSWORD, in the environment"
            )
        return cls(url, token=token, user=user, password=password)

    def is_paused(self, dag_id: str) -> bool:
        """Return whether the DAG is paused: its backfills would wait for ever."""
        return bool(self._ask("GET", f"/api/v2/dags/{dag_id}", "is_paused"))

    def create(self, segment: Segment, form: Mapping[str, object]) -> None:
        """Start the backfill of a segment: its runs are queued at once, and those that exist are made again.

        ``form`` are the fields of the runs' form that are filled in.
        """
        ticks = [report.tick_at.isoformat() for report in segment.reports]
        body = {
            "dag_id": segment.dag_id,
            "from_date": ticks[0],
            "to_date": ticks[-1],
            # Only the ledger knows what has arrived: a run that exists may have been late, or parked.
            "reprocess_behavior": "completed",
            "max_active_runs": 1,
            "dag_run_conf": dict(form),
        }
        self._ask("POST", "/api/v2/backfills", "id", body=body)

    def states(self, segment: Segment) -> dict[datetime, str]:
        """Return the state of each run of a segment by its tick."""
        query = {
            "logical_date_gte": segment.reports[0].tick_at.isoformat(),
            "logical_date_lte": segment.reports[-1].tick_at.isoformat(),
            "limit": "1000",
        }
        runs = self._ask("GET", f"/api/v2/dags/{segment.dag_id}/dagRuns", "dag_runs", query=query)
        backfills = [run for run in runs if run["run_type"] == "backfill"]
        return {datetime.fromisoformat(run["logical_date"]): run["state"] for run in backfills}

    def is_busy(self, dag_id: str) -> bool:
        """Return whether the DAG has a backfill whose end Airflow has not noted: it may not have another now."""
        query = {"dag_id": dag_id, "order_by": "-id", "limit": "1"}
        return any(
            each["completed_at"] is None for each in self._ask("GET", "/api/v2/backfills", "backfills", query=query)
        )

    def _ask(
        self,
        method: str,
        path: str,
        field: str,
        *,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - as JSON is
        """Make one request and return a field of the answer."""
        try:
            answer = self._http.request(method, path, json=body, params=query)
        except httpx.HTTPError as error:
            raise BackfillError(f"Airflow at {self._http.base_url} does not answer: {error}") from None
        if answer.is_error:
            raise BackfillError(f"Airflow refused {method} {path}: HTTP {answer.status_code} {answer.text[:300]}")
        try:
            return answer.json()[field]
        except (ValueError, KeyError, TypeError):
            raise BackfillError(
                f"{self._http.base_url} answered {method} {path} as no Airflow does: {answer.text[:80]!r}. Set"
                " AIRFLOW_API_URL to the address of Airflow's own UI, with the path it is under if it has one"
            ) from None


def _host(url: str) -> str:
    """Return the host of Airflow's address.

    :raises BackfillError: it is no address
    """
    try:
        found = urlsplit(url)
        if found.scheme in {"http", "https"} and found.hostname and found.port != 0:
            return found.hostname
    except ValueError:
        pass
    raise BackfillError("AIRFLOW_API_URL must be http:// or https:// and a host, such as http://127.0.0.1:8080")
