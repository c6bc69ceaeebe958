"""Staff in their groups: a repair asked for, and the chat's number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.bot.response import Response
from tests.bot.crm import add_repair
from tests.bot.phone import OFFICE, TEAM, Bot, Staff, texts

if TYPE_CHECKING:
    from typing import Any


@pytest.fixture
def kira(bot: Bot) -> Staff:
    return Staff(bot)


def test_a_team_asks_for_its_branch_and_the_office_for_all(kira: Staff, bot: Bot) -> None:
    bot.change("update reporting.repairs set branch_id = 8 where repair_id = 12842")
    response = kira.says("/status A-12841")
    assert "Шуруповёрт Makita DF333D" in texts(response)
    assert "Фамилия" not in texts(response)
    assert (response.answers[0].chat_id, response.answers[0].receiver_user_id) == (TEAM, 77)
    assert "здесь нет" in texts(kira.says("/status A-12842"))
    assert "A-12842" in texts(Staff(bot, OFFICE).says("/status@sancrm_test_bot а12842"))
    assert "подключён" in texts(Staff(bot, -5).says("/status A-12841"))


def test_two_branches_may_have_the_same_number(kira: Staff, bot: Bot) -> None:
    import psycopg

    with psycopg.connect(bot.crm) as connection:
        add_repair(connection, 1, None, number=12841, code="B-12841", branch_id=8)
    assert texts(Staff(bot, OFFICE).says("/status 12841")).count("12841</b>") == 2
    assert texts(kira.says("/status 12841")).count("12841</b>") == 1


def test_without_a_number_it_says_how(kira: Staff) -> None:
    assert "/status A-12841" in texts(kira.says("/status"))
    assert "/status A-12841" in texts(kira.says("/status когда же"))


def test_what_is_not_for_the_bot_is_left_alone(kira: Staff) -> None:
    assert kira.says("Статус") == Response()
    assert kira.says("/status@other_bot A-12841") == Response()
    assert kira.says("/weather") == Response()
    assert kira.says("/start", **{"from": {"id": 5, "is_bot": True, "first_name": "B"}}) == Response()


def test_a_client_is_led_out_of_the_group(kira: Staff) -> None:
    response = kira.says("/mydata")
    assert "в личных сообщениях" in texts(response)
    markup: Any = response.answers[0].reply_markup
    assert markup["inline_keyboard"][0][0]["url"] == "https://t.me/sancrm_test_bot"


def test_id_names_chat_and_topic_and_is_remembered(kira: Staff, bot: Bot) -> None:
    response = kira.says("/id", message_thread_id=5, is_topic_message=True)
    assert "<code>-1007</code>" in texts(response)
    assert "<code>5</code>" in texts(response)
    assert response.answers[0].message_thread_id == 5
    (group,) = bot.groups()
    assert (group.chat_id, group.title, group.topics) == (TEAM, "Мастера", [5])


def test_a_group_is_noted_when_the_bot_is_added_and_removed(bot: Bot) -> None:
    user = {"id": 1, "is_bot": True, "first_name": "B"}
    chat = {"id": -9, "type": "supergroup", "title": "Новая"}
    content = {"chat": chat, "from": {"id": 2, "is_bot": False, "first_name": "О"}, "date": 1}
    member, left = {"user": user, "status": "member"}, {"user": user, "status": "left"}
    for old, new in ((left, member), (member, left)):
        changed = {**content, "old_chat_member": old, "new_chat_member": new}
        assert bot.receive({"update_id": 1, "my_chat_member": changed}) == Response()
        assert [group.bot_status for group in bot.groups()] == [new["status"]]
