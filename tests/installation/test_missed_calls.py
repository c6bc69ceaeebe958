"""Missed calls through a real Airflow: told once, corrected in place after the call, and never for another day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.schedule.working_days import Calendar
from tests.installation.waiting import CHAT_ID, CHECKS, TELLS, customers_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.installation.installation import Installation, Json

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def waiting(installation: Installation) -> Iterator[set[int]]:
    """Let some customers wait for a call; return the ids of their repairs."""
    with customers_waiting(installation, 3) as repair_ids:
        yield repair_ids


def in_chat(installation: Installation) -> list[Json]:
    """Return the messages of the chat of missed calls, oldest first."""
    return installation.chat.messages(CHAT_ID)


def test_who_waits_is_told_once_a_day_and_who_was_called_is_taken_off(installation, waiting):
    assert len(waiting) >= 3
    assert installation.trigger(TELLS).finished() == "success"
    told = in_chat(installation)
    assert len(told) == len(waiting)
    cards = {message["buttons"][0][0]["url"].rsplit("/", 1)[1] for message in told}
    assert cards == {str(repair_id) for repair_id in waiting}
    assert all(message["buttons"][0][0]["text"] == "Открыть в CRM" for message in told)

    assert installation.trigger(TELLS).finished() == "success"
    assert in_chat(installation) == told

    called = min(waiting)
    installation.crm(f"update crm.repairs set needs_callback = false where repair_id = {called}")
    assert installation.trigger(CHECKS).finished() == "success"

    now = in_chat(installation)
    assert len(now) == len(told)
    (edited,) = [message for message in now if message["edits"]]
    assert edited["buttons"][0][0]["url"].endswith(f"/{called}")
    assert "Снято с обзвона" in edited["text"]
    assert "Телефон" in edited["edits"][0]["text"]
    assert "Телефон" not in edited["text"]


@pytest.mark.usefixtures("waiting")
def test_days_of_the_past_get_runs_on_working_days_only_and_each_says_why_it_tells_nothing(installation):
    before = in_chat(installation)
    # Saturday 1 November 2025 was a working day in Russia, Monday the 3rd and Tuesday the 4th were not.
    span = {"from_date": "2025-10-31T00:00:00+03:00", "to_date": "2025-11-05T23:00:00+03:00"}
    installation.call("POST", "/backfills", {"dag_id": TELLS, "reprocess_behavior": "completed", **span})
    installation.wait_until(lambda: len(installation.runs(TELLS, "backfill")) >= 3, "the backfill has its runs")
    runs = installation.runs(TELLS, "backfill")
    assert {run.finished() for run in runs} == {"success"}

    days = [run.facts()["logical_date"][:10] for run in runs]
    assert days == ["2025-10-31", "2025-11-01", "2025-11-05"]
    assert {run.states()["deliver"] for run in runs} == {"skipped"}
    assert "this run is about 2025-11-01 and today is" in runs[1].log("choose_day")
    assert in_chat(installation) == before


@pytest.mark.usefixtures("waiting")
def test_the_ui_shows_the_true_next_run(installation):
    shown = {}

    def is_ahead() -> bool:
        shown.update(installation.call("GET", f"/dags/{TELLS}"))
        # A DAG that was just unpaused makes up for its last tick first.
        run_after = shown.get("next_dagrun_run_after")
        return run_after is not None and datetime.fromisoformat(run_after) > datetime.now(UTC)

    installation.wait_until(is_ahead, "the scheduler has computed the next run")
    assert datetime.fromisoformat(shown["next_dagrun_run_after"]) == ten_of_the_next_working_day()
    assert shown["timetable_description"] == "At 10:00, on working days of the production calendar (RU)"


def ten_of_the_next_working_day() -> datetime:
    """Return the next 10:00 in Moscow that is on a working day."""
    now = datetime.now(ZoneInfo("Europe/Moscow"))
    tick = now.replace(hour=10, minute=0, second=0, microsecond=0)
    while tick <= now or not Calendar("RU").is_working(tick.date()):
        tick += timedelta(days=1)
    return tick
