"""Addresses of pages in Airflow's own user interface."""

from __future__ import annotations

from urllib.parse import quote

from airflow.sdk.configuration import conf

_WAITING = "sancrm-notifications/waiting"


def airflow_url() -> str | None:
    """Return the address of the user interface, without a final slash; None where ``[api] base_url`` is empty."""
    return str(conf.get("api", "base_url", fallback="") or "").strip().rstrip("/") or None


def run_url(dag_id: str, run_id: str) -> str | None:
    """Return the page of a run, or None where nobody knows the address of the user interface."""
    start = airflow_url()
    return start and f"{start}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def waiting_url() -> str | None:
    """Return the page on what waits for a person, where it is sent again, or None where nobody knows the address."""
    start = airflow_url()
    return start and f"{start}/{_WAITING}"
