"""A bot's commands, name and descriptions: kept by scope and language, refused in Telegram's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats

from tests.local.telegram_stand_in.conftest import GROUP, HTTP, PERSON, with_bot

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

STATUS = {"command": "status", "description": "Где мой ремонт"}


def test_commands_are_kept_by_scope_and_language(stand_in: StandIn, call: Call) -> None:
    async def set_both(bot: Bot) -> tuple[Any, ...]:
        await bot.set_my_commands([BotCommand("status", "Где мой ремонт")], language_code="ru")
        await bot.set_my_commands([BotCommand("id", "Какой это чат")], scope=BotCommandScopeAllGroupChats())
        return await bot.get_my_commands(language_code="ru"), await bot.get_my_commands()

    russian, others = with_bot(stand_in, set_both)
    assert [(one.command, one.description) for one in russian] == [("status", "Где мой ремонт")]
    assert others == ()
    assert call("getMyCommands", scope={"type": "all_group_chats"})["result"][0]["command"] == "id"
    assert call("deleteMyCommands", language_code="ru")["result"] is True
    assert call("getMyCommands", language_code="ru")["result"] == []


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"commands": [{"command": "Статус", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "", "description": "x"}]}, "command must be non-empty"),
        ({"commands": [{"command": "a", "description": " "}]}, "command description must be non-empty"),
        ({"commands": [{"command": "a" * 33, "description": "x"}]}, "command length must not exceed 32"),
        (
            {"commands": [{"command": "a", "description": "x" * 257}]},
            "command description length must not exceed 256",
        ),
        ({"commands": [STATUS] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": "["}, "can't parse commands JSON object"),
        ({"commands": [5]}, "can't parse BotCommand: expected an Object"),
        (
            {"commands": [STATUS], "scope": {"type": "everywhere"}},
            "can't parse BotCommandScope: Unsupported type specified",
        ),
        ({"commands": [STATUS], "scope": {"type": "chat", "chat_id": -404}}, "chat not found"),
        (
            {"commands": [STATUS], "scope": {"type": "chat_administrators", "chat_id": PERSON}},
            "can't use specified scope in private chats",
        ),
        ({"commands": [STATUS], "language_code": "russian"}, "invalid language code specified"),
    ],
)
def test_wrong_commands_are_refused(call: Call, parameters: dict[str, Any], reason: str) -> None:
    assert call("setMyCommands", **parameters)["description"] == f"Bad Request: {reason}"


def test_name_and_descriptions_are_kept_by_language_and_shown(call: Call) -> None:
    assert call("getMyName")["result"] == {"name": "SanCRM"}
    assert call("setMyName", name="Мастерская")["ok"]
    assert call("getMe")["result"]["first_name"] == "Мастерская"
    assert call("setMyDescription", description="Скажу, готов ли ремонт.", language_code="ru")["ok"]
    assert call("getMyDescription", language_code="ru")["result"] == {"description": "Скажу, готов ли ремонт."}
    assert call("getMyDescription")["result"] == {"description": ""}
    assert call("setMyShortDescription", short_description="Ремонт")["ok"]
    assert call("getMyShortDescription", language_code="de")["result"] == {"short_description": "Ремонт"}
    assert call("setMyShortDescription", short_description="x" * 121)["error_code"] == 400


def test_a_person_is_offered_the_commands_of_the_narrowest_scope(stand_in: StandIn, call: Call) -> None:
    def offered(chat_id: int) -> list[str]:
        found = HTTP.get(f"{stand_in.url}/page/news", params={"chat_id": chat_id}).json()
        return [one["command"] for one in found["commands"]]

    assert offered(PERSON) == []
    call("setMyCommands", commands=[STATUS])
    call("setMyCommands", commands=[{"command": "id", "description": "x"}], scope={"type": "all_group_chats"})
    mine = {"type": "chat", "chat_id": PERSON}
    call("setMyCommands", commands=[{"command": "stop", "description": "x"}], scope=mine, language_code="ru")
    assert (offered(PERSON), offered(GROUP)) == (["stop"], ["id"])
    call("deleteMyCommands", scope=mine, language_code="ru")
    assert offered(PERSON) == ["status"]
