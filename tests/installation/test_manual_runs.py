"""Runs by hand: the form's fields, runs repeated and tasks cleared; each message is in the chat once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sancrm_notifications.schedule.periods import Kind, Period, last_complete
from tests.installation.days import TIME_ZONE, TODAY, days_ago

pytestmark = pytest.mark.timeout(600)

WEEKLY, MONTHLY, DAILY = "profitability_weekly", "profitability_monthly", "profitability_daily"


def test_with_nothing_filled_in_the_last_complete_period_is_told_once_whatever_is_clicked(installation):
    period = last_complete(Kind.MONTHLY, datetime.now(UTC), TIME_ZONE.key)
    before = len(installation.arrived())
    first = installation.trigger(MONTHLY)
    assert first.finished() == "success"
    told = installation.arrived()
    new = told[before:]
    assert [message["is_silent"] for message in new] == [True, True, False, True]
    *texts, picture = new
    for name, message in zip((*installation.branches(), "Вся сеть"), texts, strict=True):
        assert name in message["text"]
    assert picture["media"]["kind"] == "photo"
    assert list(installation.stored(f"{MONTHLY}/{period.key}").values()) == ["sent"] * 4

    again = installation.trigger(MONTHLY)
    first.clear()
    assert (again.finished(), first.finished()) == ("success", "success")
    first.clear("deliver")
    assert first.finished() == "success"
    assert installation.arrived() == told


def test_the_form_takes_a_day_inside_the_period_and_a_branch_and_refuses_a_period_that_has_not_ended(installation):
    name, prefix = installation.crm("select name, code_prefix from reporting.branches where is_active order by name")[0]
    week = Period.containing(Kind.WEEKLY, days_ago(30), TIME_ZONE.key)
    before = len(installation.arrived())
    one_branch = installation.trigger(WEEKLY, date=days_ago(30).isoformat(), branch=prefix.lower())
    unfinished = installation.trigger(DAILY, date=TODAY.isoformat())
    preview = installation.trigger(MONTHLY, date=TODAY.isoformat(), preview=True)

    assert one_branch.finished() == "success"
    assert unfinished.finished() == "failed"
    assert preview.finished() == "success"
    texts = [message["text"] for message in installation.arrived()[before:]]
    (report,) = texts
    assert name in report
    stored = installation.ledger("select subject, state from notifications.messages where period = %s", week.key)
    assert [row["state"] for row in stored] == ["sent"]

    assert "ещё не закончился, его цифры были бы неверны" in unfinished.log("choose_period")
    assert unfinished.task("choose_period")["try_number"] == 1
    assert installation.stored(f"{DAILY}/{TODAY}") == {}

    assert preview.states()["deliver"] == "skipped"
    month = Period.containing(Kind.MONTHLY, TODAY, TIME_ZONE.key)
    batch = f"preview/{MONTHLY}/{month.key}/{preview.run_id}"
    assert set(installation.stored(batch).values()) == {"preview"}
    assert "preview: nothing is sent. Read it on this run's tab «Предпросмотр»" in preview.log("deliver")
