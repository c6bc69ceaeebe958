"""Waits in Airflow's triggerer until something of the CRM's events is due: no worker waits with it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import psycopg
from airflow.triggers.base import BaseTrigger, TaskSuccessEvent

from sancrm_notifications.errors.redaction import kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airflow.triggers.base import TriggerEvent

    from sancrm_notifications.events.looking import Looking

EVERY_SECONDS = 2.0
WINDOW_SECONDS = 3600.0
"""A night without events is as many runs as it has hours."""
TEST_SECONDS = 5.0
_LONGEST_BACKOFF_SECONDS = 60.0
# What a delivery has left, because Telegram asked for a wait, is taken up again after this.
_LEFT_SECONDS = 300.0
# How often it is asked whether a person has started a run, which stands behind this one.
_QUEUE_SECONDS = 10.0


class EventsTrigger(BaseTrigger):
    """Looks at the feed of one notification until something is due, another run is queued, or an hour is over."""

    def __init__(self, feed: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.feed = feed

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what makes it anew elsewhere."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"feed": self.feed}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait; end the task with why the wait is over."""
        from sancrm_notifications import connections
        from sancrm_notifications.events.looking import Looking

        crm, ledger = await asyncio.to_thread(lambda: (connections.source_conninfo(), connections.ledger_conninfo()))
        looking = Looking(crm, ledger, self.feed)
        try:
            why = await self._wait(looking)
        finally:
            await asyncio.shield(asyncio.to_thread(looking.close))
        yield TaskSuccessEvent(xcoms={"return_value": why})

    async def _wait(self, looking: Looking) -> str:
        began = asked = time.monotonic()
        # Only a triggerer numbers its triggers; a test of the DAG has none.
        window_seconds = WINDOW_SECONDS if self.trigger_id is not None else TEST_SECONDS
        backoff_seconds = EVERY_SECONDS
        is_begun = False
        while (waited := time.monotonic() - began) < window_seconds:
            try:
                if not is_begun:
                    await asyncio.to_thread(looking.note_woken, is_woken=False)
                    is_begun = True
                look = await asyncio.to_thread(looking.look)
                if look.is_any_due:
                    await asyncio.to_thread(looking.note_woken, is_woken=True)
                    return "due"
                if waited >= _LEFT_SECONDS and await asyncio.to_thread(looking.is_anything_left):
                    return "left"
            except psycopg.Error as error:
                # A trigger that raises is started anew every two seconds.
                backoff_seconds = min(backoff_seconds * 2, _LONGEST_BACKOFF_SECONDS)
                self.log.warning("the feed cannot be read: %s; again in %.0f s", kind(error), backoff_seconds)
                await asyncio.sleep(backoff_seconds)
                continue
            backoff_seconds = EVERY_SECONDS
            if self.trigger_id is not None and time.monotonic() - asked >= _QUEUE_SECONDS:
                asked = time.monotonic()
                if await self._is_run_queued():
                    return "another run"
            await asyncio.sleep(EVERY_SECONDS)
        return "nothing"

    async def _is_run_queued(self) -> bool:
        """Tell whether a run that a person has started waits for this one to end."""
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
        from asgiref.sync import sync_to_async

        return bool(await sync_to_async(RuntimeTaskInstance.get_dr_count)(dag_id=self.feed, states=["queued"]))
