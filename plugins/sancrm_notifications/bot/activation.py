"""What is set in Telegram when a listener starts, in Russian: commands by who sees them, and what the bot is for."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import httpx
from telegram import BotCommandScope

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence

    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.ledger.listeners import LeaseLedger

    Commands = Mapping[str, Sequence[tuple[str, str]]]
    """For each scope of the Bot API, such as all_private_chats: commands with what they do."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Description:
    """What the bot is for: in the empty chat (512 characters), and on its profile and in links to it (120).

    Source: Bot API, setMyDescription, setMyShortDescription.
    """

    full: str
    short: str


@dataclass(frozen=True, slots=True)
class Profile:
    """All that people see of the bot before they write to it."""

    commands: Commands
    description: Description


async def set_profile(hook: BotHook, ledger: LeaseLedger, profile: Profile) -> None:
    """Set what is not what was set last; never raises for Telegram."""
    commands = {name: list(said) for name, said in profile.commands.items()}
    digest = hashlib.sha256(json.dumps([commands, astuple(profile.description)]).encode()).hexdigest()
    bot_id = hook.address.bot_id
    if await ledger.commands_digest(bot_id) == digest:
        return
    for what, request in _requests(hook, profile):
        reply = await hook.ask(request)
        if reply.answer.http_status != httpx.codes.OK:
            log.warning("%s could not be set: %s", what, reply.answer.description)
            return
    await ledger.note_commands(bot_id, digest)


async def webhook_is_set(hook: BotHook) -> bool:
    """Tell whether updates are sent to an address, so that they cannot be asked for."""
    reply = await hook.ask(hook.connection.get_webhook_info())
    return isinstance(reply.result, dict) and bool(reply.result.get("url"))


def _requests(hook: BotHook, profile: Profile) -> Iterator[tuple[str, Coroutine[Any, Any, object]]]:
    for scope, said in profile.commands.items():
        yield f"the commands for {scope}", hook.connection.set_my_commands(list(said), scope=BotCommandScope(scope))
    yield "the description", hook.connection.set_my_description(profile.description.full)
    yield "the short description", hook.connection.set_my_short_description(profile.description.short)
