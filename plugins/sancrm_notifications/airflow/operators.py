"""The operators that deliver stored messages, and deliver them again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow.sdk import Context, XComArg

    from sancrm_notifications.channels.channel import Address
    from sancrm_notifications.delivery.delivered import Delivered
    from sancrm_notifications.delivery.errors import PostponedError
    from sancrm_notifications.ledger.batches import Undelivered

_CANNOT_BE_SENT = "some messages cannot be sent until a person acts, then clear this task. "


class DeliverOperator(BaseOperator):
    """Delivers a batch of stored messages: each once, in order, within Telegram's limits.

    Addresses come from the Telegram connections (see ``delivery/destinations.py``), texts from the ledger; what passes
    through Airflow is the batch's name and counts.  May be retried, cleared and run twice at any time.

    Not the provider's ``TelegramOperator``: that has one chat and one text as its fields, and every task of a DAG
    that names it would import the Telegram provider, a third of a second.

    :param delivery: what ``format`` returned: ``batch``, ``subjects``, ``is_backfill`` and ``withheld`` (templated)
    """

    template_fields: Sequence[str] = ("delivery",)
    ui_color = "#FFBA40"

    def __init__(self, *, delivery: dict[str, Any] | XComArg, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.delivery: Any = delivery

    def execute(self, context: Context) -> dict[str, int]:
        """Deliver what can be delivered now; return how many messages of the batch stand in which state.

        :raises AirflowSkipException: the batch is withheld, with the reason and how to send it
        :raises AirflowFailException: a person must act, with what to do
        :raises AirflowException: Telegram or the network is away; a retry goes on
        """
        if self.delivery["withheld"]:
            self._skip(self.delivery["withheld"])
        # A person who clears the task has seen why messages were parked; a retry by itself has not.
        is_asked_for = context["ti"].try_number == context["ti"].max_tries - (self.retries or 0) + 1
        return self._run(context, reopen_parked=is_asked_for)

    def go_on(self, context: Context, event: object = None) -> dict[str, int]:  # noqa: ARG002 - it says only that time passed
        """Deliver after a wait outside the worker; see :meth:`execute`."""
        return self._run(context, reopen_parked=False)

    def _run(self, context: Context, *, reopen_parked: bool) -> dict[str, int]:
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.delivery.errors import PostponedError, SendingOffError, TokenRefusedError

        try:
            with explained(TokenRefusedError):
                delivered = asyncio.run(self._deliver(context, self.delivery, reopen_parked=reopen_parked))
        except SendingOffError as error:
            self._skip(str(error))
        except PostponedError as postponed:
            if postponed.seconds is None:
                raise AirflowException(str(postponed)) from None
            self._wait(postponed)
        self.log.info("%s: %s", self.delivery["batch"], delivered.in_words)
        if delivered.parked_reasons and self._must_fail(context):
            from sancrm_notifications.alerts.undelivered import UndeliveredError

            why = "; ".join(delivered.parked_reasons)
            sentence = (
                f"{self.delivery['batch']}: some messages cannot be sent until a person acts, then clear this task. "
            )
            raise UndeliveredError(sentence + why, delivered.undelivered)
        return dict(delivered.states)

    async def _deliver(self, context: Context, asked: Mapping[str, Any], *, reopen_parked: bool) -> Delivered:
        from sancrm_notifications import connections, settings
        from sancrm_notifications.delivery.batch import Delivery
        from sancrm_notifications.delivery.delivered import Delivered
        from sancrm_notifications.delivery.destinations import addresses
        from sancrm_notifications.delivery.errors import PostponedError
        from sancrm_notifications.delivery.switch import sending_switch
        from sancrm_notifications.ledger.claiming import Ledger, Order, Priority, Run

        chosen = settings.load()
        subjects = None if asked["subjects"] is None else tuple(asked["subjects"])
        priority = Priority.BACKFILL if asked["is_backfill"] else Priority.CURRENT
        order = Order(asked["batch"], subjects, priority)
        run = Run(context["dag"].dag_id, context["dag_run"].run_id, context["ti"].try_number)
        ledger = Ledger(connections.ledger_conninfo(), order, run=run, settings=chosen)
        delivery = Delivery(ledger, chosen, sending_switch(settings.load))
        try:
            resolve = self._resolver(addresses(chosen, connections.telegram_connection))
            states = await delivery.run(resolve, reopen_parked=reopen_parked)
            await self._after(asked["batch"])
            done = await ledger.done()
            return Delivered(states, *done, await ledger.parked_reasons(), await ledger.undelivered())
        except PostponedError:
            for reason in await ledger.parked_reasons():
                self.log.warning("waits for a person: %s", reason)
            raise
        finally:
            await ledger.close()

    def _must_fail(self, context: Context) -> bool:  # noqa: ARG002 - of use to who delivers a batch run after run
        """Tell whether what is parked is news of this run."""
        return True

    def _resolver(self, resolve: Callable[[str], Address]) -> Callable[[str], Address]:
        """Return what gives the present address of a logical destination."""
        return resolve

    async def _after(self, batch: str) -> None:
        """Settle what Telegram said of a batch, before it is asked what waits for a person."""

    def _skip(self, reason: str) -> NoReturn:
        """End without delivering; Airflow's own word of it stands in a group that its UI shows closed."""
        self.log.warning(reason)
        raise AirflowSkipException(reason) from None

    def _wait(self, postponed: PostponedError) -> None:
        """Leave the worker until Telegram will listen again."""
        from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

        self.log.info("%s; the task waits outside its worker", postponed)
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=postponed.seconds or 0)), method_name="go_on")


