"""Starts Airflow's API server on a new metadata database that knows two DAGs; run as ``-m … PORT``."""

from __future__ import annotations

import sys

import uvicorn

DAGS = ("profitability_daily", "profitability_monthly")


def main() -> None:
    """Make the metadata's tables, then serve until terminated."""
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session

    initdb()
    with create_session() as session:
        session.add(DagBundleModel(name="reports"))
        session.flush()
        for dag_id in DAGS:
            session.add(DagModel(dag_id=dag_id, bundle_name="reports"))  # type: ignore[no-untyped-call]
    uvicorn.run("airflow.api_fastapi.main:app", host="127.0.0.1", port=int(sys.argv[1]))


if __name__ == "__main__":
    main()
