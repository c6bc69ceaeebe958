"""What was seen and is not believed yet is remembered for some time, and an older ledger's memory goes on."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.ledger import schema
from sancrm_notifications.ledger.erasing import erase
from sancrm_notifications.ledger.sightings import forget, note
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.text.message import Message
from tests.ledger.look import rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Databases

KEEP = timedelta(days=4)
MOMENT = timedelta(seconds=5)
HOUR = timedelta(hours=1)


def seen(ledger: str, notification: str = "missed_calls", sighting: str = "nobody_waits") -> timedelta:
    """See something and return how long ago it was first seen."""
    return note(ledger, notification, sighting, KEEP)


def let_pass(ledger: str, passed: timedelta) -> None:
    """Let time pass since everything was seen."""
    change = "set first_seen_at = first_seen_at - %(passed)s::interval, expires_at = expires_at - %(passed)s::interval"
    rows(ledger, f"update notifications.sightings {change} returning 1", passed=passed)


def test_the_first_sighting_is_remembered_whatever_is_seen_later(ledger: str) -> None:
    assert seen(ledger) < MOMENT
    let_pass(ledger, HOUR)
    assert HOUR <= seen(ledger) < HOUR + MOMENT
    let_pass(ledger, HOUR)
    assert 2 * HOUR <= seen(ledger) < 2 * HOUR + MOMENT
    assert seen(ledger, sighting="another") < MOMENT
    assert seen(ledger, notification="another") < MOMENT


@pytest.mark.parametrize("how", ["forgotten", "expired"])
def test_what_was_forgotten_or_is_too_old_begins_anew(ledger: str, how: str) -> None:
    seen(ledger)
    let_pass(ledger, HOUR if how == "forgotten" else KEEP)
    if how == "forgotten":
        forget(ledger, "missed_calls", "nobody_waits")
    assert seen(ledger) < MOMENT
    let_pass(ledger, HOUR)
    assert seen(ledger) >= HOUR


def test_the_night_erases_what_nobody_may_go_by_any_more(ledger: str) -> None:
    seen(ledger, sighting="old")
    let_pass(ledger, KEEP)
    seen(ledger, sighting="young")
    erase(ledger, timedelta(days=30))
    assert rows(ledger, "select sighting from notifications.sightings") == [{"sighting": "young"}]


@pytest.mark.parametrize(("ago", "remembered"), [(HOUR, HOUR), (timedelta(days=5), timedelta(0))])
def test_an_older_ledgers_memory_goes_on_and_its_preview_can_still_be_read(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ago: timedelta, remembered: timedelta
) -> None:
    older = tmp_path / "migrations"
    shutil.copytree(schema._MIGRATIONS, older)
    (added,) = older.glob("*_sightings.sql")
    for file in older.glob("*.sql"):
        if file.name >= added.name:
            file.unlink()
    conninfo = databases.create()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "_MIGRATIONS", older)
        preview = Batch(
            "missed_calls",
            "2026-11-20",
            "preview/missed_calls/nobody_waits",
            KEEP,
            is_preview=True,
            dag_id="missed_calls",
            run_id="nobody_waits",
        )
        store(conninfo, preview, [Message("2026-11-19/repair:1", "missed_calls", "B-1", "Снято с обзвона")])
    shift = "set stored_at = stored_at - %(ago)s::interval, expires_at = expires_at - %(ago)s::interval"
    rows(conninfo, f"update notifications.messages {shift} returning 1", ago=ago)

    with psycopg.connect(conninfo, autocommit=True) as connection:
        schema.upgrade(connection)

    assert rows(conninfo, "select html from notifications.messages") == [{"html": "Снято с обзвона"}]
    assert remembered <= seen(conninfo) < remembered + MOMENT
