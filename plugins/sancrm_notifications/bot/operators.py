"""The task that listens: it starts and ends in the triggerer, so that no worker waits with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperator
from airflow.triggers.base import StartTriggerArgs

if TYPE_CHECKING:
    from airflow.sdk import Context


class ListenOperator(BaseOperator):
    """Listens to the bot until the next run takes over.

    The counts it returns are of updates: handled, repeated, put_off, passed_over, unreadable, and answers.
    """

    ui_color = "#7EC8E3"
    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(
        trigger_cls="sancrm_notifications.bot.trigger.ListenTrigger", next_method="end", trigger_kwargs={}
    )

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow calls it so
        """Go to the triggerer, where the scheduler has not sent it there itself: in a test of the DAG."""
        from sancrm_notifications.bot.trigger import ListenTrigger

        self.defer(trigger=ListenTrigger(), method_name="end")

    def end(self, context: Context, event: object = None) -> None:
        """Nothing is left to be done in a worker."""
