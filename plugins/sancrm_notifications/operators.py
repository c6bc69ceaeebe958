"""The providers' operators, fitted to this package: a check whose parameters come from a task, and delivery."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.common.sql.operators.sql import SQLValueCheckOperator
from airflow.providers.telegram.operators.telegram import TelegramOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context, XComArg

    from sancrm_notifications.delivery import PostponedError


class SourceCheckOperator(SQLValueCheckOperator):
    """Stops the run, without retries, unless the query answers «ok»; its answer is the sentence in the log.

    Unlike its base it takes ``parameters`` from another task (templated).
    """

    template_fields: Sequence[str] = ("parameters", *SQLValueCheckOperator.template_fields)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pass_value="ok", retry_on_failure=False, **kwargs)


class DeliverOperator(TelegramOperator):
    """Delivers a batch of stored messages: each once, in order, within Telegram's limits.

    Addresses come from the Telegram connections (see ``destinations.py``), texts from the ledger; what passes
    through Airflow is the batch's name and counts.  May be retried, cleared and run twice at any time.

    :param delivery: what ``format`` returned: ``batch``, ``is_backfill`` and ``withheld`` (templated)
    """

    template_fields: Sequence[str] = ("delivery", *TelegramOperator.template_fields)

    def __init__(self, *, delivery: dict[str, Any] | XComArg, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.delivery: Any = delivery

    def execute(self, context: Context) -> dict[str, int]:  # type: ignore[override]
        """Deliver what can be delivered now; return how many messages of the batch stand in which state.

        :raises AirflowSkipException: the batch is withheld, with the reason and how to send it
        :raises AirflowFailException: a person must act, with what to do
        :raises AirflowException: Telegram or the network is away; a retry goes on
        """
        if self.delivery["withheld"]:
            raise AirflowSkipException(self.delivery["withheld"])
        return self.go_on(context)

    def go_on(self, context: Context, event: object = None) -> dict[str, int]:  # noqa: ARG002 - it says only that time passed
        """Deliver, at first or after a wait outside the worker; see :meth:`execute`."""
        from sancrm_notifications.delivery import PostponedError, TokenRefusedError
        from sancrm_notifications.destinations import DestinationError
        from sancrm_notifications.settings import SettingsError

        try:
            states, parked = asyncio.run(self._deliver(context))
        except (TokenRefusedError, DestinationError, SettingsError) as error:
            raise AirflowFailException(str(error)) from None
        except PostponedError as postponed:
            if postponed.seconds is None:
                raise AirflowException(str(postponed)) from None
            self._wait(postponed)
        if parked:
            raise AirflowFailException(
                f"{self.delivery['batch']}: some messages cannot be sent until a person acts, then clear this task. "
                + "; ".join(parked)
            )
        self.log.info("%s: %s", self.delivery["batch"], states)
        return states

    async def _deliver(self, context: Context) -> tuple[dict[str, int], list[str]]:
        from sancrm_notifications import connections, settings
        from sancrm_notifications.delivery import Delivery
        from sancrm_notifications.ledger.sending import Ledger, Run
        from sancrm_notifications.telegram_hook import BotHook

        chosen = settings.load()
        run = Run(context["dag"].dag_id, context["dag_run"].run_id, context["ti"].try_number)
        ledger = Ledger(
            connections.ledger_conninfo(),
            self.delivery["batch"],
            is_backfill=self.delivery["is_backfill"],
            run=run,
            limits=chosen.limits,
        )
        try:
            states = await Delivery(ledger, chosen, BotHook).run(connections.addresses(chosen))
            return states, await ledger.parked_reasons()
        finally:
            await ledger.close()

    def _wait(self, postponed: PostponedError) -> None:
        """Leave the worker until Telegram will listen again."""
        from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

        self.log.info("%s; the task waits outside its worker", postponed)
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=postponed.seconds or 0)), method_name="go_on")
