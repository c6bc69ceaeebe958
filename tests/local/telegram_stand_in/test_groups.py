"""Groups: what a bot may read there, who is who, and what happens to the bot itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.telegram_stand_in.conftest import GROUP, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

BOT_ID = 42
IVAN = {"id": 7, "first_name": "Иван"}
FORUM = -1_000_000_000_501
CHANNEL = -1_000_000_000_502


def received(call: Call) -> list[dict[str, Any]]:
    return list(call("getUpdates")["result"])


# https://core.telegram.org/bots/features#privacy-mode
@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("как дела?", False),
        ("/status A-12841", True),
        ("/status@stand_in_42_bot", True),
        ("/status@another_bot", False),
        ("эй, @stand_in_42_bot!", True),
        ("эй, @another_bot!", False),
    ],
)
def test_a_bot_reads_of_a_groups_talk_what_is_meant_for_it(
    stand_in: StandIn, call: Call, text: str, is_read: bool
) -> None:
    stand_in.write(GROUP, text, sender=IVAN)
    assert [update["message"]["text"] for update in received(call)] == [text] * is_read


def test_answers_to_the_bot_and_news_about_the_group_are_read(stand_in: StandIn, call: Call) -> None:
    sent = call("sendMessage", chat_id=GROUP, text="Что ответить?")["result"]["message_id"]
    stand_in.write(GROUP, "Завтра готов", reply_to=sent, sender=IVAN)
    stand_in.write(GROUP, extra={"new_chat_title": "Приёмка"})
    answer, title = (update["message"] for update in received(call))
    assert answer["reply_to_message"]["message_id"] == sent
    assert title["new_chat_title"] == "Приёмка"


@pytest.mark.parametrize("way", ["administrator", "privacy off"])
def test_an_administrator_or_a_bot_without_privacy_reads_all(stand_in: StandIn, call: Call, way: str) -> None:
    if way == "administrator":
        stand_in.promote(GROUP)
    else:
        stand_in.let_bots_read_all(allowed=True)
    assert call("getMe")["result"]["can_read_all_group_messages"] is (way == "privacy off")
    stand_in.write(GROUP, "как дела?")
    assert [update["message"]["text"] for update in received(call) if "message" in update] == ["как дела?"]


def test_an_anonymous_administrator_stands_for_the_group(stand_in: StandIn, call: Call) -> None:
    stand_in.write_anonymously(GROUP, "/status")
    (update,) = received(call)
    assert update["message"]["from"]["username"] == "GroupAnonymousBot"
    assert update["message"]["sender_chat"]["id"] == GROUP


def test_a_channel_writes_in_a_group_and_posts_in_itself(stand_in: StandIn, call: Call) -> None:
    stand_in.create_chat(CHANNEL, "Новости", "channel")
    stand_in.write(GROUP, "/status", as_chat=CHANNEL)
    stand_in.write(CHANNEL, "никто не слышит")
    stand_in.promote(CHANNEL)
    stand_in.write(CHANNEL, "Акция")
    in_group, promoted, posted = received(call)
    assert in_group["message"]["from"]["username"] == "Channel_Bot"
    assert in_group["message"]["sender_chat"]["title"] == "Новости"
    assert promoted["my_chat_member"]["new_chat_member"]["can_post_messages"] is True
    assert posted["channel_post"]["text"] == "Акция"


def test_another_bot_says_that_it_is_one(stand_in: StandIn, call: Call) -> None:
    stand_in.write(GROUP, "/status", sender={"id": 99, "is_bot": True, "first_name": "Другой"})
    assert received(call)[0]["message"]["from"]["is_bot"] is True


def test_a_topic_stands_in_its_messages(stand_in: StandIn, call: Call) -> None:
    stand_in.create_chat(FORUM, "Приёмка", topics={5: "Центральный"})
    stand_in.write(FORUM, extra={"forum_topic_created": {"name": "Центральный", "icon_color": 0}}, thread_id=5)
    stand_in.write(FORUM, "/id", thread_id=5)
    created, asked = (update["message"] for update in received(call))
    assert created["forum_topic_created"]["name"] == "Центральный"
    assert (asked["message_thread_id"], asked["is_topic_message"], asked["chat"]["is_forum"]) == (5, True, True)


def test_the_bot_learns_what_becomes_of_itself_in_a_group(stand_in: StandIn, call: Call) -> None:
    stand_in.set_status(GROUP, "kicked", by=IVAN)
    stand_in.admit(GROUP)
    stand_in.promote(GROUP)
    changes = [update["my_chat_member"] for update in received(call)]
    assert [(change["old_chat_member"]["status"], change["new_chat_member"]["status"]) for change in changes] == [
        ("member", "kicked"),
        ("kicked", "member"),
        ("member", "administrator"),
    ]
    assert changes[0]["from"] == {"is_bot": False, "language_code": "ru"} | IVAN
    assert changes[0]["new_chat_member"]["user"]["id"] == BOT_ID
    assert changes[0]["chat"] == {"id": GROUP, "type": "group", "title": "Штаб"}


def test_a_group_that_moves_says_where_to(stand_in: StandIn, call: Call) -> None:
    new_id = stand_in.migrate(GROUP)
    (update,) = received(call)
    assert update["message"]["migrate_to_chat_id"] == new_id


def test_nothing_arrives_from_where_the_bot_is_not(stand_in: StandIn, call: Call) -> None:
    stand_in.set_status(GROUP, "left")
    stand_in.write(GROUP, "/status")
    assert [set(update) - {"update_id"} for update in received(call)] == [{"my_chat_member"}]


def test_members_are_those_who_have_written_or_were_made_it(stand_in: StandIn, call: Call) -> None:
    def status(user_id: int) -> str:
        answer = call("getChatMember", chat_id=GROUP, user_id=user_id)
        return str(answer["result"]["status"] if answer["ok"] else answer["description"])

    assert status(555) == "Bad Request: member not found"
    stand_in.add_person(555, "Анна")
    assert status(555) == "left"
    stand_in.write(GROUP, "всем привет", sender={"id": 555})
    assert status(555) == "member"
    stand_in.set_member(GROUP, IVAN, "creator")
    assert status(7) == "creator"


def test_administrators_are_people_and_this_bot(stand_in: StandIn, call: Call) -> None:
    stand_in.set_member(GROUP, IVAN, "administrator")
    stand_in.set_member(GROUP, {"id": 8, "first_name": "Анна"})

    def administrators() -> list[int]:
        return [one["user"]["id"] for one in call("getChatAdministrators", chat_id=GROUP)["result"]]

    assert administrators() == [7]
    stand_in.promote(GROUP)
    assert administrators() == [7, BOT_ID]
    refused = call("getChatAdministrators", chat_id=PERSON)
    assert refused["description"] == "Bad Request: there are no administrators in the private chat"
