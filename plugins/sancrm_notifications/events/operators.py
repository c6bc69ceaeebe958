"""The tasks that events need beside those of every notification: to wait for them, and to deliver to people."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from sancrm_notifications.airflow.operators import DeliverOperator

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from sancrm_notifications.airflow.defaults import FromTask
    from sancrm_notifications.channels.channel import Address
    from sancrm_notifications.delivery.errors import PostponedError


class WaitForEventsOperator(BaseOperator):
    """Waits in the triggerer until the CRM has recorded something that has lasted; ends at once for a person's run.

    It returns why the wait is over: due, left, another run, nothing, or asked for.
    """

    ui_color = "#7EC8E3"

    def execute(self, context: Context) -> str:
        """Go to the triggerer, unless a person has asked for a span."""
        if not context["params"].get("since"):
            from sancrm_notifications.events.trigger import EventsTrigger

            self.defer(trigger=EventsTrigger(feed=context["dag"].dag_id), method_name="end")
        return "asked for"

    def end(self, context: Context, event: object = None) -> None:
        """Nothing is left to be done in a worker."""


class AskOperator(TriggerDagRunOperator):
    """Has a person asked about what concerns too many at once: starts a run of the DAG that asks, if anything waits.

    :param brakes: what ``format`` returned as ``brakes`` (templated)
    """

    template_fields = ("brakes",)

    def __init__(self, *, brakes: FromTask, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.brakes: list[int] = brakes

    def execute(self, context: Context) -> None:
        """Start the run that asks.

        :raises AirflowSkipException: nothing waits
        """
        if not self.brakes:
            raise AirflowSkipException("nothing waits for a person")
        self.conf = {"brake_ids": self.brakes}
        super().execute(context)


class ApproveOperator(ApprovalOperator):
    """Asks a person whether very many clients are told; a refusal, or a day without an answer, holds at once.

    :param body: what is asked, as Markdown; where it is empty nobody is asked
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(defaults=self.REJECT, response_timeout=timedelta(hours=24), **kwargs)

    def execute(self, context: Context) -> object:
        """Wait for a person, unless there is nothing to ask."""
        return super().execute(context) if self.body else None

    def execute_complete(self, context: Context, event: dict[str, Any]) -> object:
        """Go on with what was answered."""
        if event.get("chosen_options") == [self.REJECT]:
            from sancrm_notifications import connections
            from sancrm_notifications.airflow.task_errors import explained

            with explained():
                refused = self._refuse(connections.ledger_conninfo(), context)
            self.log.info("%d are never told", refused)
        return super().execute_complete(context, event)

    @abstractmethod
    def _refuse(self, conninfo: str, context: Context) -> int:
        """Note that what was asked about is never told; return how much that is."""


class ApproveEventsOperator(ApproveOperator):
    """Asks whether the events are told that wait behind the brakes of the run's form."""

    def _refuse(self, conninfo: str, context: Context) -> int:
        from sancrm_notifications.ledger.brakes import refuse

        return refuse(conninfo, context["params"]["brake_ids"])


class ApproveRemindersOperator(ApproveOperator):
    """Asks whether clients are reminded of so many repairs.

    :param repair_ids: the repairs (templated)
    """

    template_fields = (*ApproveOperator.template_fields, "repair_ids")

    def __init__(self, *, repair_ids: FromTask, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.repair_ids: list[int] = repair_ids

    def _refuse(self, conninfo: str, context: Context) -> int:  # noqa: ARG002 - it says nothing more
        from sancrm_notifications.ledger.pickups import refuse_reminders

        return refuse_reminders(conninfo, self.repair_ids)


class LeftForLaterError(Exception):
    """Some messages must wait for Telegram: the next run takes them up."""


class DeliverToClientsOperator(DeliverOperator):
    """Delivers to clients too: each in the private chat of the account that is bound at that moment.

    Of a person who has blocked the bot nothing is parked: nobody need act.
    """

    def _run(self, context: Context, *, reopen_parked: bool) -> dict[str, int]:
        from sancrm_notifications import connections
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.ledger.recipients import client_chats

        with explained():
            self._clients = client_chats(connections.ledger_conninfo(), self.delivery["batch"])
        return super()._run(context, reopen_parked=reopen_parked)

    def _resolver(self, resolve: Callable[[str], Address]) -> Callable[[str], Address]:
        clients = self._clients

        def of_client_too(destination: str) -> Address:
            if destination in clients:
                # Clients know the bot that staff have: it is the one that listens.
                return resolve("staff").of_chat(clients[destination], None)
            return resolve(destination)

        return of_client_too

    async def _after(self, batch: str) -> None:
        from sancrm_notifications import connections
        from sancrm_notifications.ledger.recipients import rest_blocked

        resting = await asyncio.to_thread(lambda: rest_blocked(connections.ledger_conninfo(), batch))
        if resting:
            self.log.info("%d messages were for people who have blocked the bot", resting)


class DeliverEventsOperator(DeliverToClientsOperator):
    """Delivers what was stored of events, one run after the other the same batch.

    What Telegram asks to wait with is left to the next run: whoever comes behind must not wait with it.
    """

    def execute(self, context: Context) -> dict[str, int]:
        """Deliver what can be delivered now; return how many messages of the batch stand in which state.

        See :meth:`DeliverOperator.execute`; what was parked is tried again only when a person clears the task.
        """
        ti = context["ti"]
        is_cleared = ti.try_number > 1 and ti.try_number == ti.max_tries - (self.retries or 0) + 1
        return self._run(context, reopen_parked=is_cleared)

    def _run(self, context: Context, *, reopen_parked: bool) -> dict[str, int]:
        try:
            return super()._run(context, reopen_parked=reopen_parked)
        except LeftForLaterError:
            return {}

    def _must_fail(self, context: Context) -> bool:
        """Tell whether this run has tried any of what is parked: what an earlier one has alarmed of is not news."""
        from sancrm_notifications import connections
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.ledger.recipients import has_parked

        with explained():
            return has_parked(connections.ledger_conninfo(), self.delivery["batch"], context["dag_run"].run_id)

    def _wait(self, postponed: PostponedError) -> None:
        self.log.info("%s; the next run takes it up", postponed)
        raise LeftForLaterError
