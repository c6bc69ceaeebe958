"""Buttons that ask something of the bot: in a chat whose bot is listened to, and nowhere else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.delivery.without_ledger import send_unrecorded
from sancrm_notifications.ledger.revising import Revision, revise
from sancrm_notifications.text.buttons import Action, ActionButton, Button, stored
from tests.desk import DAY, STAFF, TOKEN, report

if TYPE_CHECKING:
    from tests.desk import Desk

LINK = Button("Открыть в CRM", "https://crm.example.com/repairs/7")
CALLED = ActionButton("Позвонил", Action.CALLED, 7)
BOTH, LINK_ALONE = stored([[LINK, CALLED]]), stored([[LINK]])


def listen(desk: Desk, ended_ago: str = "-5 seconds", token: str = TOKEN) -> None:
    """Let somebody hold the lease of a bot, or have held it until so long ago."""
    bot_id = int(token.partition(":")[0])
    with psycopg.connect(desk.conninfo) as connection:
        connection.execute(
            "insert into notifications.listeners (bot_id, number, instance, lease_until)"
            f" values ({bot_id}, 1, gen_random_uuid(), clock_timestamp() - interval '{ended_ago}')".encode()
        )


def sent(desk: Desk) -> list[list[list[dict[str, str]]]]:
    """Store a message with both buttons and deliver it; return what stands under the chat's messages."""
    desk.store(report("branch:1", buttons=((LINK, CALLED),)), report("network", buttons=((CALLED,),)))
    desk.deliver()
    return [message["buttons"] for message in desk.stand_in.messages(STAFF)]


@pytest.mark.parametrize("ended_ago", ["-5 seconds", "9 minutes"])
def test_a_bot_that_is_listened_to_shows_them_also_through_a_short_absence(desk: Desk, ended_ago: str) -> None:
    listen(desk, ended_ago)
    assert sent(desk) == [BOTH, stored([[CALLED]])]


def test_a_bot_that_is_not_listened_to_shows_only_links(desk: Desk) -> None:
    listen(desk, token="987:another-bot")
    assert sent(desk) == [LINK_ALONE, []]


def test_a_bot_that_is_listened_to_no_more_shows_only_links(desk: Desk) -> None:
    listen(desk, "11 minutes")
    assert sent(desk) == [LINK_ALONE, []]


def test_an_edit_shows_them_as_soon_as_somebody_listens(desk: Desk) -> None:
    assert sent(desk)[0] == LINK_ALONE
    listen(desk)
    changed = report("branch:1", "Стало", buttons=((LINK, CALLED),), figures={"repairs": [2]})
    revise(desk.conninfo, DAY, [Revision(DAY.period, changed)])
    desk.deliver()
    assert desk.stand_in.messages(STAFF)[0]["buttons"] == BOTH


def test_what_the_ledger_does_not_know_has_none(desk: Desk) -> None:
    listen(desk)
    message = report("branch:1", buttons=((LINK, CALLED),))
    asyncio.run(send_unrecorded(desk.address("reports"), message))
    assert desk.stand_in.messages(STAFF)[0]["buttons"] == LINK_ALONE


def test_a_message_that_was_refused_is_sent_as_text_with_its_links(desk: Desk) -> None:
    listen(desk)
    bad = Button("Открыть", "http://airflow:8080/")
    desk.store(report("branch:1", "Отчёт", buttons=((bad, CALLED),)))
    desk.deliver()
    (message,) = desk.stand_in.messages(STAFF)
    assert message["buttons"] == []
    assert "http://airflow:8080/" in message["text"]
    assert "Позвонил" not in message["text"]
