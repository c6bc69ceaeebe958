"""Which alerts are due, from the alerts of late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sancrm_notifications.alerts.messages import FailedTask, TroubledRun, failed, undelivered
from sancrm_notifications.alerts.rules import Alert, due
from sancrm_notifications.ledger.batches import Undelivered
from sancrm_notifications.ledger.history import StoredMessage

NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
RUN = TroubledRun("profitability_daily", "scheduled__1", "scheduled", None, None, None, None)
OTHER_RUN = replace(RUN, run_id="backfill__2")


def lost(run: TroubledRun, chat_id: str | None = "-1001", result: str = "chat_gone") -> Alert:
    """Return the alert of a run whose message a chat has refused."""
    message = Undelivered("profitability_daily", "2026-11-19", "Калуга", "branch:2", result, "", chat_id, None, NOW)
    return Alert(run, undelivered(run, FailedTask("deliver", 1), [message], UTC), 1.0)


def told(alert: Alert, ago: timedelta = timedelta(minutes=5)) -> StoredMessage:
    """Return the alert as the ledger has it."""
    figures: dict[str, Any] = dict(alert.message.figures)
    period = f"{alert.run.dag_id}.{alert.run.run_id}"
    return StoredMessage(period, alert.message.subject, "operators", "sent", figures, NOW - ago, NOW - ago, True)


@pytest.mark.parametrize(
    ("alert", "known", "is_due"),
    [
        (lost(OTHER_RUN), lost(RUN), False),
        (lost(OTHER_RUN, "-1002"), lost(RUN), True),
        (lost(OTHER_RUN, result="chat_closed"), lost(RUN), True),
        (lost(OTHER_RUN, result="bad_message"), lost(RUN, result="bad_message"), True),
        (lost(OTHER_RUN, chat_id=None), lost(RUN, chat_id=None), True),
        (Alert(OTHER_RUN, failed(OTHER_RUN, FailedTask("compute", 1), "x"), 1.0), lost(RUN), True),
    ],
    ids=["same chat", "another chat", "another reason", "a text", "untried", "no chat"],
)
def test_a_lost_chat_is_told_of_one_run_within_the_hour(alert: Alert, known: Alert, is_due: bool) -> None:
    assert (due(alert, [told(known)], 10, NOW) is not None) is is_due
    assert due(alert, [told(known, timedelta(minutes=61))], 10, NOW) is not None


def test_the_same_run_tells_again_when_it_fails_again() -> None:
    again = Alert(RUN, replace(lost(RUN).message, subject="deliver:2"), 1.0)
    assert due(again, [told(lost(RUN))], 10, NOW) is not None
