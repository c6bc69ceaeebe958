"""Delivers what was parked or held, of any number of batches, when a person asks for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from sancrm_notifications.airflow.operators import DeliverOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sancrm_notifications.delivery.batch import PostponedError


class ResendOperator(DeliverOperator):
    """Delivers messages again, batch after batch; may be retried, cleared and run beside any other delivery.

    A retry goes on; only a person who clears the task has it try again what Telegram refused.

    :param delivery: what ``find`` returned: the fields of ``resending.Plan`` (templated)
    """

    def _run(self, context: Context, *, reopen_parked: bool) -> dict[str, int]:
        from sancrm_notifications import connections
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.ledger.parked import note_delivered, outcome, reopen

        chosen = [*self.delivery["message_ids"], *self.delivery["delivered_ids"]]
        with explained():
            self._require_sending()
            conninfo = connections.ledger_conninfo()
            note_delivered(conninfo, self.delivery["delivered_ids"])
            if reopen_parked:
                # All at once: a retry finds open what this try did not come to.
                reopen(conninfo, self.delivery["message_ids"], self.delivery["states"])
        faults = self._deliver_batches(context)
        with explained():
            found = outcome(conninfo, chosen)
        self.log.info("of %d messages: %s", len(chosen), found.states)
        if faults := [*faults, *found.parked_reasons]:
            raise AirflowFailException(
                "some messages cannot be sent until a person acts, then clear this task. " + "; ".join(faults)
            )
        return found.states

    def _require_sending(self) -> None:
        """Skip before anything is reopened: what nothing would deliver stays in the list."""
        from sancrm_notifications import settings
        from sancrm_notifications.delivery.batch import SendingOffError

        if not settings.load().sending:
            raise AirflowSkipException(str(SendingOffError.__doc__))

    def _deliver_batches(self, context: Context) -> list[str]:
        """Deliver batch after batch; one that fails, or waits for its chat, does not stop those behind it.

        Return what a person must act on.
        """
        from sancrm_notifications.airflow.task_errors import explained
        from sancrm_notifications.delivery.batch import PostponedError, SendingOffError, TokenRefusedError

        faults: list[str] = []
        waits: list[PostponedError] = []
        for batch in self.delivery["batches"]:
            try:
                with explained(TokenRefusedError):
                    asyncio.run(self._deliver(context, batch, reopen_parked=False))
            except SendingOffError as error:
                raise AirflowSkipException(str(error)) from None
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
        return faults
