"""Messages of a group that one person alone sees, under the names of Bot API 10.2 and 10.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.telegram_stand_in.messenger import CURRENT_VERSION
from tests.local.telegram_stand_in.conftest import GROUP, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

IVAN = {"id": 7, "first_name": "Иван"}
TO_IVAN = {"receiver_user_id": 7}
COMMANDS = [{"command": "status", "description": "Где ремонт", "is_ephemeral": True}]


@pytest.fixture(autouse=True)
def ivan_is_in_the_group(stand_in: StandIn) -> Iterator[None]:
    stand_in.set_member(GROUP, IVAN)
    yield
    stand_in.set_rates(time_scale=1.0)


def send(call: Call, **more: Any) -> dict[str, Any]:
    return call("sendMessage", **({"chat_id": GROUP, "text": "Готов"} | more))


def to_ivan(call: Call, **more: Any) -> dict[str, Any]:
    return send(call, ephemeral_message_parameters=TO_IVAN, **more)


def test_an_administrator_writes_to_one_member(stand_in: StandIn, call: Call) -> None:
    stand_in.promote(GROUP)
    sent = to_ivan(call)["result"]
    assert (sent["message_id"], sent["receiver_user"]["id"]) == (0, 7)
    (message,) = stand_in.messages()
    assert (message["text"], message["receiver"]["id"]) == ("Готов", 7)
    assert message["ephemeral_id"] == sent["ephemeral_message_id"]
    assert send(call)["result"]["message_id"] == 1


@pytest.mark.parametrize(
    ("version", "name", "is_ephemeral"),
    [("10.1", "nested", False), ("10.2", "nested", False), ("10.2", "flat", True), (CURRENT_VERSION, "flat", True)],
)
def test_an_older_server_overlooks_what_it_does_not_know_and_tells_everybody(
    stand_in: StandIn, call: Call, version: str, name: str, is_ephemeral: bool
) -> None:
    stand_in.promote(GROUP)
    stand_in.set_bot_api_version(version)
    sent = (to_ivan(call) if name == "nested" else send(call, **TO_IVAN))["result"]
    assert ("ephemeral_message_id" in sent) is is_ephemeral


def test_without_rights_only_the_presser_is_answered_and_only_for_a_while(stand_in: StandIn, call: Call) -> None:
    button = {"inline_keyboard": [[{"text": "Чей?", "callback_data": "whose"}]]}
    asked = send(call, reply_markup=button)["result"]["message_id"]
    assert to_ivan(call)["description"] == "Bad Request: CHAT_ADMIN_REQUIRED"
    query_id = stand_in.press(GROUP, asked, sender=IVAN)["id"]
    trigger = {"callback_query_id": query_id}
    assert send(call, ephemeral_message_parameters=TO_IVAN | trigger)["result"]["message_id"] == 0
    other = stand_in.press(GROUP, asked, sender={"id": 8, "first_name": "Анна"})["id"]
    refused = send(call, ephemeral_message_parameters=TO_IVAN | {"callback_query_id": other})
    assert refused["description"].startswith("Bad Request: query is too old")
    stand_in.set_rates(time_scale=0.0)
    refused = send(call, ephemeral_message_parameters=TO_IVAN | trigger)
    assert refused["description"].startswith("Bad Request: query is too old")


def test_a_command_declared_ephemeral_is_seen_by_the_bot_alone_and_may_be_answered(
    stand_in: StandIn, call: Call
) -> None:
    call("setMyCommands", commands=COMMANDS, scope={"type": "all_group_chats"})
    stand_in.write(GROUP, "/status A-12841", sender=IVAN)
    stand_in.write(PERSON, "/status")
    in_group, in_private = (update["message"] for update in call("getUpdates")["result"])
    assert (in_group["message_id"], in_group["receiver_user"]["id"], in_group["from"]["id"]) == (0, 42, 7)
    assert "ephemeral_message_id" not in in_private
    reply = {"ephemeral_message_id": in_group["ephemeral_message_id"]}
    assert to_ivan(call, reply_parameters=reply)["result"]["receiver_user"]["id"] == 7
    refused = send(call, reply_parameters=reply)
    assert refused["description"] == "Bad Request: a reply to an ephemeral message must be an ephemeral message"


def test_it_is_edited_and_deleted_by_its_own_methods(stand_in: StandIn, call: Call) -> None:
    stand_in.promote(GROUP)
    named = {"chat_id": GROUP, "ephemeral_message_id": to_ivan(call)["result"]["ephemeral_message_id"], **TO_IVAN}
    assert call("editEphemeralMessageText", text="Выдан", **named)["result"] is True
    assert [message["text"] for message in stand_in.messages()] == ["Выдан"]
    button = {"inline_keyboard": [[{"text": "Ещё", "callback_data": "more"}]]}
    assert call("editEphemeralMessageReplyMarkup", reply_markup=button, **named)["ok"]
    stand_in.press(GROUP, -named["ephemeral_message_id"])
    query = call("getUpdates", offset=-1)["result"][0]["callback_query"]
    assert (query["from"]["id"], query["message"]["message_id"]) == (7, 0)
    stranger = named | {"receiver_user_id": 8}
    assert call("editEphemeralMessageText", text="x", **stranger)["error_code"] == 400
    assert call("deleteEphemeralMessage", **named)["result"] is True
    assert stand_in.messages() == []
    assert call("deleteMessage", chat_id=GROUP, message_id=0)["error_code"] == 400
    stand_in.set_bot_api_version("10.1")
    assert call("deleteEphemeralMessage", **named)["error_code"] == 404


@pytest.mark.parametrize(("chat_id", "user_id"), [(GROUP, 404), (PERSON, PERSON)])
def test_nobody_outside_the_group_is_written_to(stand_in: StandIn, call: Call, chat_id: int, user_id: int) -> None:
    stand_in.promote(GROUP)
    answer = send(call, chat_id=chat_id, ephemeral_message_parameters={"receiver_user_id": user_id})
    assert answer["error_code"] == 400
    assert stand_in.messages() == []
