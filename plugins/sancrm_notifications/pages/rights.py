"""Who may read and who may act: Airflow's rights over the DAG that a message belongs to, asked for each DAG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.models.dag import DagModel
from starlette.exceptions import HTTPException

from sancrm_notifications.pages.words import IMPERSONAL, dag_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod

# Who asks, as a page's parameter: Airflow looks at the session, or refuses.
User = GetUserDep


_RIGHTS = {"read": "читать (GET)", "edit": "менять (PUT)", "run": "менять (PUT) и запускать (POST на его запуски)"}


class MissingRightError(HTTPException):
    """A right is missing: which one, on which DAGs; ``wanted`` is ``read``, ``edit`` or ``run``."""

    def __init__(self, wanted: str, dag_ids: Iterable[str]) -> None:
        named = ", ".join(f"«{dag_name(dag_id)}» ({dag_id})" for dag_id in sorted(set(dag_ids)))
        super().__init__(403, f"Недостаточно прав: нужно право {_RIGHTS[wanted]} в Airflow на DAG {named}.")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do with the messages of these DAGs."""

    readable: frozenset[str]
    editable: frozenset[str]

    def may_read(self, message: Mapping[str, Any]) -> bool:
        """Tell whether the message may be seen at all."""
        return message["dag_id"] in self.readable

    def may_act_on(self, message: Mapping[str, Any]) -> bool:
        """Tell whether something may be done with the message."""
        return self.may_read(message) and message["dag_id"] in self.editable

    def may_read_text_of(self, message: Mapping[str, Any]) -> bool:
        """Tell whether its text may be seen: names and phones are for those who may edit its DAG."""
        return message["notification"] in IMPERSONAL or self.may_act_on(message)


def rights_over(user: Any, dag_ids: Collection[str]) -> Rights:  # noqa: ANN401 - each auth manager has its own user
    """Return what a user may do with the messages of these DAGs, also of those that Airflow no longer has."""
    return Rights(_authorized(user, "GET", dag_ids), _authorized(user, "PUT", dag_ids))


def _authorized(user: Any, method: ResourceMethod, dag_ids: Collection[str]) -> frozenset[str]:  # noqa: ANN401
    teams = DagModel.get_dag_id_to_team_name_mapping(list(dag_ids))
    by_team: dict[str | None, set[str]] = {}
    for dag_id in dag_ids:
        by_team.setdefault(teams.get(dag_id), set()).add(dag_id)
    manager = get_auth_manager()
    return frozenset().union(
        *(
            manager.filter_authorized_dag_ids(dag_ids=of_team, user=user, method=method, team_name=team)
            for team, of_team in by_team.items()
        )
    )


def may_run(user: Any, dag_ids: Collection[str]) -> frozenset[str]:  # noqa: ANN401
    """Return the DAGs of these that a user may edit and start runs of."""
    teams = DagModel.get_dag_id_to_team_name_mapping(list(dag_ids))
    manager = get_auth_manager()
    return frozenset(
        dag_id
        for dag_id in _authorized(user, "PUT", dag_ids)
        if manager.is_authorized_dag(
            method="POST",
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id=dag_id, team_name=teams.get(dag_id)),
            user=user,
        )
    )
