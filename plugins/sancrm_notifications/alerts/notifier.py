"""Airflow's notifier of this package: alerts the operators of a task that failed for good, or a report that is late.

Source: docs/watching.md, When we ourselves fail.
"""

from __future__ import annotations

import asyncio
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sancrm_notifications.alerts.messages import TroubledRun
    from sancrm_notifications.alerts.rules import Alert

# Airflow kills a task's process 20 s after its work has ended ([core] task_success_overtime), and with it a callback
# that goes on; ledger and e-mail need their seconds too. The triggerer is in no hurry.
_PATIENCE_SECONDS = 9.0
_PATIENCE_IN_THE_TRIGGERER_SECONDS = 60.0
_UNDER_WAY = frozenset(
    {"running", "deferred", "up_for_retry", "up_for_reschedule", "restarting", "queued", "scheduled"}
)
_DONE = frozenset({"success", "skipped"})


class OperatorsNotifier(BaseNotifier):
    """Alerts the operators' chat of a failure, once for each; never raises.

    To be used as ``on_failure_callback`` of the tasks, whose own process knows the error, and of the DAG: of a task
    whose process was killed, Airflow calls only the DAG's.

    With ``deadline_minutes`` it is the callback of a deadline alert; then it alerts of scheduled runs only, because
    who starts a run by hand or backfills waits for it.

    :param report: the kind of report (daily, weekly, monthly), so that the alert can name the period
    :param deadline_minutes: how long after its time the run should have ended
    """

    def __init__(
        self, report: str | None = None, deadline_minutes: int | None = None, context: Context | None = None
    ) -> None:
        super().__init__(context)
        self.report = report
        self.deadline_minutes = deadline_minutes

    def notify(self, context: Context) -> None:
        """Alert the operators of what happened in the run that the context is of."""
        try:
            alert = self._failed(context) if self.deadline_minutes is None else self._late(context)
            if alert is not None:
                from sancrm_notifications.alerts import dispatch

                dispatch.send(alert)
        except Exception as error:
            # The text of an error that nobody foresaw may hold anything.
            where = "".join(traceback.format_tb(error.__traceback__))
            self.log.warning("the operators were not alerted: %s\n%s", type(error).__name__, where)

    async def async_notify(self, context: Context) -> None:
        """Do the same beside the event loop of Airflow's triggerer, which must not wait for a database or Telegram.

        A run that the scheduler made late (it was away, or the DAG was switched on) has its time from then on.
        """
        await asyncio.sleep(self._seconds_left(context))
        await asyncio.to_thread(self.notify, context)

    def _seconds_left(self, context: Context) -> float:
        """Return for how long a late run is still in time, counted from when it was made."""
        facts: Any = context.get("dag_run")
        if self.deadline_minutes is None or facts["run_type"] != "scheduled" or not facts["queued_at"]:
            return 0.0
        due_at = datetime.fromisoformat(facts["queued_at"]) + timedelta(minutes=self.deadline_minutes)
        return max((due_at - datetime.now(UTC)).total_seconds(), 0.0)

    def _failed(self, context: Context) -> Alert | None:
        from zoneinfo import ZoneInfo

        from sancrm_notifications.alerts.form_mistakes import FormError
        from sancrm_notifications.alerts.messages import FailedTask, failed, undelivered
        from sancrm_notifications.alerts.rules import Alert
        from sancrm_notifications.alerts.sentences import sentence
        from sancrm_notifications.alerts.undelivered import UndeliveredError
        from sancrm_notifications.schedule.crons import time_zone

        instance = context.get("ti")
        facts = context.get("dag_run")
        task = None
        if instance is not None:
            map_index = -1 if instance.map_index is None else instance.map_index
            task = FailedTask(instance.task_id, instance.try_number, map_index)
        run = self._run(
            dag_id=context["dag"].dag_id,
            run_id=context["run_id"],
            kind="" if facts is None else str(facts.run_type.value),
            tick_at=None if facts is None else facts.run_after,
            day=(context.get("params") or {}).get("date"),
        )
        error = context.get("exception")
        if isinstance(error, FormError) or (error is None and self._was_refused(run)):
            self.log.info("%s was refused for what its form says: who filled it in reads why in its log", run.run_id)
            return None
        if isinstance(error, UndeliveredError) and task is not None and error.undelivered:
            zone = ZoneInfo(time_zone())
            return Alert(run, undelivered(run, task, error.undelivered, zone), _PATIENCE_SECONDS)
        words = sentence(error, getattr(context.get("task"), "conn_id", None))  # type: ignore[arg-type]
        # Without an error it is the DAG's callback, mostly after that of the task: then only the ledger knows.
        return Alert(run, failed(run, task, words), _PATIENCE_SECONDS, needs_ledger=error is None)

    def _late(self, context: Context) -> Alert | None:
        from sancrm_notifications.alerts.messages import late
        from sancrm_notifications.alerts.rules import Alert

        facts: dict[str, Any] = context["dag_run"]  # type: ignore[assignment]
        if facts["run_type"] != "scheduled":
            self.log.info("%s is no scheduled run: who started it waits for it", facts["dag_run_id"])
            return None
        run = self._run(
            dag_id=facts["dag_id"],
            run_id=facts["dag_run_id"],
            kind=facts["run_type"],
            tick_at=datetime.fromisoformat(facts["run_after"]),
            day=None,
        )
        states = self._task_states(run)
        if states and all(state in _DONE for state in states.values()):
            self.log.info("%s has ended meanwhile", run.run_id)
            return None
        tasks = None if states is None else _standing_at(states)
        message = late(run, self.deadline_minutes or 0, tasks)
        # Of a failed run the operators were alerted when it failed.
        has_failed = any(state == "failed" for _, state in tasks or ())
        return Alert(run, message, _PATIENCE_IN_THE_TRIGGERER_SECONDS, only_if_first=has_failed)

    def _run(self, *, dag_id: str, run_id: str, kind: str, tick_at: datetime | None, day: str | None) -> TroubledRun:
        from zoneinfo import ZoneInfo

        from sancrm_notifications.alerts import links
        from sancrm_notifications.alerts.messages import TroubledRun
        from sancrm_notifications.schedule.crons import time_zone

        return TroubledRun(
            dag_id=dag_id,
            run_id=run_id,
            kind=kind,
            tick_at=tick_at and tick_at.astimezone(ZoneInfo(time_zone())),
            period=self._period(kind, tick_at, day),
            url=links.run_url(dag_id, run_id),
            airflow_url=links.airflow_url(),
            waiting_url=links.waiting_url(),
        )

    def _period(self, kind: str, tick_at: datetime | None, day: str | None) -> str | None:
        """Return the period that the run reports, in words, where it is a report and the period can be named."""
        from sancrm_notifications.schedule.crons import time_zone
        from sancrm_notifications.schedule.periods import Kind
        from sancrm_notifications.schedule.runs import RunFacts, reported_period
        from sancrm_notifications.text.russian import period_text

        if self.report is None or tick_at is None:
            return None
        try:
            facts = RunFacts(kind, tick_at)
            period = reported_period(Kind(self.report), facts, day, tick_at, preview=True, zone=time_zone())
        except ValueError:
            return None
        return period_text(period)

    def _was_refused(self, run: TroubledRun) -> bool:
        """Tell whether the run failed for nothing but what its form says."""
        from sancrm_notifications.alerts.form_mistakes import is_refused

        failed = [task_id for task_id, state in (self._task_states(run) or {}).items() if state == "failed"]
        try:
            return is_refused(run.dag_id, run.run_id, failed)
        except Exception as error:  # a failure that is told once too often does less harm
            self.log.warning("whether the run's form was wrong is not known: %s", type(error).__name__)
            return False

    def _task_states(self, run: TroubledRun) -> dict[str, str | None] | None:
        """Return the state of each task of the run, or None where Airflow does not say."""
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        try:
            found: dict[str, dict[str, str | None]] = RuntimeTaskInstance.get_task_states(
                dag_id=run.dag_id, run_ids=[run.run_id]
            )
        except Exception as error:  # the alert is worth more than where the run stands
            self.log.warning("where the run stands is not known: %s", type(error).__name__)
            return None
        return found.get(run.run_id, {})


def _standing_at(states: dict[str, str | None]) -> list[tuple[str, str]]:
    """Return the tasks that are under way, else those that failed, with their states."""
    known = [(task, state) for task, state in states.items() if state is not None]
    under_way = [(task, state) for task, state in known if state in _UNDER_WAY]
    return under_way or [(task, state) for task, state in known if state == "failed"]
