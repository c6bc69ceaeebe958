"""What a bot says about itself: commands by scope and language, name and descriptions by language."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.chats import find_chat
from local.telegram_stand_in.ephemeral import SINCE as EPHEMERAL_SINCE
from local.telegram_stand_in.people import bot_user
from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.store import Document, Store

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MOST_COMMANDS = 100
MOST_COMMAND, MOST_DESCRIPTION = 32, 256
GENERAL_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")
LANGUAGE = re.compile("[a-z]{2}|")
TEXTS = {"name": 64, "description": 512, "short_description": 120}  # most characters of each


async def set_my_commands(messenger: Messenger, call: Call) -> bool:
    """Replace the commands of one scope and language."""
    commands = _commands(call, with_ephemeral=messenger.version >= EPHEMERAL_SINCE)
    messenger.store.set(_commands_key(messenger, call), json.dumps(commands))
    return True


async def get_my_commands(messenger: Messenger, call: Call) -> list[Document]:
    """Return the commands of exactly this scope and language; [] when none are set."""
    found: list[Document] = json.loads(messenger.store.setting(_commands_key(messenger, call), "[]"))
    return found


async def delete_my_commands(messenger: Messenger, call: Call) -> bool:
    """Let a scope and language fall back to wider ones."""
    messenger.store.set(_commands_key(messenger, call), "[]")
    return True


def commands_shown(store: Store, bot_id: int, chat: Document, user: Document) -> list[Document]:
    """Return the commands that a person is offered in a chat.

    Source: https://core.telegram.org/bots/api#determining-list-of-commands
    """
    chat_id, is_group = chat["chat_id"], chat["type"] in ("group", "supergroup")
    is_administrator = chat.get("members", {}).get(str(user["id"])) in ("creator", "administrator")
    scopes = [f"chat {chat_id}", "all_group_chats" if is_group else "all_private_chats", "default"]
    if is_group and is_administrator:
        scopes[1:1] = ["all_chat_administrators"]
        scopes[:0] = [f"chat_administrators {chat_id}"]
    if is_group:
        scopes[:0] = [f"chat_member {chat_id} {user['id']}"]
    for scope in scopes:
        for language in (user.get("language_code", ""), ""):
            if found := json.loads(store.setting(f"commands {bot_id} {scope} {language}", "[]")):
                return list(found)
    return []


async def set_my_name(messenger: Messenger, call: Call) -> bool:
    """Change the bot's name for a language, or for all that have none of their own."""
    return _set_text(messenger, call, "name")


async def get_my_name(messenger: Messenger, call: Call) -> dict[str, str]:
    """Return the bot's name in a language."""
    return {"name": _text(messenger, call, "name") or bot_user(messenger.store, call.bot_id)["first_name"]}


async def set_my_description(messenger: Messenger, call: Call) -> bool:
    """Change what an empty chat with the bot shows."""
    return _set_text(messenger, call, "description")


async def get_my_description(messenger: Messenger, call: Call) -> dict[str, str]:
    """Return what an empty chat with the bot shows."""
    return {"description": _text(messenger, call, "description")}


async def set_my_short_description(messenger: Messenger, call: Call) -> bool:
    """Change what the bot's profile shows."""
    return _set_text(messenger, call, "short_description")


async def get_my_short_description(messenger: Messenger, call: Call) -> dict[str, str]:
    """Return what the bot's profile shows."""
    return {"short_description": _text(messenger, call, "short_description")}


def _commands(call: Call, *, with_ephemeral: bool) -> list[Document]:
    commands = call.parameters.structure("commands") or []
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_command(command, with_ephemeral=with_ephemeral) for command in commands]


def _command(command: object, *, with_ephemeral: bool) -> Document:
    prefix = "can't parse BotCommand"
    if not isinstance(command, dict):
        raise bad_request(f"{prefix}: expected an Object")
    for name in ("command", "description"):
        if not isinstance(command.get(name), str):
            raise bad_request(f'{prefix}: Field "{name}" must be of type String')
    word, description = command["command"].removeprefix("/"), command["description"].strip()
    if not word or not description:
        raise bad_request(f"command{'' if not word else ' description'} must be non-empty")
    if len(word) > MOST_COMMAND or len(description) > MOST_DESCRIPTION:
        what, most = ("", MOST_COMMAND) if len(word) > MOST_COMMAND else (" description", MOST_DESCRIPTION)
        raise bad_request(f"command{what} length must not exceed {most}")
    if not COMMAND.fullmatch(word):
        raise bad_request("BOT_COMMAND_INVALID")
    is_ephemeral = with_ephemeral and bool(command.get("is_ephemeral"))
    return {"command": word, "description": description} | ({"is_ephemeral": True} if is_ephemeral else {})


def _commands_key(messenger: Messenger, call: Call) -> str:
    return f"commands {call.bot_id} {_scope(messenger, call)} {_language(call)}"


def _scope(messenger: Messenger, call: Call) -> str:
    scope = call.parameters.structure("scope")
    prefix = "can't parse BotCommandScope"
    if scope is None:
        return "default"
    if not isinstance(scope, dict):
        raise bad_request(f"{prefix}: BotCommandScope must be an Object")
    kind = scope.get("type")
    if kind in GENERAL_SCOPES:
        return str(kind)
    if kind not in CHAT_SCOPES:
        raise bad_request(f"{prefix}: Unsupported type specified")
    if not scope.get("chat_id"):
        raise bad_request(f"{prefix}: Empty chat_id specified")
    chat = find_chat(messenger.store, str(scope["chat_id"]))
    if chat["type"] == "channel":
        raise bad_request("can't change commands in channel chats")
    if chat["type"] == "private" and kind != "chat":
        raise bad_request("can't use specified scope in private chats")
    if kind != "chat_member":
        return f"{kind} {chat['chat_id']}"
    if int(scope.get("user_id") or 0) <= 0:
        raise bad_request(f"{prefix}: Invalid user_id specified")
    return f"{kind} {chat['chat_id']} {int(scope['user_id'])}"


def _language(call: Call) -> str:
    language = call.parameters.text("language_code")
    if not LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def _set_text(messenger: Messenger, call: Call, what: str) -> bool:
    text = call.parameters.text(what).strip()
    if len(text) > TEXTS[what]:
        raise bad_request(f"{'BOT_TITLE' if what == 'name' else f'BOT_{what.upper()}'}_INVALID")
    messenger.store.set(f"{what} {call.bot_id} {_language(call)}", text)
    return True


def _text(messenger: Messenger, call: Call, what: str) -> str:
    """Return a text in a language, or the one of all languages without their own."""
    language = _language(call)
    return _kept(messenger.store, call.bot_id, what, language) or _kept(messenger.store, call.bot_id, what, "")


def _kept(store: Store, bot_id: int, what: str, language: str) -> str:
    return store.setting(f"{what} {bot_id} {language}", "")


def about(store: Store, bot_id: int, language: str) -> dict[str, Any]:
    """Return what a person whose language this is, sees of the bot before starting it."""
    return {what: _kept(store, bot_id, what, language) or _kept(store, bot_id, what, "") for what in TEXTS}
