"""What a bot learns of a chat and of its own place there without leaving anything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.telegram_stand_in import StandIn
from tests.local.telegram_stand_in.conftest import GROUP, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOT_ID = 42
FORUM = -1_000_000_000_555
CHANNEL = -1_000_000_000_777
WITHOUT_A_DOT = {"inline_keyboard": [[{"text": "CRM", "url": "http://localhost"}]]}


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """Run a stand-in of its own: other tests list all chats there are."""
    with StandIn(limits=False, chats={GROUP: "Штаб", PERSON: "Ольга"}) as running:
        yield running


def typing(call: Callable[..., Any], chat_id: int, **more: Any) -> str:
    answer = call("sendChatAction", chat_id=chat_id, action="typing", **more)
    return str(answer.get("description", answer.get("result")))


def test_a_bot_shows_that_it_is_typing_and_nothing_stays_in_the_chat(
    stand_in: StandIn, call: Callable[..., Any]
) -> None:
    assert typing(call, GROUP) == "True"
    assert stand_in.messages() == []


@pytest.mark.parametrize(
    ("chat_id", "status", "description"),
    [
        (GROUP, "kicked", "Forbidden: bot was kicked from the group chat"),
        (GROUP, "left", "Forbidden: bot is not a member of the group chat"),
        (GROUP, "restricted", "Forbidden: CHAT_WRITE_FORBIDDEN"),
        (PERSON, "blocked", "Forbidden: bot was blocked by the user"),
    ],
)
def test_typing_is_refused_where_the_bot_may_not_write(
    stand_in: StandIn, call: Callable[..., Any], chat_id: int, status: str, description: str
) -> None:
    stand_in.set_status(chat_id, status)
    assert typing(call, chat_id) == description


def test_typing_names_the_supergroup_that_a_group_became(stand_in: StandIn, call: Callable[..., Any]) -> None:
    new_id = stand_in.migrate(GROUP)
    answer = call("sendChatAction", chat_id=GROUP, action="typing")
    assert answer["parameters"] == {"migrate_to_chat_id": new_id}


def test_an_action_that_is_none_is_refused(call: Callable[..., Any]) -> None:
    assert call("sendChatAction", chat_id=GROUP, action="thinking")["error_code"] == 400


# https://github.com/tdlib/telegram-bot-api/issues/732, and the errors that messages.setTyping is documented with
def test_typing_does_not_notice_that_a_topic_is_closed_or_gone(stand_in: StandIn, call: Callable[..., Any]) -> None:
    stand_in.create_chat(FORUM, topics={5: "Отчёты"})
    stand_in.close_topic(FORUM, 5)
    assert typing(call, FORUM, message_thread_id=5) == "True"
    stand_in.delete_topic(FORUM, 5)
    assert typing(call, FORUM, message_thread_id=5) == "True"


def test_a_wrong_button_is_noticed_after_a_missing_topic_and_before_a_closed_one(
    stand_in: StandIn, call: Callable[..., Any]
) -> None:
    stand_in.create_chat(FORUM, topics={5: "Отчёты"})

    def answer(thread_id: int) -> str:
        parameters = {"chat_id": FORUM, "text": "x", "reply_markup": WITHOUT_A_DOT, "message_thread_id": thread_id}
        return str(call("sendMessage", **parameters)["description"])

    refused = "Bad Request: inline keyboard button URL 'http://localhost' is invalid: Wrong HTTP URL"
    assert answer(5) == refused
    assert answer(6) == "Bad Request: message thread not found"
    stand_in.close_topic(FORUM, 5)
    assert answer(5) == refused
    assert stand_in.messages() == []


def test_a_group_says_what_its_members_may_do_and_holds_the_bot_to_it(
    stand_in: StandIn, call: Callable[..., Any]
) -> None:
    assert call("getChat", chat_id=GROUP)["result"]["permissions"]["can_send_messages"] is True
    stand_in.let_members_write(GROUP, allowed=False)
    assert call("getChat", chat_id=GROUP)["result"]["permissions"]["can_send_messages"] is False
    refused = call("sendMessage", chat_id=GROUP, text="x")["description"]
    assert refused == "Bad Request: not enough rights to send text messages to the chat"
    stand_in.set_status(GROUP, "administrator")
    assert call("sendMessage", chat_id=GROUP, text="x")["ok"]


def test_only_an_administrator_of_a_channel_may_post(stand_in: StandIn, call: Callable[..., Any]) -> None:
    stand_in.create_chat(CHANNEL, kind="channel")

    def member() -> dict[str, Any]:
        found: dict[str, Any] = call("getChatMember", chat_id=CHANNEL, user_id=BOT_ID)["result"]
        return found

    assert "permissions" not in call("getChat", chat_id=CHANNEL)["result"]
    assert "can_post_messages" not in member()
    stand_in.set_status(CHANNEL, "administrator")
    assert member()["can_post_messages"] is True


def test_an_empty_rich_message_is_refused_before_the_chat_is_looked_at(
    stand_in: StandIn, call: Callable[..., Any]
) -> None:
    assert call("sendRichMessage")["error_code"] == 400
    stand_in.set_bot_api_version("10.0")
    assert call("sendRichMessage")["error_code"] == 404
