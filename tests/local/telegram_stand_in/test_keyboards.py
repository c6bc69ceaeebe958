"""Keyboards: kept as they are shown, refused where Telegram refuses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.telegram_stand_in.conftest import GROUP, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

CONTACT = {"text": "Поделиться номером", "request_contact": True}


def send(call: Call, reply_markup: dict[str, Any], chat_id: int = PERSON) -> dict[str, Any]:
    return call("sendMessage", chat_id=chat_id, text="Как вас узнать?", reply_markup=reply_markup)


def test_a_reply_keyboard_is_kept_with_its_requests_and_not_shown_in_the_message(stand_in: StandIn, call: Call) -> None:
    sent = send(call, {"keyboard": [[CONTACT], ["Статус", "Помощь"]], "resize_keyboard": True})["result"]
    assert "reply_markup" not in sent
    kept = stand_in.messages()[0]["reply_markup"]
    assert kept["keyboard"] == [[CONTACT], [{"text": "Статус"}, {"text": "Помощь"}]]
    assert (kept["resize_keyboard"], kept["one_time_keyboard"]) == (True, False)


def test_a_keyboard_is_removed_and_an_answer_asked_for(stand_in: StandIn, call: Call) -> None:
    assert send(call, {"remove_keyboard": True})["ok"]
    assert send(call, {"force_reply": True, "input_field_placeholder": "Ответ"})["ok"]
    removed, forced = (message["reply_markup"] for message in stand_in.messages())
    assert removed == {"remove": True}
    assert forced == {"force_reply": True, "placeholder": "Ответ"}


@pytest.mark.parametrize(
    ("chat_id", "keyboard", "reason"),
    [
        (GROUP, [[CONTACT]], "phone number can be requested in private chats only"),
        (PERSON, [[" "]], "keyboard button text must be non-empty"),
        (PERSON, ["Статус"], 'field "keyboard" must be an Array of Arrays'),
        (PERSON, [[5]], "can't parse keyboard button: KeyboardButton must be a String or an Object"),
        (PERSON, [[{}]], 'can\'t parse keyboard button: Field "text" must be of type String'),
        (
            PERSON,
            [[{"text": "x", "style": "pink"}]],
            "can't parse keyboard button: invalid button style specified",
        ),
    ],
)
def test_a_wrong_keyboard_is_refused(call: Call, chat_id: int, keyboard: list[Any], reason: str) -> None:
    assert send(call, {"keyboard": keyboard}, chat_id)["description"] == f"Bad Request: {reason}"


def test_inline_buttons_are_replaced_and_taken_away_without_a_mark_of_editing(stand_in: StandIn, call: Call) -> None:
    def edit(**more: Any) -> dict[str, Any]:
        return call("editMessageReplyMarkup", chat_id=PERSON, message_id=sent, **more)

    called = {"text": "Позвонил", "callback_data": "called", "style": "success"}
    sent = send(call, {"inline_keyboard": [[called]]})["result"]["message_id"]
    assert edit(reply_markup={"inline_keyboard": [[called]]})["description"].startswith(
        "Bad Request: message is not modified"
    )
    edited = edit()["result"]
    assert "reply_markup" not in edited
    assert "edit_date" not in edited
    assert stand_in.messages()[0]["buttons"] == []
