"""Runs that pages start and look at: through Airflow's own models, in the name of the user who has asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date


class RunRefusedError(Exception):
    """Airflow does not start the run; the text is a sentence for the page."""


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run as pages show it; ``state`` is Airflow's word, ``conf`` what its form was filled with."""

    dag_id: str
    run_id: str
    state: str
    conf: dict[str, Any] = field(default_factory=dict)
    user_name: str | None = None
    queued_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in {"success", "failed"}


def start(dag_id: str, run_id: str, conf: Mapping[str, Any], user_name: str) -> None:
    """Start a run of this id, unless there is one.

    :raises RunRefusedError: there is no such DAG, it is paused, or does not take this form
    """
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.exceptions import DagRunAlreadyExists, ParamValidationError
    from airflow.models.dag import DagModel
    from airflow.sdk.exceptions import AirflowException
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy.exc import IntegrityError

    model = DagModel.get_current(dag_id)
    if model is None:
        raise RunRefusedError(f"В Airflow нет DAG «{dag_id}»: проверьте, что файлы DAG прочитаны без ошибок.")
    if model.is_paused:
        raise RunRefusedError(f"DAG «{dag_id}» на паузе, его запуск ждал бы вечно: снимите паузу и повторите.")
    try:
        trigger_dag(
            dag_id,
            triggered_by=DagRunTriggeredByType.UI,
            triggering_user_name=user_name,
            run_id=run_id,
            conf=dict(conf),
        )
    except (DagRunAlreadyExists, IntegrityError):
        return  # a second click
    except (ParamValidationError, ValueError, AirflowException) as error:
        raise RunRefusedError(f"Airflow не начал запуск «{dag_id}»: {error}") from None


def find(dag_id: str, run_ids: Collection[str]) -> dict[str, StartedRun]:
    """Return the runs of a DAG that exist, by id."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    if not run_ids:
        return {}
    with create_session() as session:
        runs = session.scalars(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id.in_(list(run_ids))))
        return {run.run_id: _started(run) for run in runs}


def _started(run: Any) -> StartedRun:  # noqa: ANN401 - Airflow's model is loaded where it is used
    conf = run.conf if isinstance(run.conf, dict) else {}
    return StartedRun(
        run.dag_id, run.run_id, str(run.state), conf, run.triggering_user_name, run.queued_at, run.end_date
    )


def pause(dag_id: str, *, is_paused: bool, user_name: str) -> None:
    """Pause a DAG or let it go on, and note it among Airflow's audit entries.

    :raises RunRefusedError: there is no such DAG
    """
    from airflow.models.dag import DagModel
    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        model = session.scalar(select(DagModel).where(DagModel.dag_id == dag_id))
        if model is None:
            raise RunRefusedError(f"В Airflow нет DAG «{dag_id}»: проверьте, что файлы DAG прочитаны без ошибок.")
        if model.is_paused != is_paused:
            model.is_paused = is_paused
            session.add(Log("paused" if is_paused else "unpaused", owner=user_name, dag_id=dag_id))


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a DAG runs next; ``says`` is how Airflow describes its timetable."""

    dag_id: str
    is_paused: bool
    says: str
    next_at: datetime | None


def schedules(dag_ids: Collection[str]) -> list[Schedule]:
    """Return the schedules of these DAGs, as far as Airflow knows them, in this order."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        models = {
            model.dag_id: Schedule(
                model.dag_id,
                bool(model.is_paused),
                str(model.timetable_description or model.timetable_summary or ""),
                model.next_dagrun_create_after,
            )
            for model in session.scalars(select(DagModel).where(DagModel.dag_id.in_(list(dag_ids))))
        }
    return [models[dag_id] for dag_id in dag_ids if dag_id in models]


def last(dag_id: str) -> StartedRun | None:
    """Return the latest run of a DAG, or None."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        newest = select(DagRun).where(DagRun.dag_id == dag_id).order_by(DagRun.run_after.desc()).limit(1)
        run = session.scalars(newest).first()
        return None if run is None else _started(run)


def states_at(dag_ids: Collection[str], first_on: date, last_on: date) -> dict[tuple[str, datetime], str]:
    """Return the state of each DAG's run of each tick in a span of days (UTC), by DAG and tick."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.execute(
            select(DagRun.dag_id, DagRun.logical_date, DagRun.state).where(
                DagRun.dag_id.in_(list(dag_ids)),
                DagRun.logical_date >= datetime.combine(first_on, time.min, UTC),
                DagRun.logical_date < datetime.combine(last_on, time.min, UTC),
                DagRun.run_type.in_(("scheduled", "backfill")),
            )
        )
        return {(dag_id, tick_at): str(state) for dag_id, tick_at, state in found}
