"""What people do in chats, as bots come to know it: long polling, and answers to pressed buttons."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.refusals import RefusedError, bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger

MOST_UPDATES = 100
MOST_WAIT_SECONDS = 50
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def get_updates(messenger: Messenger, call: Call) -> list[dict[str, Any]]:
    """Return waiting updates; those before the offset are confirmed and forgotten.

    A newer poll of the same bot ends this one with 409.
    """
    parameters = call.parameters
    offset = _first_wanted(messenger, call.bot_id, parameters.number("offset"))
    messenger.store.forget_updates(call.bot_id, offset)
    limit = parameters.number("limit", MOST_UPDATES)
    limit = limit if 0 < limit <= MOST_UPDATES else MOST_UPDATES
    seconds = min(max(parameters.number("timeout"), 0), MOST_WAIT_SECONDS)
    poll = object()
    messenger.pollers[call.bot_id] = poll
    async with messenger.news:
        messenger.news.notify_all()
    try:
        return await _poll(messenger, call.bot_id, poll, (offset, limit, seconds))
    finally:
        if messenger.pollers.get(call.bot_id) is poll:
            del messenger.pollers[call.bot_id]


def _first_wanted(messenger: Messenger, bot_id: int, offset: int) -> int:
    """Return the number of the first update wanted; a negative offset counts from the end."""
    if offset >= 0:
        return offset
    last = messenger.store.last_updates(bot_id, -offset)
    return last[0] if last else 0


async def _poll(messenger: Messenger, bot_id: int, poll: object, wanted: tuple[int, int, int]) -> list[dict[str, Any]]:
    offset, limit, seconds = wanted
    deadline = asyncio.get_running_loop().time() + seconds
    async with messenger.news:
        while True:
            if messenger.pollers.get(bot_id) is not poll:
                raise RefusedError(409, CONFLICT)
            updates = messenger.store.updates(bot_id, offset, limit)
            if updates or messenger.stopping.is_set():
                return updates
            try:
                async with asyncio.timeout_at(deadline):
                    await messenger.news.wait()
            except TimeoutError:
                return []


async def answer_callback_query(messenger: Messenger, call: Call) -> bool:
    """Stop the waiting mark on a pressed button; once for each press."""
    query_id = call.parameters.text("callback_query_id")
    if messenger.store.setting(f"callback {query_id}", "") != "waits":
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    messenger.store.set(f"callback {query_id}", "answered")
    return True


async def delete_webhook(messenger: Messenger, call: Call) -> bool:
    """Make sure that updates are polled; they always are here."""
    if call.parameters.flag("drop_pending_updates"):
        last = messenger.store.last_updates(call.bot_id, 1)
        messenger.store.forget_updates(call.bot_id, last[0] + 1 if last else 0)
    return True
