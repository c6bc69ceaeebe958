"""Airflow's backfills, as the page of missed reports starts them: through Airflow's own models, one for each DAG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sancrm_notifications.pages.airflow_runs import RunRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


def start(dag_id: str, ticks: tuple[datetime, datetime], conf: Mapping[str, Any], user_name: str) -> None:
    """Start a DAG's backfill from its first to its last tick; runs that exist are made again, one after the other.

    :raises RunRefusedError: the DAG is paused, has a backfill that has not ended, or Airflow refuses
    """
    from airflow.models.backfill import AlreadyRunningBackfill, ReprocessBehavior, _create_backfill
    from airflow.models.dag import DagModel
    from airflow.sdk.exceptions import AirflowException

    model = DagModel.get_current(dag_id)
    if model is None:
        raise RunRefusedError(f"В Airflow нет DAG «{dag_id}»: проверьте, что файлы DAG прочитаны без ошибок.")
    if model.is_paused:
        raise RunRefusedError(f"DAG «{dag_id}» на паузе, его запуски ждали бы вечно: снимите паузу и повторите.")
    try:
        _create_backfill(
            dag_id=dag_id,
            from_date=ticks[0],
            to_date=ticks[1],
            max_active_runs=1,
            reverse=False,
            dag_run_conf=dict(conf),
            triggering_user_name=user_name,
            # Only the ledger knows what has arrived: a run that exists may have been late, or parked.
            reprocess_behavior=ReprocessBehavior.COMPLETED,
        )
    except AlreadyRunningBackfill:
        raise RunRefusedError(
            f"У DAG «{dag_id}» ещё идёт прежнее повторение, а двух сразу Airflow не делает: дождитесь его конца."
        ) from None
    except (AirflowException, ValueError) as error:
        raise RunRefusedError(f"Airflow не начал повторение «{dag_id}»: {error}") from None


def was_started(dag_id: str, ticks: tuple[datetime, datetime], since: datetime) -> bool:
    """Tell whether a backfill of this very span was started since an instant: by the same form, sent once more."""
    from airflow.models.backfill import Backfill
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = select(Backfill.id).where(
            Backfill.dag_id == dag_id,
            Backfill.from_date == ticks[0],
            Backfill.to_date == ticks[1],
            Backfill.created_at >= since,
        )
        return session.scalars(found).first() is not None
