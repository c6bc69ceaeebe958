"""Airflow's REST API as far as the command needs it that sends parked messages again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sancrm_notifications.backfill.airflow_api import Airflow

DAG_ID = "resend_parked"
_FIND, _DELIVER = "find", "deliver"


class ResendingAirflow(Airflow):
    """One Airflow whose ``resend_parked`` is run; each call raises BackfillError where Airflow refuses."""

    def trigger(self, form: dict[str, object]) -> str:
        """Start a run with these fields of the form filled in; return its id."""
        body = {"logical_date": None, "conf": form}
        return str(self._ask("POST", f"/api/v2/dags/{DAG_ID}/dagRuns", "dag_run_id", body=body))

    def state(self, run_id: str) -> str:
        """Return «queued», «running», «success» or «failed»."""
        return str(self._ask("GET", _run(run_id), "state"))

    def deliver_state(self, run_id: str) -> str:
        """Return where the delivering task stands, such as «up_for_retry» or «deferred»; empty before it began."""
        return str(self._ask("GET", f"{_run(run_id)}/taskInstances/{_DELIVER}", "state") or "")

    def lines(self, run_id: str) -> list[str]:
        """Return the list of what waits for a person."""
        return list(self._returned(run_id, _FIND, "lines"))

    def withheld(self, run_id: str) -> str | None:
        """Return why nothing was to be delivered, or None."""
        found: str | None = self._returned(run_id, _FIND, "delivery")["withheld"]
        return found

    def counts(self, run_id: str) -> dict[str, int]:
        """Return how many of the chosen messages stand in which state after the delivery."""
        return dict(self._returned(run_id, _DELIVER, "return_value"))

    def failure(self, run_id: str) -> str:
        """Return the last error of the task that failed; empty when its log has none."""
        failed = _DELIVER if self.deliver_state(run_id) == "failed" else _FIND
        task = f"{_run(run_id)}/taskInstances/{failed}"
        lines = self._ask("GET", f"{task}/logs/{self._ask('GET', task, 'try_number')}", "content")
        details = [line["error_detail"] for line in lines if isinstance(line, dict) and line.get("error_detail")]
        return str(details[-1][-1].get("exc_value", "")) if details else ""

    def _returned(self, run_id: str, task_id: str, key: str) -> Any:  # noqa: ANN401 - as JSON is
        path = f"{_run(run_id)}/taskInstances/{task_id}/xcomEntries/{key}"
        return self._ask("GET", path, "value", query={"deserialize": "true"})


def _run(run_id: str) -> str:
    return f"/api/v2/dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}"
