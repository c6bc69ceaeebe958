"""Alerts to the operators, in Russian: a run of ours has failed or is late.

The frame is Russian; what went wrong is said as the package says it in the logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.text.markup import bold, value
from sancrm_notifications.text.message import Button, Message
from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.russian import counted, time_text
from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

OPERATORS = "operators"
TOO_MANY = "more"
_KINDS = {
    "scheduled": "по расписанию",
    "manual": "вручную",
    "backfill": "досылка (backfill)",
    "asset_triggered": "по событию",
}
_STATES = {
    "running": "выполняется",
    "deferred": "ждёт вне исполнителя",
    "up_for_retry": "не удалась, ждёт повтора",
    "up_for_reschedule": "ждёт",
    "restarting": "перезапускается",
    "queued": "ждёт исполнителя",
    "scheduled": "ждёт исполнителя",
    "failed": "не удалась",
}


@dataclass(frozen=True, slots=True)
class TroubledRun:
    """A run as an alert names it: ``tick_at`` in the reports' zone, ``period`` as a report's title names it.

    ``url`` is the run's page in Airflow, ``airflow_url`` Airflow itself; None where nobody knows.
    """

    dag_id: str
    run_id: str
    kind: str
    tick_at: datetime | None
    period: str | None
    url: str | None
    airflow_url: str | None


@dataclass(frozen=True, slots=True)
class FailedTask:
    """Which try of a task failed; ``map_index`` is -1 for a task that is not mapped."""

    task_id: str
    try_number: int
    map_index: int = -1

    @property
    def name(self) -> str:
        """The task's id, with its number where it is one of several."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


def failed(run: TroubledRun, task: FailedTask | None, sentence: str) -> Message:
    """Return the alert that a task has failed for good, or the whole run where no task is known."""
    title = f"Не выполнена задача {task.name}" if task else "Не выполнен запуск"
    subject = f"{task.name}:{task.try_number}" if task else "run"
    return _message(run, subject, title, [value(sentence)])


def late(run: TroubledRun, minutes: int, tasks: Sequence[tuple[str, str]] | None) -> Message:
    """Return the alert that a report, or what has no period, was not delivered in time.

    ``tasks`` are those that the run stands at, with Airflow's states; None where that is not known.
    """
    what = "Отчёт не доставлен" if run.period else "Уведомление не доставлено"
    title = f"{what} и через {_minutes(minutes)} после срока"
    standing = [f"Задача {value(task)}: {_STATES.get(state) or value(state)}." for task, state in tasks or ()]
    if tasks is not None and not standing:
        standing = ["Ни одна задача не выполняется."]
    return _message(run, "deadline", title, standing)


def too_many(most: int, until: datetime, url: str | None) -> Message:
    """Return the alert that more has failed than is named one by one; ``until`` is in the reports' zone."""
    lines = [
        bold(f"Больше {most}{NO_BREAK_SPACE}сбоев за час"),
        f"До {until:%H:%M} о следующих здесь не сообщается: они видны в Airflow и в его журналах.",
    ]
    if url:
        lines.append(value(url))
    return Message(subject=TOO_MANY, destination=OPERATORS, label="сбои", html="\n".join(lines))


def _message(run: TroubledRun, subject: str, title: str, paragraph: list[str]) -> Message:
    buttons = ((Button("Открыть запуск", run.url),),) if run.url and can_be_button(run.url) else ()
    lines = [bold(value(title)), f"DAG: {value(run.dag_id)}", *_about(run)]
    if paragraph:
        lines += ["", *paragraph]
    if run.url and not buttons:
        lines += ["", value(run.url)]
    return Message(subject=subject, destination=OPERATORS, label=run.dag_id, html="\n".join(lines), buttons=buttons)


def _about(run: TroubledRun) -> list[str]:
    """Return the lines that say which run it is."""
    period = [f"Период: {run.period}"] if run.period else []
    if run.tick_at is None:
        return [*period, f"Запуск: {value(run.run_id)}"]
    kind = _KINDS.get(run.kind, run.kind)
    return [*period, f"Запуск: {kind}, {time_text(run.tick_at, with_year=True)}"]


def _minutes(minutes: int) -> str:
    return counted(minutes, "минуту", "минуты", "минут")
