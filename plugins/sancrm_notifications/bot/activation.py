"""What is set in Telegram when a listener starts: the commands that people are offered, by scope, in Russian."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING

import httpx
from telegram import BotCommandScope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.ledger.listeners import LeaseLedger

    Commands = Mapping[str, Sequence[tuple[str, str]]]
    """For each scope of the Bot API, such as all_private_chats: commands with what they do."""

log = logging.getLogger(__name__)


async def set_commands(hook: BotHook, ledger: LeaseLedger, commands: Commands) -> None:
    """Set the commands where they are others than those that were set last; never raises for Telegram."""
    digest = hashlib.sha256(json.dumps({name: list(said) for name, said in commands.items()}).encode()).hexdigest()
    bot_id = hook.address.bot_id
    if await ledger.commands_digest(bot_id) == digest:
        return
    for scope, said in commands.items():
        reply = await hook.ask(hook.connection.set_my_commands(list(said), scope=BotCommandScope(scope)))
        if reply.answer.http_status != httpx.codes.OK:
            log.warning("the commands for %s could not be set: %s", scope, reply.answer.description)
            return
    await ledger.note_commands(bot_id, digest)


async def webhook_is_set(hook: BotHook) -> bool:
    """Tell whether updates are sent to an address, so that they cannot be asked for."""
    reply = await hook.ask(hook.connection.get_webhook_info())
    return isinstance(reply.result, dict) and bool(reply.result.get("url"))
