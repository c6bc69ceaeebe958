"""python-telegram-bot works against the stand-in, and what it sends is kept as Telegram would keep it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions

from tests.local.telegram_stand_in.conftest import GROUP, HTTP, PERSON, TOKEN, png, with_bot

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]


def test_the_bot_and_its_chat_introduce_themselves(stand_in: StandIn) -> None:
    async def look(bot: Bot) -> tuple[Any, Any, Any]:
        return await bot.get_me(), await bot.get_chat(GROUP), await bot.get_chat_member(GROUP, bot.id)

    me, chat, member = with_bot(stand_in, look)
    assert (me.id, me.is_bot) == (42, True)
    assert (chat.id, chat.title, chat.type) == (GROUP, "Штаб", "group")
    assert member.status == "member"


def test_a_formatted_message_is_kept_with_text_entities_buttons_and_silence(stand_in: StandIn) -> None:
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Открыть в CRM", url="https://crm.example.ru/r/1")]])

    async def send(bot: Bot) -> Any:
        return await bot.send_message(
            GROUP,
            "\n <b>Готов</b> 😀 <i>к выдаче</i> &amp; <a href='http://localhost/1'>карточка</a>  ",
            parse_mode="HTML",
            reply_markup=buttons,
            disable_notification=True,
            protect_content=True,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    before = time.time()
    sent = with_bot(stand_in, send)
    assert sent.text == "Готов 😀 к выдаче & карточка"
    assert [(one.type, sent.parse_entity(one)) for one in sent.entities] == [("bold", "Готов"), ("italic", "к выдаче")]
    assert sent.reply_markup == buttons
    (message,) = stand_in.messages(GROUP)
    assert message["text"] == sent.text
    assert message["is_silent"] and message["is_protected"] and message["link_preview_disabled"]
    assert before <= message["accepted_at"] <= time.time()
    assert message["buttons"] == [[{"text": "Открыть в CRM", "url": "https://crm.example.ru/r/1"}]]


def test_a_rich_message_is_kept_as_blocks_and_can_be_edited(stand_in: StandIn, call: Call) -> None:
    table = '<h2>Сеть</h2><table><tr><th>Филиал</th><td align="right">49 800 ₽</td></tr></table>'

    async def send(bot: Bot) -> Any:
        return await bot.do_api_request(
            "sendRichMessage", api_kwargs={"chat_id": GROUP, "rich_message": {"html": table}}
        )

    sent = with_bot(stand_in, send)
    changed = {"html": table.replace("49 800", "50 000")}
    assert call("editMessageText", chat_id=GROUP, message_id=sent["message_id"], rich_message=changed)["ok"]
    (message,) = stand_in.messages()
    heading, kept = message["rich"]
    assert heading == {"type": "heading", "size": 2, "text": "Сеть"}
    assert kept["cells"] == [[{"text": "Филиал", "is_header": True}, {"text": "50 000 ₽", "align": "right"}]]
    assert message["edits"][0]["rich"][1]["cells"][0][1]["text"] == "49 800 ₽"


def test_an_edit_keeps_the_old_text_in_the_history(stand_in: StandIn) -> None:
    async def edit(bot: Bot) -> Any:
        sent = await bot.send_message(GROUP, "Выручка: 1", parse_mode="HTML")
        return await bot.edit_message_text("Выручка: <b>2</b>", GROUP, sent.message_id, parse_mode="HTML")

    edited = with_bot(stand_in, edit)
    assert edited.edit_date is not None
    (message,) = stand_in.messages()
    assert message["text"] == "Выручка: 2"
    assert [old["text"] for old in message["edits"]] == ["Выручка: 1"]


def test_files_are_uploaded_kept_and_sent_again_by_their_number(stand_in: StandIn) -> None:
    async def send(bot: Bot) -> Any:
        photo = await bot.send_photo(GROUP, png(640, 360), caption="<b>График</b>", parse_mode="HTML")
        document = await bot.send_document(GROUP, b"a;b\n", filename="отчёт.csv")
        assert document.document is not None
        return photo, await bot.send_document(GROUP, document.document.file_id)

    photo, again = with_bot(stand_in, send)
    assert photo.caption == "График"
    assert photo.caption_entities[0].type == "bold"
    assert again.document.file_name == "отчёт.csv"
    kinds = [(message["media"]["kind"], message["media"]["size"]) for message in stand_in.messages()]
    assert kinds == [("photo", len(png(640, 360))), ("document", 4), ("document", 4)]
    assert HTTP.get(f"{stand_in.url}/page/files/{again.document.file_id}").content == b"a;b\n"


@pytest.mark.parametrize("way", ["query", "urlencoded", "multipart", "json"])
def test_parameters_may_come_in_any_of_telegrams_ways(stand_in: StandIn, way: str) -> None:
    address = f"{stand_in.base_url}{TOKEN}/SENDMESSAGE"
    values = {"chat_id": str(GROUP), "text": "Готов & ждёт", "disable_notification": "true"}
    ways: dict[str, Callable[[], httpx.Response]] = {
        "query": lambda: HTTP.get(address, params=values),
        "urlencoded": lambda: HTTP.post(address, data=values),
        "multipart": lambda: HTTP.post(address, files={k: (None, v) for k, v in values.items()}),
        "json": lambda: HTTP.post(address, json=values | {"disable_notification": True}),
    }
    assert ways[way]().json()["ok"]
    (message,) = stand_in.messages(GROUP)
    assert message["text"] == "Готов & ждёт"
    assert message["is_silent"]


def test_messages_of_a_chat_are_numbered_from_one_and_kept_apart(stand_in: StandIn) -> None:
    async def send(bot: Bot) -> list[int]:
        return [(await bot.send_message(chat, "x")).message_id for chat in (GROUP, PERSON, GROUP)]

    assert with_bot(stand_in, send) == [1, 1, 2]
    assert len(stand_in.messages(GROUP)) == 2
    assert len(stand_in.messages()) == 3


def test_the_log_tells_every_call_its_verdict_and_its_moment_but_not_the_token(stand_in: StandIn, call: Call) -> None:
    before = time.time()
    call("sendMessage", chat_id=GROUP, text="Готов")
    call("sendMessage", chat_id=-5, text="Готов")
    first, second = stand_in.requests("sendMessage")
    assert (first["verdict"], first["is_sent"], first["message_id"], first["status"]) == ("accepted", True, 1, 200)
    assert (second["verdict"], second["is_sent"], second["status"]) == ("refused", False, 400)
    assert second["description"] == "Bad Request: chat not found"
    assert before <= first["arrived_at"] <= first["answered_at"] <= second["arrived_at"] <= time.time()
    assert "TEST" not in str(stand_in.requests())
