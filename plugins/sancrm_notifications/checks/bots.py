"""Whether Telegram accepts each bot's token, and whether the bot's server knows rich messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.checks.places import token_connections
from sancrm_notifications.ledger.outcome import Result

if TYPE_CHECKING:
    from sancrm_notifications.channels.telegram.hook import BotHook


async def token_lines(hook: BotHook) -> list[Line]:
    """Begin using the hook; return whether the token is accepted."""
    what = f"bot {hook.address.bot_id}"
    answer = await hook.open()
    match answer.result:
        case Result.SENT:
            return [ok(what, f"@{hook.connection.username}: {hook.server} accepts the token")]
        case Result.BAD_TOKEN:
            held_by = " and ".join(token_connections(hook.address))
            remedy = f"put the token that @BotFather shows into the field Password of the Airflow connection {held_by}"
            return [fail(what, f"{hook.server} refuses the token: {answer.description}", remedy)]
        case _:
            remedy = "look at the network, and at base_url and proxy in the Extra of the Telegram connection"
            return [fail(what, f"{hook.server} does not answer: {answer.description}", remedy)]


async def rich_lines(hook: BotHook, wanted: str) -> list[Line]:
    """Return whether the server knows rich messages; ``wanted`` is the setting ``rich``.

    An empty message is refused by a server that knows the method, and the method is not found by one that does not.
    """
    what = f"rich messages on {hook.server}"
    if wanted == "off":
        return [ok(what, "switched off by the setting rich: reports go as plain HTML")]
    answer = await hook.call("sendRichMessage", {})
    if answer.result is Result.UNKNOWN_METHOD:
        remedy = "for native tables run a Bot API server of 10.1 or later"
        return [note(what, "not known: reports go as plain HTML", remedy)]
    if answer.http_status is None or answer.result in {Result.NOT_SENT, Result.UNKNOWN, Result.RATE_LIMITED}:
        return [fail(what, f"no answer: {answer.description}", "look at the network, then check again")]
    return [ok(what, "known")]
