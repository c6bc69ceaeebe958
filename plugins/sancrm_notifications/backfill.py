"""``python -m sancrm_notifications.backfill --from DAY --to DAY``: has Airflow make and send the missed reports.

Both days are *reported* days.  The runs are Airflow's own backfills, seen and stoppable in its UI; they go one
after the other in order of time, arrive silently and behind anything current, and what is in a chat already is
not sent again.  Airflow's REST API is found by ``AIRFLOW_API_URL``, with ``AIRFLOW_API_TOKEN``, or
``AIRFLOW_API_USER`` and ``AIRFLOW_API_PASSWORD``, in the environment.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from sancrm_notifications.backfill_plan import Segment, reports_of_days, segments

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLL_SECONDS = 1.0
_UNFINISHED = ("queued", "running")


class BackfillError(Exception):
    """The backfill cannot be made; the text says why and what to do."""


class Airflow:
    """The REST API of one Airflow, as far as backfills need it."""

    def __init__(self, url: str, *, token: str | None, user: str | None, password: str | None) -> None:
        # The environment's proxy leads to the internet, not to this machine.
        is_elsewhere = urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}
        self._http = httpx.Client(base_url=url.rstrip("/"), timeout=30, trust_env=is_elsewhere)
        if not token:
            token = str(self._json("POST", "/auth/token", {"username": user, "password": password})["access_token"])
        self._http.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Airflow:
        """Return the API that the environment names.

        :raises BackfillError: a variable is missing
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
        return bool(self._json("GET", f"/api/v2/dags/{dag_id}")["is_paused"])

    def create(self, segment: Segment) -> None:
        """Start the backfill of a segment: its runs are queued at once, and those that exist are made again."""
        ticks = [report.tick_at.isoformat() for report in segment.reports]
        body = {
            "dag_id": segment.dag_id,
            "from_date": ticks[0],
            "to_date": ticks[-1],
            # Only the ledger knows what has arrived: a run that exists may have been late, or parked.
            "reprocess_behavior": "completed",
            "max_active_runs": 1,
        }
        self._json("POST", "/api/v2/backfills", body)

    def states(self, segment: Segment) -> dict[str, str]:
        """Return the state of each run of a segment by its tick (ISO, UTC)."""
        query = {
            "logical_date_gte": segment.reports[0].tick_at.isoformat(),
            "logical_date_lte": segment.reports[-1].tick_at.isoformat(),
            "limit": "1000",
        }
        runs = self._json("GET", f"/api/v2/dags/{segment.dag_id}/dagRuns", query=query)["dag_runs"]
        return {run["logical_date"]: run["state"] for run in runs if run["run_type"] == "backfill"}

    def is_busy(self, dag_id: str) -> bool:
        """Return whether the DAG has a backfill whose end Airflow has not noted: it may not have another now."""
        newest = self._json("GET", "/api/v2/backfills", query={"dag_id": dag_id, "order_by": "-id", "limit": "1"})
        return any(each["completed_at"] is None for each in newest["backfills"])

    def _json(
        self, method: str, path: str, body: dict[str, Any] | None = None, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, json=body, params=query)
        except httpx.HTTPError as error:
            raise BackfillError(f"Airflow at {self._http.base_url} does not answer: {error}") from None
        if answer.is_error:
            raise BackfillError(f"Airflow refused {method} {path}: HTTP {answer.status_code} {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found


def backfill(airflow: Airflow, first_on: date, last_on: date) -> bool:
    """Make the reports of these days, showing progress; return whether every run succeeded.

    :raises BackfillError: Airflow refuses, or a DAG is paused
    """
    from sancrm_notifications.schedules import next_report_tick, time_zone

    reports = reports_of_days(first_on, last_on, time_zone(), next_report_tick)
    plan = segments([report for report in reports if report.tick_at <= datetime.now(UTC)])
    if not plan:
        raise BackfillError(f"no report of {first_on} – {last_on} is due yet")
    for dag_id in {segment.dag_id for segment in plan}:
        if airflow.is_paused(dag_id):
            raise BackfillError(f"{dag_id} is paused, its backfill would wait for ever: unpause it first")
    # Every segment is run, also after one that failed.
    succeeded = [_run(airflow, segment) for segment in plan]
    return all(succeeded)


def _run(airflow: Airflow, segment: Segment) -> bool:
    """Run one segment to its end; return whether every run of it succeeded."""
    _wait_until_free(airflow, segment.dag_id)
    airflow.create(segment)
    # Its runs exist now.  Airflow notes the end of a whole backfill up to half a minute later than theirs.
    while any(state in _UNFINISHED for state in airflow.states(segment).values()):
        time.sleep(_POLL_SECONDS)
    states = {datetime.fromisoformat(at): state for at, state in airflow.states(segment).items()}
    for report in segment.reports:
        state = states.get(report.tick_at, "not made: a run of that tick was under way")
        print(f"{report.dag_id} {report.period.key}: {state}", flush=True)  # noqa: T201 - this is a command
    return all(states.get(report.tick_at) == "success" for report in segment.reports)


def _wait_until_free(airflow: Airflow, dag_id: str) -> None:
    if airflow.is_busy(dag_id):
        print(f"{dag_id}: waiting for its earlier backfill to end", flush=True)  # noqa: T201 - this is a command
    while airflow.is_busy(dag_id):
        time.sleep(_POLL_SECONDS)


def main() -> int:
    """Run the command; the exit status is 0 when every report was made and delivered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first_on", type=date.fromisoformat, required=True, metavar="DAY")
    parser.add_argument("--to", dest="last_on", type=date.fromisoformat, required=True, metavar="DAY")
    asked = parser.parse_args()
    if asked.last_on < asked.first_on or asked.last_on - asked.first_on > timedelta(days=3660):
        parser.error(f"--from {asked.first_on} must not come after --to {asked.last_on}, nor ten years before it")
    try:
        return 0 if backfill(Airflow.of_environment(os.environ), asked.first_on, asked.last_on) else 1
    except BackfillError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1


if __name__ == "__main__":
    sys.exit(main())
