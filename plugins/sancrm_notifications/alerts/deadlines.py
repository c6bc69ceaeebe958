"""By when a notification must be delivered, as Airflow's deadline alert: else the operators hear of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, AsyncCallback, BaseDeadlineReference, DeadlineAlert  # type: ignore[attr-defined] # Airflow's stub

from sancrm_notifications.alerts.notifier import OperatorsNotifier
from sancrm_notifications.schedule.crons import deadline_minutes

if TYPE_CHECKING:
    from airflow.models import DagRun
    from sqlalchemy.orm import Session

    from sancrm_notifications.schedule.periods import Kind


class ScheduledTick(BaseDeadlineReference):  # type: ignore[misc]  # Airflow's stub does not know it
    """The tick of a scheduled run, or when it was made, if that is later: Airflow's UI calls a past one «Missed».

    A run that somebody starts or backfills has no deadline, as they wait for it. Not Airflow's own reference to the
    moment a run is queued: with it Airflow 3.3.2 answers 500 when a task is cleared. The scheduler finds this class by
    its path, so a plugin names it.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> datetime | None:
        """Return the instant to count from, or None for no deadline; called when a run is made."""
        from airflow.models import DagRun
        from sqlalchemy import select

        instants = select(DagRun.logical_date, DagRun.queued_at).where(
            DagRun.dag_id == dag_id, DagRun.run_id == run_id, DagRun.run_type == "scheduled"
        )
        found = session.execute(instants).one_or_none()
        return None if found is None else max(filter(None, found), default=None)


class PunctualDAG(DAG):
    """A DAG with a deadline that ``airflow dags test`` can run.

    Airflow 3.3.2 looks a deadline up in its database by what it is made of instead of by its id when such a run ends,
    and answers with a traceback after all the work is done. Nobody waits for such a run, so it has no deadline.
    """

    def test(self, *args: Any, **kwargs: Any) -> DagRun:
        """Run the DAG once in this process."""
        self.deadline = None
        run: DagRun = super().test(*args, **kwargs)
        return run


def delivery_deadline(report: Kind | None = None) -> DeadlineAlert:
    """Return the deadline of a notification; ``report`` is its kind where it is a report, so that its period is told.

    The triggerer tells: that the workers are full may be why it is late.
    """
    minutes = deadline_minutes()
    kwargs = {"report": None if report is None else report.value, "deadline_minutes": minutes}
    return DeadlineAlert(
        reference=ScheduledTick(),
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(OperatorsNotifier, kwargs=kwargs),
        name="delivered in time",
    )
