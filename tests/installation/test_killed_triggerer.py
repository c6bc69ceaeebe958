"""The triggerer is killed while deliveries wait in it for Telegram: they go on, and do not hold up the next day's."""

from __future__ import annotations

import pytest

from tests.installation.days import days_ago

pytestmark = pytest.mark.timeout(600)

DAILY = "profitability_daily"
TRIGGERER = "airflow-triggerer"


@pytest.fixture
def _asked_to_wait(installation):
    """Let Telegram ask to leave the chat alone for so long that the task leaves its worker."""
    installation.set_settings(longest_wait_seconds=2)
    second = installation.branches()[1]
    installation.chat.plan_fault("flood", method="sendMessage", text=second, retry_after=60, times=1)
    yield
    installation.chat.clear_faults()
    installation.set_settings()


@pytest.mark.usefixtures("_asked_to_wait")
def test_what_waits_outside_its_worker_outlives_the_triggerer(installation):
    before = len(installation.arrived())
    first, second = days_ago(53), days_ago(52)
    run = installation.trigger(DAILY, date=first.isoformat())
    installation.wait_until(lambda: run.states()["deliver"] == "deferred", "the task has left its worker")
    next_run = installation.trigger(DAILY, date=second.isoformat())
    # On a busy machine the first's wait may be over by then.
    reached = ("deferred", "running", "success")
    installation.wait_until(lambda: next_run.states()["deliver"] in reached, "the next day's run is not held up")

    installation.services.kill(TRIGGERER)
    installation.services.start_again(TRIGGERER)

    assert [run.finished(), next_run.finished()] == ["success", "success"]
    for day in (first, second):
        assert list(installation.stored(f"{DAILY}/{day}").values()) == ["sent", "sent", "sent"]
    texts = [message["text"] for message in installation.arrived()[before:]]
    assert len(texts) == len(set(texts)) == 6
    assert not [text for text in texts if "Возможный повтор" in text]
    results = installation.ledger(
        "select result from notifications.attempts where run_id in (%s, %s)", run.run_id, next_run.run_id
    )
    assert sorted(row["result"] for row in results) == ["rate_limited", *["sent"] * 6]