class ResendOperator(DeliverOperator):
    """Delivers messages again, batch after batch; may be retried, cleared and run beside any other delivery.

    A retry goes on; only a person who clears the task has it try again what Telegram refused.

    :param delivery: what ``find`` returned: the fields of ``resend_parked.Plan`` (templated)
    """

    def _run(self, context: Context, *, reopen_parked: bool) -> dict[str, int]:
        from sancrm_notifications import connections
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.alerts.undelivered import UndeliveredError
        from sancrm_notifications.ledger.parked import note_delivered, note_not_wanted, reopen, standing

        # A run that began before the upgrade has none.
        not_wanted = self.delivery.get("not_wanted_ids", [])
        chosen = [*self.delivery["message_ids"], *self.delivery["delivered_ids"], *not_wanted]
        with explained():
            conninfo = connections.ledger_conninfo()
            note_not_wanted(conninfo, not_wanted)
            if len(chosen) > len(not_wanted):
                self._require_sending()
            note_delivered(conninfo, self.delivery["delivered_ids"])
            if reopen_parked:
                # All at once: a retry finds open what this try did not come to.
                reopen(conninfo, self.delivery["message_ids"], self.delivery["states"])
        faults, undelivered = self._deliver_batches(context)
        with explained():
            found = standing(conninfo, chosen)
        self.log.info("of %d messages: %s", len(chosen), found.states)
        if faults := [*faults, *found.parked_reasons]:
            raise UndeliveredError(_CANNOT_BE_SENT + "; ".join(faults), undelivered)
        return found.states

    def _require_sending(self) -> None:
        """Skip before anything is reopened: what nothing would deliver stays in the list."""
        from sancrm_notifications import settings
        from sancrm_notifications.delivery.errors import SendingOffError

        if not settings.load().sending:
            self._skip(str(SendingOffError()))

    def _deliver_batches(self, context: Context) -> tuple[list[str], list[Undelivered]]:
        """Deliver batch after batch; one that fails, or waits for its chat, does not stop those behind it.

        Return what a person must act on, and which messages wait for that.
        """
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.delivery.errors import PostponedError, SendingOffError, TokenRefusedError

        faults: list[str] = []
        undelivered: list[Undelivered] = []
        waits: list[PostponedError] = []
        for batch in self.delivery["batches"]:
            try:
                with explained(TokenRefusedError):
                    delivered = asyncio.run(self._deliver(context, batch, reopen_parked=False))
                self.log.info("%s: %s", batch["batch"], delivered.in_words)
                undelivered += delivered.undelivered
            except SendingOffError as error:
                self._skip(str(error))
            except PostponedError as postponed:
                if postponed.seconds is None:
                    # What Telegram does not answer now it will not answer for the next batch either.
                    raise AirflowException(str(postponed)) from None
                waits.append(postponed)
            except AirflowFailException as fault:
                faults.append(f"{batch['batch']}: {fault}")
                self.log.warning(faults[-1])
        if waits:
            self._wait(min(waits, key=lambda postponed: postponed.seconds or 0.0))
        return faults, undelivered
