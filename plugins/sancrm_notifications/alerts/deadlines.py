"""By when a notification must be delivered, as Airflow's deadline alert: else the operators hear of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference  # type: ignore[attr-defined] # Airflow's stub

from sancrm_notifications.alerts.notifier import OperatorsNotifier
from sancrm_notifications.schedule.crons import deadline_minutes

if TYPE_CHECKING:
    from sancrm_notifications.schedule.periods import Kind


def delivery_deadline(report: Kind | None = None) -> DeadlineAlert:
    """Return the deadline of a notification; ``report`` is its kind where it is a report, so that its period is told.

    It counts from the logical date, which is the tick of a scheduled run: with a deadline from ``DAGRUN_QUEUED_AT``
    Airflow 3.3.2 answers 500 when a task is cleared. What that cannot tell apart, the notifier does: runs by hand,
    backfills, and runs made late. The triggerer tells: that the workers are full may be why it is late.
    """
    minutes = deadline_minutes()
    kwargs = {"report": None if report is None else report.value, "deadline_minutes": minutes}
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(OperatorsNotifier, kwargs=kwargs),
        name="delivered in time",
    )
