"""Sending without the ledger: what arrives, what is tried again, and what never is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.delivery import without_ledger
from sancrm_notifications.delivery.without_ledger import NOTE, send_unrecorded
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.text.buttons import Button
from sancrm_notifications.text.message import Message
from tests.desk import STAFF, TOKEN

if TYPE_CHECKING:
    from local.telegram_stand_in import StandIn


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without_ledger, "_PAUSE_SECONDS", 0.01)


def send(stand_in: StandIn, html: str, buttons: tuple[tuple[Button, ...], ...] = ()) -> Outcome:
    """Send as a task does."""
    address = Address(BotAddress(TOKEN, stand_in.base_url), str(STAFF))
    message = Message(subject="backup", destination="backups", label="", html=html, buttons=buttons)
    return asyncio.run(send_unrecorded(address, message))


def test_it_arrives_with_its_button_and_says_that_no_record_is_kept(stand_in: StandIn) -> None:
    answer = send(stand_in, "<b>Копия не сделана</b>", ((Button("Открыть", "https://crm.example.ru/"),),))

    [message] = stand_in.messages(STAFF)
    assert answer.result is Result.SENT
    assert answer.message_id == message["message_id"]
    assert message["text"] == f"Копия не сделана\n\n{NOTE}"
    assert "https://crm.example.ru/" in str(message)


def test_what_surely_did_not_arrive_is_tried_again(stand_in: StandIn) -> None:
    stand_in.plan_fault("flood", method="sendMessage", retry_after=1, times=1)

    assert send(stand_in, "Сбой").result is Result.SENT
    assert len(stand_in.messages(STAFF)) == 1


def test_what_may_have_arrived_is_not_sent_again(stand_in: StandIn) -> None:
    stand_in.plan_fault("reset", when="after", method="sendMessage", times=1)

    assert send(stand_in, "Сбой").result is Result.UNKNOWN
    assert len(stand_in.requests("sendMessage")) == 1


def test_markup_that_telegram_refuses_does_not_cost_the_news(stand_in: StandIn) -> None:
    answer = send(stand_in, "<b>Сбой</b> <table>", ((Button("Открыть", "https://crm.example.ru/"),),))

    [message] = stand_in.messages(STAFF)
    assert answer.result is Result.SENT
    assert message["text"].startswith("Сбой")
    assert "Открыть: https://crm.example.ru/" in message["text"]


def test_a_chat_that_is_gone_is_told_at_once(stand_in: StandIn) -> None:
    stand_in.kick(STAFF)

    assert send(stand_in, "Сбой").result is Result.CHAT_GONE
    assert len(stand_in.requests("sendMessage")) == 1


def test_a_long_text_arrives_whole(stand_in: StandIn) -> None:
    assert send(stand_in, "Строка <b>&amp;</b>\n" * 500).result is Result.SENT

    texts = [message["text"] for message in stand_in.messages(STAFF)]
    assert len(texts) > 1
    assert "".join(texts).count("Строка &") == 500
    assert texts[-1].endswith(NOTE)
