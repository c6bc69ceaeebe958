"""What people do in a private chat arrives as Telegram tells it, and python-telegram-bot reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest

from tests.local.telegram_stand_in.conftest import GROUP, PERSON, with_bot

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

NEW = 700_777


def arrived(stand_in: StandIn) -> list[Any]:
    """Return what python-telegram-bot makes of the waiting updates."""

    async def poll(bot: Bot) -> Any:
        return await bot.get_updates()

    return list(with_bot(stand_in, poll))


def message(stand_in: StandIn) -> Any:
    (update,) = arrived(stand_in)
    return update.message


def test_a_link_starts_the_bot_with_its_payload(stand_in: StandIn, call: Call) -> None:
    stand_in.add_person(NEW, "Пётр", last_name="Ильин", phone_number="+79123456789")
    refused = call("sendMessage", chat_id=NEW, text="x")
    assert refused["description"] == "Forbidden: bot can't initiate conversation with a user"
    stand_in.start(NEW, "a1_B-2")
    got = message(stand_in)
    assert (got.text, got.chat.id, got.from_user.id) == ("/start a1_B-2", NEW, NEW)
    assert got.parse_entities(["bot_command"]) == {got.entities[0]: "/start"}
    assert "79123456789" not in str(stand_in.updates())
    assert call("sendMessage", chat_id=NEW, text="x")["ok"]


def test_the_own_contact_names_the_sender_and_another_one_does_not(stand_in: StandIn) -> None:
    stand_in.share_contact(PERSON, "79123456789")
    stand_in.share_contact(PERSON, "79990000000", user_id=5)
    stand_in.share_contact(PERSON, "79990000001", user_id=0)
    own, other, unknown = (update.message for update in arrived(stand_in))
    assert own.contact.user_id == own.from_user.id == PERSON
    assert own.contact.phone_number == "79123456789"
    assert other.contact.user_id == 5
    assert unknown.contact.user_id is None


def test_a_forwarded_contact_says_where_it_comes_from(stand_in: StandIn) -> None:
    stand_in.share_contact(PERSON, "79123456789", forwarded_from={"id": 5, "first_name": "Иван"})
    assert message(stand_in).forward_origin.sender_user.id == 5


@pytest.mark.parametrize("kind", ["voice", "sticker", "photo", "video", "document", "location"])
def test_what_is_no_text_arrives_as_what_it_is(stand_in: StandIn, kind: str) -> None:
    content: dict[str, Any] = {kind: {}}
    stand_in.write(PERSON, **content)
    got = message(stand_in)
    assert getattr(got, kind)
    assert got.text is None


def test_an_album_is_many_updates_of_one_group(stand_in: StandIn) -> None:
    stand_in.send_album(PERSON, 3, "Сломалась вот здесь")
    pictures = [update.message for update in arrived(stand_in)]
    assert len({picture.media_group_id for picture in pictures}) == 1
    assert [picture.caption for picture in pictures] == ["Сломалась вот здесь", None, None]


def test_an_edited_message_arrives_again_as_edited(stand_in: StandIn) -> None:
    sent = stand_in.write(PERSON, "Где рмонт?")
    stand_in.edit(PERSON, sent["message_id"], "Где ремонт?")
    first, second = arrived(stand_in)
    assert (first.message.text, second.edited_message.text) == ("Где рмонт?", "Где ремонт?")
    assert second.edited_message.edit_date is not None


def test_an_answer_to_a_message_of_the_bot_carries_that_message(stand_in: StandIn, call: Call) -> None:
    sent = call("sendMessage", chat_id=PERSON, text="Что передать?", reply_markup={"force_reply": True})["result"]
    stand_in.write(PERSON, "Спасибо", reply_to=sent["message_id"])
    answered = message(stand_in).reply_to_message
    assert (answered.text, answered.from_user.id) == ("Что передать?", 42)


def test_blocking_and_unblocking_are_told_and_keep_the_bot_out(stand_in: StandIn, call: Call) -> None:
    stand_in.block(PERSON)
    assert call("sendMessage", chat_id=PERSON, text="x")["description"] == "Forbidden: bot was blocked by the user"
    with pytest.raises(ValueError, match="the person starts it first"):
        stand_in.write(PERSON, "Ау?")
    stand_in.start(PERSON)
    blocked, unblocked, started = arrived(stand_in)
    change = blocked.my_chat_member
    assert (change.from_user.id, change.old_chat_member.status, change.new_chat_member.status) == (
        PERSON,
        "member",
        "kicked",
    )
    assert unblocked.my_chat_member.new_chat_member.status == "member"
    assert started.message.text == "/start"


def test_a_pressed_button_is_a_callback_query_that_is_answered_once(stand_in: StandIn) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Позвонил", callback_data="done:12841")]])

    async def work(bot: Bot) -> Any:
        sent = await bot.send_message(GROUP, "Незвонок", reply_markup=keyboard)
        stand_in.press(GROUP, sent.message_id, sender={"id": 7, "first_name": "Иван"})
        (update,) = await bot.get_updates(timeout=5)
        assert update.callback_query is not None
        await update.callback_query.answer("Записано", show_alert=True)
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await update.callback_query.answer()
        return update

    query = with_bot(stand_in, work).callback_query
    assert (query.data, query.message.text, query.from_user.id) == ("done:12841", "Незвонок", 7)
    (pressed,) = stand_in.queries()
    assert pressed["state"] == "answered"
    assert pressed["answer"] == {"text": "Записано", "show_alert": True, "url": ""}


def test_after_a_night_a_button_is_answered_too_late(stand_in: StandIn, call: Call) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]}
    sent = call("sendMessage", chat_id=PERSON, text="Это вы?", reply_markup=keyboard)["result"]["message_id"]
    query = stand_in.press(PERSON, sent)
    assert stand_in.expire_queries() == 1
    refused = call("answerCallbackQuery", callback_query_id=query["id"])
    assert refused["description"].startswith("Bad Request: query is too old and response timeout expired")
    assert call("answerCallbackQuery", callback_query_id="none")["description"] == refused["description"]


def test_a_changed_app_may_press_what_no_button_says(stand_in: StandIn, call: Call) -> None:
    sent = call("sendMessage", chat_id=PERSON, text="x")["result"]["message_id"]
    assert stand_in.press(PERSON, sent, "bind:1", is_forged=True)["data"] == "bind:1"


def test_a_message_that_was_deleted_is_gone(stand_in: StandIn, call: Call) -> None:
    sent = call("sendMessage", chat_id=PERSON, text="x")["result"]["message_id"]
    assert call("deleteMessage", chat_id=PERSON, message_id=sent)["result"] is True
    assert stand_in.messages() == []
    refused = call("deleteMessage", chat_id=PERSON, message_id=sent)
    assert refused["description"] == "Bad Request: message to delete not found"
    assert call("sendMessage", chat_id=PERSON, text="y")["result"]["message_id"] == sent + 1


def test_a_bot_deletes_what_others_wrote_in_a_private_chat_or_as_an_administrator(
    stand_in: StandIn, call: Call
) -> None:
    def delete(chat_id: int) -> str:
        written = stand_in.write(chat_id, "+7 912 345-67-89")["message_id"]
        return str(call("deleteMessage", chat_id=chat_id, message_id=written).get("description", "ok"))

    assert delete(PERSON) == "ok"
    assert delete(GROUP) == "Bad Request: message can't be deleted"
    stand_in.promote(GROUP)
    assert delete(GROUP) == "ok"
