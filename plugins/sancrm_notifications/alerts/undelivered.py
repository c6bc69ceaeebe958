"""The error of a delivery some of whose messages cannot be sent until a person acts: the operators read which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.ledger.batches import Undelivered


class UndeliveredError(AirflowFailException):
    """Some messages are parked; the text is for the log, ``undelivered`` for the alert."""

    def __init__(self, message: str, undelivered: Sequence[Undelivered] = ()) -> None:
        super().__init__(message)
        self.undelivered = tuple(undelivered)
