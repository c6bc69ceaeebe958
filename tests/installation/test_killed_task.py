"""A task that is killed while a message is on its way: the chat finally holds every message."""

from __future__ import annotations

import os
import signal

import pytest

from tests.installation.days import days_ago

pytestmark = pytest.mark.timeout(600)

DAILY = "profitability_daily"
REPEAT = "Возможный повтор"


@pytest.fixture
def _slow_answers(installation):
    """Let Telegram take a message for the second branch at once and answer much later."""
    second = installation.branches()[1]
    installation.chat.plan_fault("slow", when="after", text=second, times=1, seconds=300)
    yield
    installation.chat.clear_faults()


@pytest.mark.usefixtures("_slow_answers")
def test_a_batch_cut_in_the_middle_is_completed_and_only_what_was_on_its_way_is_repeated_and_marked(installation):
    before = len(installation.arrived())
    day = days_ago(50)
    run = installation.trigger(DAILY, date=day.isoformat())
    installation.wait_until(lambda: len(installation.arrived()) == before + 2, "the second message is in the chat")
    assert list(installation.stored(f"{DAILY}/{day}").values()) == ["sent", "sending", "stored"]
    os.kill(run.task("deliver")["pid"], signal.SIGKILL)
    installation.wait_until(lambda: run.states()["deliver"] == "up_for_retry", "Airflow sees that the task died")

    # The claim of the dead process lapses after 100 s, the retry comes after a minute: neither is waited for.
    installation.change_ledger("update notifications.attempts set lease_until = now() where finished_at is null")
    run.clear("deliver")
    assert run.finished() == "success"
    texts = [message["text"] for message in installation.arrived()[before:]]
    assert len(texts) == 4
    first, second = installation.branches()
    assert [name in text for name, text in zip((first, second, second, "Вся сеть"), texts, strict=True)] == [True] * 4
    assert [REPEAT in text for text in texts] == [False, False, True, False]
    assert list(installation.stored(f"{DAILY}/{day}").values()) == ["sent", "sent", "sent"]
    results = installation.ledger("select result from notifications.attempts where run_id = %s", run.run_id)
    assert sorted(row["result"] for row in results) == ["sent", "sent", "sent", "unknown"]
