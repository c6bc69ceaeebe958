"""Mistakes in the form of a run: who has filled it in reads of them in the task's log, the operators never hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

# Airflow calls back for the whole run too, and then knows no error: only this XCom says why the task has failed.
_NOTE = "form_mistake"


class FormError(AirflowFailException):
    """The form says what cannot be done; the text says what, and what can."""


def refuse(context: Context, why: str) -> NoReturn:
    """End the run because of its form.

    :raises FormError: with the reason
    """
    context["ti"].xcom_push(key=_NOTE, value=why)
    # Whatever was caught on the way here says the same once more, above the sentence.
    raise FormError(why) from None


def is_refused(dag_id: str, run_id: str, failed_task_ids: Iterable[str]) -> bool:
    """Tell whether each of a run's tasks that failed did so because of the form."""
    from airflow.sdk.execution_time.xcom import XCom

    notes = [XCom.get_one(key=_NOTE, dag_id=dag_id, run_id=run_id, task_id=task_id) for task_id in failed_task_ids]
    return bool(notes) and all(notes)
