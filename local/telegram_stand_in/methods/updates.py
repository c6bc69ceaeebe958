"""How updates come to a bot: long polling here; a webhook is set and shown, and nothing is sent to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.refusals import RefusedError, bad_request
from local.telegram_stand_in.updates import allow, allowed, wake

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.store import Document

MOST_UPDATES = 100
MOST_WAIT_SECONDS = 50
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_IS_SET = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
WEBHOOK_WAS_SET = "terminated by setWebhook request"


async def get_updates(messenger: Messenger, call: Call) -> list[Document]:
    """Return waiting updates; those before the offset are confirmed and forgotten.

    A newer poll of the same bot, or a webhook that is set, ends this one with 409.
    """
    parameters = call.parameters
    if _webhook(messenger, call.bot_id):
        raise conflict(WEBHOOK_IS_SET)
    allow(messenger.store, call.bot_id, parameters.structure("allowed_updates"))
    offset = _first_wanted(messenger, call.bot_id, parameters.number("offset"))
    messenger.store.updates.confirm(call.bot_id, offset)
    limit = parameters.number("limit", MOST_UPDATES)
    limit = limit if 0 < limit <= MOST_UPDATES else MOST_UPDATES
    seconds = min(max(parameters.number("timeout"), 0), MOST_WAIT_SECONDS)
    poll = object()
    messenger.pollers[call.bot_id] = poll
    await wake(messenger)
    try:
        return await _poll(messenger, call.bot_id, poll, (offset, limit, seconds))
    finally:
        if messenger.pollers.get(call.bot_id) is poll:
            del messenger.pollers[call.bot_id]


def conflict(reason: str) -> RefusedError:
    """A 409: somebody else takes the updates."""
    return RefusedError(409, f"Conflict: {reason}")


def _first_wanted(messenger: Messenger, bot_id: int, offset: int) -> int:
    """Return the number of the first update wanted; a negative offset counts from the end."""
    if offset >= 0:
        return offset
    last = messenger.store.updates.newest(bot_id, -offset)
    return last[0] if last else 0


async def _poll(messenger: Messenger, bot_id: int, poll: object, wanted: tuple[int, int, int]) -> list[Document]:
    offset, limit, seconds = wanted
    deadline = asyncio.get_running_loop().time() + seconds
    async with messenger.news:
        while True:
            if messenger.pollers.get(bot_id) is not poll:
                raise conflict(WEBHOOK_WAS_SET if _webhook(messenger, bot_id) else OTHER_POLL)
            updates = messenger.store.updates.waiting(bot_id, offset, limit)
            if updates or messenger.stopping.is_set():
                return updates
            try:
                async with asyncio.timeout_at(deadline):
                    await messenger.news.wait()
            except TimeoutError:
                return []


async def set_webhook(messenger: Messenger, call: Call) -> bool:
    """Have updates sent to an address: a poll under way ends, further ones are refused."""
    url = call.parameters.text("url")
    if url and not url.startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    allow(messenger.store, call.bot_id, call.parameters.structure("allowed_updates"))
    if call.parameters.flag("drop_pending_updates"):
        newest = messenger.store.updates.newest(call.bot_id, 1)
        messenger.store.updates.confirm(call.bot_id, newest[0] + 1 if newest else 0)
    messenger.store.set(f"webhook {call.bot_id}", url)
    if url and messenger.pollers.pop(call.bot_id, None):
        await wake(messenger)
    return True


async def delete_webhook(messenger: Messenger, call: Call) -> bool:
    """Have updates polled again."""
    call.parameters.values["url"] = ""
    return await set_webhook(messenger, call)


async def get_webhook_info(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Tell whether a webhook is set, and how many updates wait."""
    url = _webhook(messenger, call.bot_id)
    kinds = allowed(messenger.store, call.bot_id)
    info: dict[str, Any] = {
        "url": url,
        "has_custom_certificate": False,
        "pending_update_count": messenger.store.updates.count(call.bot_id),
    }
    return info | ({"max_connections": 40} if url else {}) | ({} if kinds is None else {"allowed_updates": kinds})


def _webhook(messenger: Messenger, bot_id: int) -> str:
    return messenger.store.setting(f"webhook {bot_id}", "")
