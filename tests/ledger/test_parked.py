"""A person's word: what is no longer wanted is never sent, whatever comes after."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.ledger.erasing import Erased, erase
from sancrm_notifications.ledger.parked import note_not_wanted, reopen, standing, waiting
from sancrm_notifications.ledger.revising import Revised, Revision, revise
from sancrm_notifications.ledger.storing import Stored
from tests.desk import DAY, report
from tests.ledger.look import rows
from tests.ledger.test_storing import LONG

if TYPE_CHECKING:
    from tests.desk import Desk

SETTABLE = ["parked", "held", "expired"]


def put(desk: Desk, state: str) -> list[int]:
    """Bring all messages into a state and return their ids."""
    return [
        row["message_id"]
        for row in rows(
            desk.conninfo, "update notifications.messages set state = %(state)s returning message_id", state=state
        )
    ]


def unwanted(desk: Desk, html: str = "<b>Отчёт</b>", **figures: int) -> list[int]:
    """Store a message, park it and note it as no longer wanted; return the ids of its parts."""
    desk.store(report("branch:1", html, figures=figures))
    ids = put(desk, "parked")
    note_not_wanted(desk.conninfo, ids)
    return ids


@pytest.mark.parametrize("state", SETTABLE)
def test_what_is_no_longer_wanted_waits_for_nobody(desk: Desk, state: str) -> None:
    desk.store(report("branch:1"), report("branch:2"))
    first, second = put(desk, state)

    assert note_not_wanted(desk.conninfo, [first]) == 1

    assert standing(desk.conninfo, [first]).states == {"not_wanted": 1}
    assert standing(desk.conninfo, [second]).states == {state: 1}
    assert first not in {message.message_id for message in waiting(desk.conninfo)}


@pytest.mark.parametrize("state", ["stored", "sending", "sent", "covered", "preview"])
def test_what_waits_for_nobody_stays_as_it_is(desk: Desk, state: str) -> None:
    desk.store(report("branch:1"))
    ids = put(desk, state)
    assert note_not_wanted(desk.conninfo, ids) == 0
    assert standing(desk.conninfo, ids).states == {state: 1}


def test_saying_it_twice_changes_nothing(desk: Desk) -> None:
    assert note_not_wanted(desk.conninfo, unwanted(desk)) == 0


def test_it_is_sent_neither_by_a_cleared_task_nor_by_a_cleared_run(desk: Desk) -> None:
    ids = unwanted(desk)
    reopen(desk.conninfo, ids, ["parked", "held"])
    assert desk.store(report("branch:1", "Заново")) == Stored(0, 1)
    assert desk.store(report("branch:1", LONG)) == Stored(0, 1)

    assert desk.deliver() == {"not_wanted": 1}

    assert desk.texts() == []


def test_it_gets_no_other_text_and_no_further_part(desk: Desk) -> None:
    unwanted(desk, revenue=1)
    longer = Revision(DAY.period, report("branch:1", LONG, figures={"revenue": 2}))

    assert revise(desk.conninfo, DAY, [longer, replace(longer, is_withdrawn=True)]) == Revised()

    assert desk.deliver() == {"not_wanted": 1}


def test_a_further_part_that_is_not_wanted_stays_away_when_the_first_is_edited(desk: Desk) -> None:
    desk.store(report("branch:1", LONG, figures={"revenue": 1}))
    desk.deliver()
    rows(
        desk.conninfo,
        "update notifications.messages set state = 'not_wanted', telegram_message_id = null, sent_at = null"
        " where part > 1",
    )
    edit = Revision(DAY.period, report("branch:1", f"Другое. {LONG}", figures={"revenue": 2}))
    assert revise(desk.conninfo, DAY, [edit]) == Revised(edited=1)

    states = desk.deliver()

    assert states["sent"] == 1
    assert set(states) == {"sent", "not_wanted"}


def test_an_edit_that_is_not_wanted_is_made_when_the_figures_change_again(desk: Desk) -> None:
    desk.store(report("branch:1", "Было 1", figures={"revenue": 1}))
    desk.deliver()
    second = Revision(DAY.period, report("branch:1", "Стало 2", figures={"revenue": 2}))
    revise(desk.conninfo, DAY, [second])
    note_not_wanted(desk.conninfo, put(desk, "parked"))

    assert revise(desk.conninfo, DAY, [second]) == Revised()
    assert desk.deliver() == {"not_wanted": 1}
    assert desk.texts() == ["Было 1"]

    third = Revision(DAY.period, report("branch:1", "Стало 3", figures={"revenue": 3}))
    assert revise(desk.conninfo, DAY, [third]) == Revised(edited=1)
    assert desk.deliver() == {"sent": 1}
    assert desk.texts() == ["Стало 3"]


def test_its_text_is_erased_when_it_is_old(desk: Desk) -> None:
    unwanted(desk)
    assert erase(desk.conninfo, timedelta(seconds=0)) == Erased(texts=1, previews=0)
