"""`make backfill`: what is missing of a span of reported days, each report once, in order of time, silently."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from local import in_demo
from local.airflow_environment import ROOT
from sancrm_notifications.schedule.periods import Kind, Period
from tests.installation.days import TIME_ZONE, days_ago, sunday_before

if TYPE_CHECKING:
    from datetime import date

    from tests.installation.installation import Installation

pytestmark = pytest.mark.timeout(600)

DAILY, WEEKLY = "profitability_daily", "profitability_weekly"


def backfill(installation: Installation, first_on: date, last_on: date) -> subprocess.CompletedProcess[str]:
    """Run the command as `make backfill` does."""
    return subprocess.run(
        [sys.executable, "-m", "sancrm_notifications.backfill", "--from", str(first_on), "--to", str(last_on)],
        check=False,
        cwd=ROOT,
        env=in_demo.environment(installation.services.directory),
        capture_output=True,
        text=True,
        timeout=500,
    )


def test_it_sends_what_is_missing_of_a_sunday_and_a_monday_and_then_only_what_is_new(installation):
    sunday = sunday_before(days_ago(60))
    monday, tuesday = sunday + timedelta(days=1), sunday + timedelta(days=2)
    week = Period.containing(Kind.WEEKLY, sunday, TIME_ZONE.key)
    before = len(installation.arrived())

    done = backfill(installation, sunday, monday)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("…")]
    assert lines == [f"{WEEKLY} {week.key}: success", f"{DAILY} {monday}: success", "in all 2 runs: 2 success"]
    told = installation.arrived()
    titles = re.findall("^Отчёт .*", "\n".join(message["text"] for message in told[before:]), re.MULTILINE)
    assert titles == ["Отчёт о рентабельности за неделю"] * 3 + ["Отчёт о рентабельности за день"] * 3
    assert all(message["is_silent"] for message in told[before:])
    assert installation.stored(f"{DAILY}/{sunday}") == {}

    done = backfill(installation, monday, tuesday)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-3:] == [
        f"{DAILY} {monday}: success",
        f"{DAILY} {tuesday}: success",
        "in all 2 runs: 2 success",
    ]
    new = installation.arrived()[len(told) :]
    assert len(new) == 3
    statement = "select distinct period from notifications.messages where telegram_message_id = any(%s)"
    periods = installation.ledger(statement, [message["message_id"] for message in new])
    assert [row["period"] for row in periods] == [str(tuesday)]
