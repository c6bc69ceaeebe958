"""Sends a message straight to its chat, for alerts while the ledger's database is away.

Without the ledger nobody remembers what was sent: the message says so, and what may have arrived is not sent again.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.text.delivery_notes import plain_text
from sancrm_notifications.text.markup import italic, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.channels.telegram.address import Address
    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.text.message import Button

NOTE = "Журнал доставки недоступен: сообщение отправлено без записи в нём."

_PART_LIMIT = 3900  # UTF-16 units; Telegram's limit is 4096
_REQUESTS = 4  # for one part, all told
_PAUSE_SECONDS = 2.0  # after what surely did not arrive, doubled each time
_LONGEST_WAIT_SECONDS = 60.0  # that Telegram may ask for; a worker waits no longer for one alert


async def send_unrecorded(
    hook: BotHook,
    address: Address,
    html: str,
    buttons: Sequence[Sequence[Button]] = (),
    *,
    is_silent: bool = False,
) -> Outcome:
    """Send Bot API HTML of any length, followed by the words that no record is kept; return the last answer.

    ``hook`` is open and belongs to the running loop.  What surely did not arrive is tried a few times; after an
    answer of unknown meaning nothing is repeated and what is left of the text is not sent.  Never raises for Telegram
    or the network.
    """
    parts = split(f"{html}\n\n{italic(NOTE)}", _PART_LIMIT)
    answer = Outcome(Result.NOT_SENT, description="there is no text to send")
    for number, part in enumerate(parts, start=1):
        payload: dict[str, Any] = {
            "chat_id": address.chat_id,
            "message_thread_id": address.message_thread_id,
            "text": part,
            "parse_mode": "HTML",
            "disable_notification": is_silent or number > 1,
            "link_preview_options": {"is_disabled": True},
        }
        if buttons and number == len(parts):
            payload["reply_markup"] = {"inline_keyboard": [[asdict(button) for button in row] for row in buttons]}
        answer, chat_id = await _send(hook, payload)
        if answer.result is not Result.SENT:
            return answer
        address = replace(address, chat_id=chat_id)
    return answer


async def _send(hook: BotHook, payload: dict[str, Any]) -> tuple[Outcome, str]:
    """Return what came of one part, and the chat's present id."""
    pause_seconds = _PAUSE_SECONDS
    for _ in range(_REQUESTS - 1):
        answer = await hook.call("sendMessage", payload)
        match answer.result:
            case Result.MIGRATED:
                payload = {**payload, "chat_id": answer.new_chat_id}
            case Result.BAD_MESSAGE if "parse_mode" in payload:
                payload = _plain(payload)
            case Result.RATE_LIMITED if (answer.retry_after_seconds or 0) <= _LONGEST_WAIT_SECONDS:
                await asyncio.sleep(answer.retry_after_seconds or 1)
            case Result.NOT_SENT:
                await asyncio.sleep(pause_seconds)
                pause_seconds *= 2
            case _:
                return answer, str(payload["chat_id"])
    return await hook.call("sendMessage", payload), str(payload["chat_id"])


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the same news without markup and buttons, which Telegram takes in any case."""
    rows = payload.get("reply_markup", {}).get("inline_keyboard", [])
    links = [(button["text"], button["url"]) for row in rows for button in row]
    kept = {name: given for name, given in payload.items() if name not in {"parse_mode", "reply_markup"}}
    return {**kept, "text": plain_text(payload["text"], links)}
