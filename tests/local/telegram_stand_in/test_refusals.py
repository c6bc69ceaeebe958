"""What Telegram refuses is refused, with its code and its words, and leaves nothing in the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.telegram_stand_in.conftest import GROUP, PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn

FORUM = -1_000_000_000_777
MOST_NESTED = 16


def button(**described: str) -> dict[str, Any]:
    return {"inline_keyboard": [[described]]}


def rich(html: str) -> dict[str, Any]:
    return {"html": html}


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ({"text": "\ud83d"}, "strings must be encoded in UTF-8"),
        (
            {"text": "<b>жирный", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"text": "я <br> ты", "parse_mode": "HTML"},
            'can\'t parse entities: Unsupported start tag "br" at byte offset 3',
        ),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "chat_id": -404}, "chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        (
            {"text": "x", "reply_markup": button(text="CRM", url="http://localhost:8080")},
            "inline keyboard button URL 'http://localhost:8080' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "x", "reply_markup": button(text="CRM", url="ftp://crm.example.ru")},
            "inline keyboard button URL 'ftp://crm.example.ru' is invalid: Unsupported URL protocol",
        ),
        ({"text": "x", "reply_markup": button(text="Да", callback_data="я" * 33)}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "reply_markup": button(text="Да")},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply markup JSON object"),
    ],
)
def test_a_wrong_message_is_refused(
    stand_in: StandIn, call: Callable[..., Any], parameters: dict[str, Any], description: str
) -> None:
    answer = call("sendMessage", **({"chat_id": GROUP} | parameters))
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}
    assert stand_in.messages() == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"text": "x" * 4096},
        {"text": f"  <b>{'x' * 4096}</b>\n", "parse_mode": "HTML"},
        {"text": "😀" * 2048},
        {"text": "x", "reply_markup": button(text="Да", callback_data="я" * 32)},
        {"text": "x", "reply_markup": button(text="CRM", url="http://[::1]:8080/")},
    ],
)
def test_a_message_exactly_at_a_limit_is_accepted(call: Callable[..., Any], parameters: dict[str, Any]) -> None:
    assert call("sendMessage", chat_id=GROUP, **parameters)["ok"]


def test_buttons_beyond_twelve_a_row_are_silently_cut(stand_in: StandIn, call: Callable[..., Any]) -> None:
    row = [{"text": str(number), "callback_data": "x"} for number in range(15)]
    assert call("sendMessage", chat_id=GROUP, text="x", reply_markup={"inline_keyboard": [row] * 30})["ok"]
    (message,) = stand_in.messages()
    assert [len(row) for row in message["buttons"]] == [12] * 25


# https://github.com/rubenlagus/TelegramBots/issues/854
def test_formats_beyond_the_hundredth_are_silently_dropped(stand_in: StandIn, call: Callable[..., Any]) -> None:
    assert call("sendMessage", chat_id=GROUP, text="<b>x</b> " * 110, parse_mode="HTML")["ok"]
    (message,) = stand_in.messages()
    assert (message["text"].count("x"), len(message["entities"])) == (110, 100)


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", "RICH_MESSAGE_CONTENT_REQUIRED"),
        ("<p> </p>", None),
        ("<div>x</div>", 'can\'t parse entities: Unsupported start tag "div" at byte offset 0'),
        ("<p>x", "can't parse entities: Can't find end tag corresponding to start tag \"p\""),
        ("<ul>x</ul>", 'can\'t parse entities: Inside "ul" a text is not allowed'),
        (
            "<p><table><tr><td>x</td></tr></table></p>",
            'can\'t parse entities: Tag "table" is not allowed inside a text',
        ),
        (f"<p>{'x' * 32_768}</p>", None),
        (f"<p>{'x' * 32_769}</p>", "message is too long"),
        ("<p>x</p>" * 500, None),
        ("<p>x</p>" * 501, "can't parse entities: A rich message has at most 500 blocks"),
        ("<b>" * MOST_NESTED + "x" + "</b>" * MOST_NESTED, None),
        (
            "<b>" * (MOST_NESTED + 1) + "x" + "</b>" * (MOST_NESTED + 1),
            "can't parse entities: Tags are nested deeper than 16 levels at byte offset 48",
        ),
        (f"<table><tr>{'<td>1</td>' * 20}</tr></table>", None),
        (
            f"<table><tr><td colspan='2'>1</td>{'<td>1</td>' * 19}</tr></table>",
            "can't parse entities: A table has at most 20 columns",
        ),
        (
            f"<table><tr><td rowspan='2'>1</td></tr><tr>{'<td>1</td>' * 20}</tr></table>",
            "can't parse entities: A table has at most 20 columns",
        ),
        (
            "<table><tr><td align='justify'>x</td></tr></table>",
            "can't parse entities: Invalid table cell align specified",
        ),
    ],
)
def test_a_rich_message_is_held_to_its_limits(call: Callable[..., Any], html: str, reason: str | None) -> None:
    answer = call("sendRichMessage", chat_id=GROUP, rich_message=rich(html))
    assert answer.get("description") == (f"Bad Request: {reason}" if reason else None)


def test_an_older_server_knows_no_rich_messages(stand_in: StandIn, call: Callable[..., Any]) -> None:
    stand_in.set_bot_api_version("9.0")
    answer = call("sendRichMessage", chat_id=GROUP, rich_message=rich("<p>x</p>"))
    assert answer == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert call("getMe")["ok"]
    sent = call("sendMessage", chat_id=GROUP, text="x")["result"]["message_id"]
    edited = call("editMessageText", chat_id=GROUP, message_id=sent, rich_message=rich("<p>y</p>"))
    assert edited["description"] == "Bad Request: message text is empty"


@pytest.mark.parametrize(
    ("token", "code", "description"),
    [("42:REVOKED", 401, "Unauthorized"), ("43:TEST", 401, "Unauthorized"), ("nonsense", 404, "Not Found")],
)
def test_an_unknown_token_is_refused(call: Callable[..., Any], token: str, code: int, description: str) -> None:
    assert call("getMe", token=token) == {"ok": False, "error_code": code, "description": description}


def test_a_revoked_token_is_refused_until_it_is_replaced(stand_in: StandIn, call: Callable[..., Any]) -> None:
    stand_in.revoke_token("42:TEST")
    assert call("sendMessage", chat_id=GROUP, text="x")["error_code"] == 401
    stand_in.add_token("42:NEW")
    assert call("sendMessage", token="42:NEW", chat_id=GROUP, text="x")["ok"]


def test_an_unknown_method_is_not_found(call: Callable[..., Any]) -> None:
    assert call("sendPigeon")["description"] == "Not Found"


@pytest.mark.parametrize(
    ("chat_id", "status", "refusal"),
    [
        (GROUP, "kicked", (403, "Forbidden: bot was kicked from the group chat")),
        (GROUP, "left", (403, "Forbidden: bot is not a member of the group chat")),
        (GROUP, "deleted", (403, "Forbidden: the group chat was deleted")),
        (GROUP, "restricted", (400, "Bad Request: not enough rights to send text messages to the chat")),
        (PERSON, "blocked", (403, "Forbidden: bot was blocked by the user")),
        (PERSON, "deactivated", (403, "Forbidden: user is deactivated")),
        (PERSON, "not_started", (403, "Forbidden: bot can't initiate conversation with a user")),
    ],
)
def test_a_bot_that_may_not_write_is_told_why_and_may_again_afterwards(
    stand_in: StandIn, call: Callable[..., Any], chat_id: int, status: str, refusal: tuple[int, str]
) -> None:
    stand_in.set_status(chat_id, status)
    answer = call("sendMessage", chat_id=chat_id, text="x")
    assert (answer["error_code"], answer["description"]) == refusal
    stand_in.admit(chat_id)
    assert call("sendMessage", chat_id=chat_id, text="x")["ok"]


def test_a_group_that_became_a_supergroup_says_its_new_number(stand_in: StandIn, call: Callable[..., Any]) -> None:
    call("sendMessage", chat_id=GROUP, text="до")
    new_id = stand_in.migrate(GROUP, -1_000_000_000_999)
    answer = call("sendMessage", chat_id=GROUP, text="после")
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new_id},
    }
    assert call("sendMessage", chat_id=new_id, text="после")["result"]["message_id"] == 1
    assert [message["text"] for message in stand_in.messages(new_id)] == ["до", "после"]
    assert stand_in.messages(GROUP) == []


def test_a_topic_can_be_closed_reopened_and_deleted_and_general_must_be_left_out(
    stand_in: StandIn, call: Callable[..., Any]
) -> None:
    stand_in.create_chat(FORUM, "Незвонки", topics={5: "Центральный"})

    def answer(**parameters: int) -> str:
        return str(call("sendMessage", chat_id=FORUM, text="x", **parameters).get("description", "ok"))

    assert answer(message_thread_id=5) == "ok"
    assert answer() == "ok"
    assert answer(message_thread_id=1) == "Bad Request: message thread not found"
    stand_in.close_topic(FORUM, 5)
    assert answer(message_thread_id=5) == "Bad Request: TOPIC_CLOSED"
    stand_in.reopen_topic(FORUM, 5)
    assert answer(message_thread_id=5) == "ok"
    stand_in.delete_topic(FORUM, 5)
    assert answer(message_thread_id=5) == "Bad Request: message thread not found"
    stand_in.close_topic(FORUM, 1)
    assert answer() == "Bad Request: TOPIC_CLOSED"


def test_an_edit_must_change_something_that_is_there(stand_in: StandIn, call: Callable[..., Any]) -> None:
    sent = call("sendMessage", chat_id=GROUP, text="<b>1</b>", parse_mode="HTML")["result"]["message_id"]

    def edit(**parameters: Any) -> str:
        return str(call("editMessageText", **({"chat_id": GROUP} | parameters)).get("description", "ok"))

    assert edit(message_id=sent, text="<strong>1</strong>", parse_mode="HTML").startswith(
        "Bad Request: message is not modified: specified new message content"
    )
    assert edit(message_id=sent + 1, text="2") == "Bad Request: message to edit not found"
    assert edit(text="2") == "Bad Request: message identifier is not specified"
    assert edit(message_id=sent, text="1", parse_mode="HTML") == "ok"
    stand_in.add_token("43:OTHER")
    foreign = call("editMessageText", token="43:OTHER", chat_id=GROUP, message_id=sent, text="3")
    assert foreign["description"] == "Bad Request: message can't be edited"
