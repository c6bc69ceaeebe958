"""The listener inside Airflow's triggerer: where it runs, no worker waits with it.

A trigger cannot read that its DAG was paused: it ends by itself when its successor is late.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TaskSuccessEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airflow.triggers.base import TriggerEvent

DAG_ID = "client_bot"
# How long after its successor's moment it still listens: so long the scheduler may be away.
GRACE_SECONDS = 300.0
# How long a test of the DAG listens: `airflow dags test` is waited for by a person.
TEST_SECONDS = 10.0


class ListenTrigger(BaseTrigger):
    """Listens until the next run takes over; its own number, which grows, says who is younger."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what makes it anew elsewhere."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Listen; end the task with how many updates were handled in which way."""
        from sancrm_notifications.bot import wiring
        from sancrm_notifications.bot.listening import Listening
        from sancrm_notifications.ledger.claiming import Run
        from sancrm_notifications.schedule.crons import next_tick

        now = datetime.now(UTC)
        window_seconds = (next_tick(DAG_ID, now) - now).total_seconds() + GRACE_SECONDS
        # Only a triggerer numbers its triggers; a test of the DAG has none.
        if self.trigger_id is None:
            window_seconds = TEST_SECONDS
        instance = self.task_instance
        run = Run(instance.dag_id, instance.run_id, instance.try_number) if instance else Run(DAG_ID, "", 1)
        work = wiring.work(run, number=self.trigger_id, window_seconds=window_seconds)
        ending = await Listening(work, asyncio.Event()).run()
        if ending.has_copy:
            # This process was stopped, and the same run goes on elsewhere: an event from here would end it there, and
            # a return would fail it.  Airflow cancels what it knows to run elsewhere.
            await asyncio.Event().wait()
        yield TaskSuccessEvent(xcoms={"return_value": dict(ending.counts)})
