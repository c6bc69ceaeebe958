"""Pictures: uploaded, replaced in place, and refused where Telegram refuses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot, InputMediaPhoto

from tests.local.telegram_stand_in.conftest import GROUP, HTTP, TOKEN, png, with_bot

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

# The beginning of a JPEG: an application segment, then a frame of 300 by 200 pixels.
MOST_BYTES = 10_485_760
JPEG = b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xc0\x00\x11\x08\x00\xc8\x01\x2c\x03" + bytes(12)


def upload(stand_in: StandIn, content: bytes) -> dict[str, Any]:
    address = f"{stand_in.base_url}{TOKEN}/sendPhoto"
    answer = HTTP.post(address, data={"chat_id": GROUP}, files={"photo": ("неделя.png", content, "image/png")})
    return dict(answer.json())


@pytest.mark.parametrize(("content", "size"), [(png(1080, 720), (1080, 720)), (JPEG, (300, 200))])
def test_a_picture_has_the_size_it_has(stand_in: StandIn, content: bytes, size: tuple[int, int]) -> None:
    (photo,) = upload(stand_in, content)["result"]["photo"]
    assert (photo["width"], photo["height"], photo["file_size"]) == (*size, len(content))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file must be non-empty"),
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (png(9_000, 1_001), "PHOTO_INVALID_DIMENSIONS"),
        (png(2_100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (
            png(10, 10) + bytes(MOST_BYTES),
            "file of size 10485793 bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
    ],
)
def test_what_is_no_photo_is_refused(stand_in: StandIn, content: bytes, reason: str) -> None:
    assert upload(stand_in, content)["description"] == f"Bad Request: {reason}"
    assert stand_in.messages() == []


def test_a_picture_and_its_caption_are_edited_in_place(stand_in: StandIn) -> None:
    async def work(bot: Bot) -> Any:
        sent = await bot.send_photo(GROUP, png(100, 100), caption="Неделя: 1", protect_content=True)
        media = InputMediaPhoto(png(200, 100), caption="Неделя: <b>2</b>", parse_mode="HTML")
        await bot.edit_message_media(media, GROUP, sent.message_id)
        return await bot.edit_message_caption(GROUP, sent.message_id, caption="Неделя: 3")

    edited = with_bot(stand_in, work)
    (message,) = stand_in.messages()
    assert (edited.caption, edited.photo[0].width, edited.has_protected_content) == ("Неделя: 3", 200, True)
    assert [old["text"] for old in message["edits"]] == ["Неделя: 1", "Неделя: 2"]
    assert message["edits"][0]["media"]["file_id"] != message["media"]["file_id"]


def test_an_edit_must_fit_the_message(stand_in: StandIn, call: Call) -> None:
    text = call("sendMessage", chat_id=GROUP, text="x")["result"]["message_id"]
    sent = upload(stand_in, png(100, 100))["result"]

    def edit(method: str, message_id: int, **more: Any) -> str:
        return str(call(method, chat_id=GROUP, message_id=message_id, **more).get("description", "ok"))

    assert edit("editMessageCaption", text, caption="y") == "Bad Request: there is no caption in the message to edit"
    assert edit("editMessageText", sent["message_id"], text="y") == (
        "Bad Request: there is no text in the message to edit"
    )
    known = json.dumps({"type": "photo", "media": sent["photo"][0]["file_id"]})
    assert edit("editMessageMedia", sent["message_id"], media=known).startswith("Bad Request: message is not modified")
    assert edit("editMessageMedia", text, media=known) == "ok"
    assert edit("editMessageMedia", text, media={"type": "photo"}) == (
        "Bad Request: can't parse InputMedia: media not found"
    )
    assert edit("editMessageMedia", text, media={"type": "poem", "media": "x"}) == (
        'Bad Request: can\'t parse InputMedia: type "poem" is unsupported'
    )
    assert edit("editMessageMedia", text) == "Bad Request: there is no media in the request"
