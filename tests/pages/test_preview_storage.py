"""Previews in the ledger: each belongs to its run, and none stays for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.ledger import previews
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.text.message import Message
from tests.pages.conftest import DAILY

if TYPE_CHECKING:
    from tests.pages.conftest import Ledger

REPORT = Message("network", "reports", "Вся сеть", "отчёт")


def test_a_preview_of_one_branch_leaves_another_runs_preview_whole(ledger: Ledger):
    branch = replace(REPORT, subject="branch:1", destination="branch:1")
    ledger.preview(branch, REPORT, run_id="all")
    ledger.preview(branch, run_id="one")
    whole = previews.of_run(ledger.conninfo, DAILY, "all")
    assert whole is not None
    assert [message.subject for message in whole.messages] == ["branch:1", "network"]
    assert [(listed.run_id, listed.messages) for listed in previews.newest(ledger.conninfo, {DAILY})] == [
        ("one", 1),
        ("all", 2),
    ]


def test_a_cleared_run_shows_its_last_preview_only(ledger: Ledger):
    ledger.preview(replace(REPORT, html="\n\n".join(["а" * 3000] * 3)), replace(REPORT, subject="branch:9"))
    ledger.preview(replace(REPORT, html="короче"))
    assert ledger.texts() == [("manual__1", "короче")]


def test_a_preview_past_its_end_of_use_is_not_shown_and_the_next_one_removes_it(ledger: Ledger):
    ledger.preview(REPORT, run_id="old", keep=timedelta(seconds=-1))
    assert previews.of_run(ledger.conninfo, DAILY, "old") is None
    assert previews.newest(ledger.conninfo, {DAILY}) == []
    ledger.preview(REPORT, run_id="new")
    assert [run_id for run_id, _ in ledger.texts()] == ["new"]


def test_a_preview_touches_nothing_that_is_to_be_sent(ledger: Ledger):
    batch = Batch(DAILY, "2026-11-20", f"{DAILY}/2026-11-20", timedelta(0), dag_id=DAILY, run_id="scheduled")
    store(ledger.conninfo, batch, [replace(REPORT, html="\n\n".join(["а" * 3000] * 2))])
    ledger.preview(replace(REPORT, html="короткий"))
    assert [run_id for run_id, _ in ledger.texts()] == ["scheduled", "scheduled", "manual__1"]
