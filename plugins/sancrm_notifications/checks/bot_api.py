"""Every bot and every chat that the settings lead to, asked side by side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sancrm_notifications.channels.telegram.hook import BotHook
from sancrm_notifications.checks.bots import rich_lines, token_lines
from sancrm_notifications.checks.chats import chat_lines
from sancrm_notifications.checks.line import Line, Verdict, fail, note
from sancrm_notifications.checks.places import Place, places, readable_settings
from sancrm_notifications.checks.running import explained

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from sancrm_notifications.channels.telegram.address import BotAddress

_SECONDS = 25.0  # for a bot, and for each of its chats
_AT_ONCE = 5  # chats of one bot


def bot_api_lines() -> Iterator[Line]:
    """Yield how each bot, its server and each chat stands."""
    found, faults = places()
    yield from faults
    by_bot: dict[BotAddress, list[Place]] = {}
    for place in found:
        by_bot.setdefault(place.address.bot, []).append(place)
    yield from asyncio.run(_all_lines(by_bot, readable_settings().rich))


async def _all_lines(by_bot: dict[BotAddress, list[Place]], rich: str) -> list[Line]:
    lines = await asyncio.gather(*(_bot_lines(bot, its_places, rich) for bot, its_places in by_bot.items()))
    return [line for its_lines in lines for line in its_lines]


async def _bot_lines(bot: BotAddress, its_places: list[Place], rich: str) -> list[Line]:
    hook = BotHook(bot)
    try:
        token = await _in_time(f"bot {bot.bot_id}", token_lines(hook))
        if any(line.verdict is not Verdict.OK for line in token):
            return [*token, *(note(place.what, "not looked at: its bot cannot be used") for place in its_places)]
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def of_chat(place: Place) -> list[Line]:
            async with at_once:
                return await _in_time(place.what, chat_lines(hook, place))

        known = await _in_time(f"rich messages on {bot.server}", rich_lines(hook, rich))
        chats = await asyncio.gather(*map(of_chat, its_places))
        return [*token, *known, *(line for its_lines in chats for line in its_lines)]
    finally:
        await hook.close()


async def _in_time(what: str, lines: Coroutine[None, None, list[Line]]) -> list[Line]:
    """Return the lines, or one that says why there are none: whatever one chat does, the others are looked at."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await lines
    except TimeoutError:
        return [fail(what, f"Telegram did not answer within {_SECONDS:g} s", "look at the network, then check again")]
    except Exception as error:
        return [explained(what, error)]
