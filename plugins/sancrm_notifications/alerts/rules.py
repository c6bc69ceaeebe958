"""Whether the operators are alerted of a failure, or of too many of them: pure, from the alerts of late.

Source: docs/watching.md, When we ourselves fail.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.alerts.messages import LOST, TOO_MANY, TroubledRun, too_many
from sancrm_notifications.ledger.storing import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.ledger.history import StoredMessage
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)

FAILURES = "failures"
"""The notification, and the one batch of all alerts: what could not be sent goes out with whatever comes next."""
KEEP = timedelta(days=1)
_LOST_FOR = timedelta(hours=1)
"""So long nothing more is told of a chat that was lost: a backfill would use up the alerts of others."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A message about a run.

    ``patience_seconds`` is how long the chat may keep whoever brings it; ``only_if_first`` drops it when there was an
    alert about the same run before; with ``needs_ledger`` it is not sent where nobody knows whether there was.
    """

    run: TroubledRun
    message: Message
    patience_seconds: float
    only_if_first: bool = False
    needs_ledger: bool = False


def due(
    alert: Alert, recent: Sequence[StoredMessage], most_an_hour: int, now: datetime
) -> tuple[Batch, Message] | None:
    """Return what to store: the alert, or that there are too many of them; None when the operators know it.

    ``recent`` are the alerts of late as the ledger has them, ``now`` is in the reports' zone.
    """
    batch = _batch(alert.run, f"{alert.run.dag_id}.{alert.run.run_id}")
    about_run = [one for one in recent if one.period == batch.period]
    if (about_run and alert.only_if_first) or is_known(batch, alert.message, about_run):
        log.info("the operators were alerted before: %s, %s", batch.period, alert.message.subject)
        return None
    others = [one for one in recent if one.period != batch.period and one.stored_at > now - _LOST_FOR]
    if _is_lost_already(alert.message, others):
        log.warning("the operators were alerted of the same lost chats within the hour: %s", batch.period)
        return None
    since = now.replace(minute=0, second=0, microsecond=0)
    if sum(one.subject != TOO_MANY and one.stored_at >= since for one in recent) < most_an_hour:
        return batch, alert.message
    until = since + timedelta(hours=1)
    batch, message = _batch(alert.run, until.isoformat()), too_many(most_an_hour, until, alert.run.airflow_url)
    if is_known(batch, message, recent):
        log.warning("too many failures within an hour: the operators were alerted of that, not of this one")
        return None
    return batch, message


def is_known(batch: Batch, message: Message, known: Sequence[StoredMessage]) -> bool:
    """Tell whether this very alert is among those that the ledger has."""
    return any((one.period, one.subject) == (batch.period, message.subject) for one in known)


def _is_lost_already(message: Message, others: Sequence[StoredMessage]) -> bool:
    """Tell whether the message is of nothing but chats whose loss was told of other runs."""
    lost = message.figures.get(LOST)
    told = {chat for one in others for chat in one.figures.get(LOST, ())}
    return isinstance(lost, list) and bool(lost) and told.issuperset(lost)


def _batch(run: TroubledRun, period: str) -> Batch:
    return Batch(FAILURES, period, FAILURES, KEEP, dag_id=run.dag_id, run_id=run.run_id)
