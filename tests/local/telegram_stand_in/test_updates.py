"""What people write and press reaches the bot by long polling, and stays until it is confirmed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest

from tests.local.telegram_stand_in.conftest import GROUP, PERSON, with_bot

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn


def test_an_update_comes_again_until_a_higher_offset_confirms_it(stand_in: StandIn, call: Callable[..., Any]) -> None:
    stand_in.write(PERSON, "/start")
    stand_in.write(PERSON, "Где мой ремонт?")
    first = call("getUpdates")["result"]
    assert [update["message"]["text"] for update in first] == ["/start", "Где мой ремонт?"]
    assert call("getUpdates")["result"] == first
    rest = call("getUpdates", offset=first[0]["update_id"] + 1)["result"]
    assert rest == first[1:]
    assert call("getUpdates", offset=rest[0]["update_id"] + 1)["result"] == []
    assert call("getUpdates")["result"] == []


def test_a_negative_offset_counts_from_the_end(stand_in: StandIn, call: Callable[..., Any]) -> None:
    for text in ("1", "2", "3"):
        stand_in.write(PERSON, text)
    assert [update["message"]["text"] for update in call("getUpdates", offset=-1)["result"]] == ["3"]
    assert [update["message"]["text"] for update in call("getUpdates")["result"]] == ["3"]


def test_a_long_poll_ends_as_soon_as_something_arrives(stand_in: StandIn, call: Callable[..., Any]) -> None:
    threading.Timer(0.3, stand_in.write, (PERSON, "Привет")).start()
    started = time.monotonic()
    (update,) = call("getUpdates", timeout=20)["result"]
    assert 0.2 < time.monotonic() - started < 5
    assert update["message"]["from"]["first_name"] == "Ольга"


def test_a_long_poll_without_news_ends_empty(call: Callable[..., Any]) -> None:
    started = time.monotonic()
    assert call("getUpdates", timeout=1)["result"] == []
    assert 0.9 < time.monotonic() - started < 3


def test_a_second_poller_ends_the_first_with_a_conflict(call: Callable[..., Any]) -> None:
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(call("getUpdates", timeout=10)))
    first.start()
    time.sleep(0.3)
    assert call("getUpdates")["ok"]
    first.join(5)
    assert answers[0]["error_code"] == 409
    assert answers[0]["description"].startswith("Conflict: terminated by other getUpdates request")


def test_a_pressed_button_is_a_callback_query_that_is_answered_once(stand_in: StandIn) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Позвонил", callback_data="done:12841")]])

    async def work(bot: Bot) -> Any:
        sent = await bot.send_message(GROUP, "Незвонок", reply_markup=keyboard)
        stand_in.press(GROUP, sent.message_id)
        (update,) = await bot.get_updates(timeout=5)
        assert update.callback_query is not None
        await update.callback_query.answer("Записано")
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await update.callback_query.answer()
        return update

    update = with_bot(stand_in, work)
    assert update.callback_query.data == "done:12841"
    assert update.callback_query.message.text == "Незвонок"


def test_a_contact_arrives_with_the_message(stand_in: StandIn) -> None:
    contact = {"phone_number": "+79123456789", "first_name": "Ольга", "user_id": PERSON}
    stand_in.write(PERSON, contact=contact, sender={"id": PERSON})

    async def poll(bot: Bot) -> Any:
        return await bot.get_updates()

    (update,) = with_bot(stand_in, poll)
    assert update.message.contact.user_id == update.message.from_user.id == PERSON


def test_pending_updates_can_be_dropped(stand_in: StandIn, call: Callable[..., Any]) -> None:
    stand_in.write(PERSON, "старое")
    assert call("deleteWebhook", drop_pending_updates=True)["result"] is True
    assert call("getUpdates")["result"] == []
