"""Whether the bot that was switched on listens, and what hinders it; nothing of one that never was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications import connections
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.address import BotAddress
from sancrm_notifications.channels.telegram.hook import BotHook
from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.checks.places import readable_settings
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.ledger import listeners
from sancrm_notifications.ledger.reading import NoLedgerError, OtherSchemaError, reading
from sancrm_notifications.secrets_backends import SecretsBackendError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.channels.telegram.hook import Reply
    from sancrm_notifications.ledger.listeners import State

_QUIET_SECONDS = 120.0  # a poll takes some seconds, and a wait after a conflict up to a minute
_SWITCH_ON = "unpause the DAG client_bot; if it is on, look at the triggerer"


def listener_lines() -> Iterator[Line]:
    """Yield how listening goes, once somebody has listened; other faults of bot and ledger have own lines."""
    try:
        bot = addresses(readable_settings(), connections.telegram_connection)("staff").bot
        with reading(connections.ledger_conninfo()) as ledger:
            found = listeners.state(ledger, bot.bot_id)
    except (NoLedgerError, OtherSchemaError, psycopg.Error, DestinationError, SecretsBackendError):
        return
    if found is None:
        return
    yield _listening(bot.bot_id, found)
    if found.commands_set_at is None:
        yield note(f"commands of bot {bot.bot_id}", "not set yet: people are offered none", _SWITCH_ON)
    if isinstance(bot, BotAddress):
        yield from asyncio.run(_of_telegram(bot))


def _listening(bot_id: int, found: State) -> Line:
    what = f"bot {bot_id} listens"
    if not found.is_alive:
        return note(what, "nobody listens to it now; Telegram keeps what is written for 24 hours", _SWITCH_ON)
    if found.problem is not None:
        since = f"{found.problem_since:%d.%m %H:%M}" if found.problem_since else "just now"
        return fail(what, f"since {since} (UTC) it hears nothing: {found.problem}")
    if found.silent_seconds > _QUIET_SECONDS:
        return fail(what, "Telegram has not answered for minutes", "look at the log of the DAG client_bot")
    if not found.is_answered:
        return ok(what, "it has just begun, and Telegram's first answer is awaited")
    return ok(what, f"Telegram answers; updates that wait for their answer: {found.waiting}")


async def _of_telegram(bot: BotAddress) -> list[Line]:
    hook = BotHook(bot)
    try:
        await hook.open()
        webhook = await hook.ask(hook.connection.get_webhook_info())
        description = await hook.ask(hook.connection.get_my_description())
    finally:
        await hook.close()
    return [_webhook(bot.bot_id, webhook), _description(bot.bot_id, description)]


def _description(bot_id: int, reply: Reply) -> Line:
    what = f"description of bot {bot_id}"
    if not isinstance(reply.result, dict):
        return note(what, f"not looked at: {reply.answer.description}")
    if not reply.result.get("description"):
        return note(what, "none is set: an empty chat does not say what the bot is for", _SWITCH_ON)
    return ok(what, "people read what the bot is for before they write")


def _webhook(bot_id: int, reply: Reply) -> Line:
    what = f"webhook of bot {bot_id}"
    if not isinstance(reply.result, dict):
        return note(what, f"not looked at: {reply.answer.description}")
    if reply.result.get("url"):
        return fail(what, "a webhook is set, so that nobody can listen", "delete it: deleteWebhook of the Bot API")
    return ok(what, "none is set")
