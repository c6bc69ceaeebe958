"""Missed calls in the teams' chats: who is told where, and what becomes of it when the switch or a branch changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.bot.messages import staff
from sancrm_notifications.ledger.wording import switch
from tests.desk import STAFF
from tests.include.sql.queries import insert
from tests.notifications.missed_calls.office import SPACE

if TYPE_CHECKING:
    from tests.notifications.missed_calls.office import Office

TULA, KALUGA = -1007, -1008
NO_TEAM = 9
TEAM_CHATS = {"7": {"chat_id": str(TULA)}, "8": {"chat_id": str(KALUGA)}}


@pytest.fixture(autouse=True)
def _teams(office: Office) -> None:
    """Give two of three branches a chat of their own, and switch their chats on."""
    with psycopg.connect(office.crm) as connection:
        insert(connection, "branches", {"branch_id": NO_TEAM, "name": "Южный"})
    for branch_id, chat_id in ((7, TULA), (8, KALUGA)):
        office.desk.stand_in.create_chat(chat_id, f"Команда {branch_id}")
        office.desk.chats[f"team:{branch_id}"] = chat_id
    office.set_variable({"team_chats": TEAM_CHATS, "missed_calls_say_none": True})
    switch_to_teams(office)


def switch_to_teams(office: Office, *, is_on: bool = True) -> None:
    with psycopg.connect(office.desk.conninfo) as ledger:
        switch(ledger, "staff", "missed_calls", switched_by="editor", is_on=is_on)


def titles(office: Office) -> list[list[str]]:
    """Return the first lines in the chat for all, Tula's and Kaluga's."""
    return [office.titles(chat_id) for chat_id in (STAFF, TULA, KALUGA)]


def call(*repair_ids: int) -> list[str]:
    return [f"Перезвонить клиенту · B-{repair_id}" for repair_id in repair_ids]


def test_each_team_hears_of_its_own_repairs_and_all_hear_of_those_without_one(office: Office) -> None:
    office.repair(1, 2)
    office.repair(3, branch_id=8)
    office.repair(4, branch_id=NO_TEAM)
    office.repair(5, branch_id=None)

    assert office.tell("2026-11-20 10:00")["notified"] == 5

    assert titles(office) == [call(4, 5), call(1, 2), call(3)]
    silent = [[message["is_silent"] for message in office.messages(chat)] for chat in (STAFF, TULA, KALUGA)]
    assert silent == [[False, True], [False, True], [False]]
    assert office.tell("2026-11-20 10:30")["notified"] == 0


def test_until_a_person_has_switched_it_on_all_goes_to_one_chat(office: Office) -> None:
    switch_to_teams(office, is_on=False)
    office.repair(1)
    office.repair(3, branch_id=8)
    office.tell("2026-11-20 10:00")
    assert titles(office) == [call(3, 1), [], []]


def test_each_chat_has_its_own_digests(office: Office) -> None:
    office.set_variable({"team_chats": TEAM_CHATS, "digest_above": 1})
    office.repair(*range(1, 14))
    office.repair(20, 21, branch_id=8)
    office.repair(30, branch_id=NO_TEAM)

    office.tell("2026-11-20 10:00")

    digests = [f"Ещё ждут звонка: {number}{SPACE}ремонт{ending}" for number, ending in ((10, "ов"), (2, "а"))]
    assert titles(office) == [call(30), [*call(1), *digests], call(20, 21)]
    office.repair(31, 32, branch_id=NO_TEAM)
    office.repair(22, 23, branch_id=8)
    office.tell("2026-11-20 11:00")
    further = f"Ещё ждут звонка: 2{SPACE}ремонта"
    assert [titles(office)[0][1:], titles(office)[2][2:]] == [[further], [further]]
    assert [office.messages(chat)[-1]["is_silent"] for chat in (STAFF, KALUGA)] == [False, False]


def test_a_digest_is_a_further_one_only_in_a_chat_that_was_told_before(office: Office) -> None:
    office.set_variable({"team_chats": TEAM_CHATS, "digest_above": 0})
    office.repair(1, 2)
    office.tell("2026-11-20 10:00")
    office.repair(3, 4, branch_id=8)
    office.repair(5, 6)
    office.tell("2026-11-20 11:00")
    of_two = f"дут звонка: 2{SPACE}ремонта"
    assert titles(office) == [[], [f"Ж{of_two}", f"Ещё ж{of_two}"], [f"Ж{of_two}"]]
    office.call(3)
    office.check("2026-11-20 12:00")
    assert office.titles(KALUGA) == [f"Ждёт звонка: 1{SPACE}ремонт"]


def test_what_was_told_stays_where_it_stands_when_the_switch_is_turned_off(
    office: Office,
) -> None:
    office.repair(1, 2)
    office.repair(3, branch_id=8)
    office.tell("2026-11-20 10:00")
    switch_to_teams(office, is_on=False)
    office.repair(4)
    office.call(1)

    told = office.tell("2026-11-20 12:00")

    assert (told["notified"], told["edited"]) == (1, 1)
    called = f"Снято с обзвона, замечено 20{SPACE}ноября, 12:00"
    assert titles(office) == [call(4), [called, *call(2)], call(3)]
    office.update(1, "needs_callback = true")
    office.check("2026-11-20 13:00")
    assert titles(office) == [call(4), call(1, 2), call(3)]
    office.tell("2026-11-23 10:00")
    assert titles(office) == [[*call(4), *call(3, 1, 2, 4)], call(1, 2), call(3)]
    assert all("сообщаем 2-й" in one["text"].replace(SPACE, " ") for one in office.messages()[1:])


def test_what_was_told_to_all_is_not_told_again_when_the_switch_is_turned_on(office: Office) -> None:
    switch_to_teams(office, is_on=False)
    office.repair(1)
    office.tell("2026-11-20 10:00")
    switch_to_teams(office)
    assert office.tell("2026-11-20 11:00")["notified"] == 0
    office.tell("2026-11-23 10:00")
    office.call(1)
    assert office.check("2026-11-23 11:00")["edited"] == 2
    called = f"Снято с обзвона, замечено 23{SPACE}ноября, 11:00"
    assert titles(office) == [[called], [called], []]


def test_a_repair_that_goes_to_another_branch_is_told_there_on_the_next_day(office: Office) -> None:
    office.repair(1)
    office.tell("2026-11-20 10:00")
    office.update(1, "branch_id = 8")
    assert office.tell("2026-11-20 11:00")["notified"] == 0
    office.tell("2026-11-23 10:00")
    assert titles(office) == [[], call(1), call(1)]


def test_what_was_withdrawn_is_told_where_it_belongs_by_then(office: Office) -> None:
    office.repair(1)
    office.format("2026-11-20 10:00")
    office.call(1)
    office.format("2026-11-20 11:00", is_notifying=False)
    switch_to_teams(office, is_on=False)
    office.update(1, "needs_callback = true")
    office.check("2026-11-20 12:00")
    assert titles(office) == [call(1), [], []]
    assert office.desk.states() == {
        "missed_calls/2026-11-20/repair:1/team:7/1": "expired",
        "missed_calls/2026-11-20/repair:1/missed_calls/1": "sent",
    }


def test_nobody_waits_is_said_once_to_all_and_only_when_no_team_has_anybody(office: Office) -> None:
    office.tell("2026-11-20 10:00")
    assert titles(office) == [["Незвонков нет: никто не ждёт звонка."], [], []]
    office.repair(1)
    office.tell("2026-11-23 10:00")
    office.call(1)
    office.tell("2026-11-23 11:00")
    assert len(office.messages()) == 1
    assert len(office.messages(TULA)) == 1


def test_pressed_in_a_teams_chat_it_acts_there_and_nowhere_else(office: Office) -> None:
    office.listen()
    office.repair(1, 2)
    office.repair(3, branch_id=8)
    office.tell("2026-11-20 10:00")
    number = office.messages(TULA)[0]["message_id"]
    elsewhere = office.press(number, 1, "2026-11-20 10:10", chat_id=KALUGA)
    another = office.press(number, 3, "2026-11-20 10:10", chat_id=TULA)
    assert [(response.edits, response.notice) for response in (elsewhere, another)] == [((), staff.not_here())] * 2

    response = office.press(number, 1, "2026-11-20 10:20", chat_id=TULA)

    (edit,) = response.edits
    assert (edit.chat_id, edit.message_id) == (TULA, number)
    switch_to_teams(office, is_on=False)
    office.check("2026-11-20 11:00")
    marked = office.messages(TULA)[0]
    assert marked["text"].endswith(f"\n\n✓ позвонили: Кира, 20{SPACE}ноября, 10:20")
    assert [[button["text"] for button in row] for row in marked["buttons"]] == []
    assert office.tell("2026-11-20 12:00")["notified"] == 0
    office.call(1)
    office.check("2026-11-20 13:00")
    text = office.messages(TULA)[0]["text"]
    assert text.startswith("Снято с обзвона, замечено")
    assert "позвонили: Кира" in text


def test_a_teams_chat_that_is_gone_keeps_nothing_from_the_others(office: Office) -> None:
    office.repair(1)
    office.repair(3, branch_id=8)
    office.desk.stand_in.kick(TULA)
    told = office.format("2026-11-20 10:00")
    assert office.deliver(told["batch"]) == {"parked": 1, "sent": 1}
    assert titles(office)[2] == call(3)
    assert office.format("2026-11-20 11:00", is_notifying=False)["subjects"] == []


def test_a_preview_says_which_chats_would_hear_of_how_many(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_to_teams(office, is_on=False)
    office.repair(1)
    office.tell("2026-11-19 10:00")
    switch_to_teams(office)
    office.call(1)
    office.repair(2, 4)
    office.repair(3, branch_id=8)
    office.repair(5, branch_id=None)
    default = {"conn_type": "telegram", "host": str(STAFF), "password": "42:TEST"}
    monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(default))
    with psycopg.connect(office.desk.conninfo) as connection:
        connection.execute(
            "insert into notifications.chat_titles values ('-1001', 'Штаб'), ('-1007', 'Тула'), ('-1008', 'Калуга')"
        )
    assert office.format("2026-11-20 10:00", preview=True)["withheld"].endswith(
        ". A real run: would send 1 to «Калуга», 2 to «Тула», 1 to «Штаб»; would change 1 in «Штаб»"
    )
    assert office.tell("2026-11-20 10:05")["notified"] == 4
