"""Starts Airflow's API server on a new metadata database that knows the package's DAGs; run as ``-m … PORT``."""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING

import uvicorn

from local.airflow_environment import ROOT
from tests.pages.people import BUNDLES, CALLS, FAB_ROLES, PASSWORDS

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


def main() -> None:
    """Make the metadata's tables, then serve until terminated."""
    from airflow.configuration import conf
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    initdb()
    bag = DagBag(dag_folder=str(ROOT / "dags"), bundle_path=ROOT / "dags")
    if bag.import_errors or not bag.dags:
        raise RuntimeError(str(bag.import_errors))
    _store(bag)
    if "fab" in conf.get("core", "auth_manager"):
        _make_fab_people()
    uvicorn.run("airflow.api_fastapi.main:app", host="127.0.0.1", port=int(sys.argv[1]))


def _store(bag: DagBag) -> None:
    """Store the DAGs, each in the bundle of the team it belongs to."""
    from airflow.dag_processing.dagbag import sync_bag_to_db
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.team import Team
    from airflow.utils.session import create_session
    from sqlalchemy import update

    for team, wanted in BUNDLES.items():
        with create_session() as session:
            bundle = DagBundleModel(name=team)
            bundle.teams.append(Team(name=team))
            session.add(bundle)
        part = copy.copy(bag)
        part.dags = {dag_id: dag for dag_id, dag in bag.dags.items() if dag_id in wanted}
        with create_session() as session:
            sync_bag_to_db(part, team, None, session=session)
            session.execute(update(DagModel).values(is_paused=False))


def _make_fab_people() -> None:
    """Make the same people in the FAB auth manager: one of them has rights over one DAG only."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        manager = builder.sm
        manager.sync_roles()
        role = manager.add_role(FAB_ROLES["calls"])
        rights = {"Website": "can_read", f"DAG:{CALLS}": "can_read", "DAG Runs": "can_create"}
        for resource, action in [*rights.items(), (f"DAG:{CALLS}", "can_edit")]:
            manager.add_permission_to_role(role, manager.create_permission(action, resource))
        for name, role_name in FAB_ROLES.items():
            manager.add_user(
                name, name, name, f"{name}@example.org", manager.find_role(role_name), password=PASSWORDS[name]
            )


if __name__ == "__main__":
    main()
