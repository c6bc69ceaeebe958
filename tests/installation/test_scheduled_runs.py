"""Runs that the scheduler starts: in time, too late, and while sending is switched off."""

from __future__ import annotations

from datetime import datetime

import pytest

from sancrm_notifications.schedule.periods import Kind, last_complete
from tests.installation.days import TIME_ZONE

pytestmark = pytest.mark.timeout(600)

WEEKLY, MONTHLY, DAILY = "profitability_weekly", "profitability_monthly", "profitability_daily"


def test_a_run_in_time_is_delivered_branch_reports_silent_and_the_summary_last_ringing(installation, first_ticks):
    tick = first_ticks[DAILY]
    assert tick.run.facts()["run_type"] == "scheduled"
    assert tick.run.states()["deliver"] == "success"
    assert list(tick.stored.values()) == ["sent", "sent", "sent"]
    title = "Отчёт о рентабельности за день\n"
    subjects = [message["text"].split(title)[1].split(" · ")[0] for message in tick.arrived]
    assert subjects == [*installation.branches(), "Вся сеть (2\N{NO-BREAK SPACE}филиала)"]
    assert [message["is_silent"] for message in tick.arrived] == [True, True, False]


def test_from_a_message_in_the_chat_to_its_run_and_back(installation, first_ticks):
    tick = first_ticks[DAILY]
    attempts = installation.ledger(
        "select telegram_message_id, attempts.dag_id, attempts.run_id, result from notifications.attempts"
        " join notifications.messages using (message_id) where attempts.run_id = %s order by slot_at",
        tick.run.run_id,
    )
    assert [row["telegram_message_id"] for row in attempts] == [message["message_id"] for message in tick.arrived]
    assert {(row["dag_id"], row["result"]) for row in attempts} == {(DAILY, "sent")}


@pytest.mark.parametrize("dag_id", [WEEKLY, MONTHLY])
def test_a_run_that_starts_too_late_is_stored_and_says_how_to_send_it(first_ticks, dag_id):
    tick = first_ticks[dag_id]
    assert tick.run.facts()["run_type"] == "scheduled"
    assert tick.run.states()["deliver"] == "skipped"
    assert list(tick.stored.values()) == ["stored"] * 4
    assert tick.arrived == []
    log = tick.run.log("deliver")
    assert "this run started more than 0.001 h after its time" in log
    tick_at = datetime.fromisoformat(tick.run.facts()["run_after"])
    last_on = last_complete(Kind(dag_id.removeprefix("profitability_")), tick_at, TIME_ZONE.key).last_on
    assert f"To send them, clear this run, or backfill the reported day {last_on}" in log


def test_a_late_run_is_sent_when_cleared_and_not_while_sending_is_off(installation, first_ticks):
    run = first_ticks[WEEKLY].run
    before = installation.arrived()
    installation.set_settings(sending=False)
    run.clear()
    assert run.finished() == "success"
    assert run.states()["deliver"] == "skipped"
    assert "switch it on, then clear this task" in run.log("deliver")
    assert installation.arrived() == before

    installation.set_settings(sending=True)
    run.clear("deliver")
    assert run.finished() == "success"
    new = installation.arrived()[len(before) :]
    assert [message["is_silent"] for message in new] == [True, True, False, True]
    assert all("Отчёт о рентабельности за неделю" in message["text"] for message in new[:-1])
    assert new[-1]["media"]["kind"] == "photo"
