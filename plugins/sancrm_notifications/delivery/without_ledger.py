"""Sends a message straight to its receiver, for alerts while the ledger or its chat cannot be used.

Without the ledger nobody remembers what was sent: the message says so, and what may have arrived is not sent again.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from sancrm_notifications.channels.channel import Post
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.text.buttons import links, stored, without_actions
from sancrm_notifications.text.delivery_notes import plain_text
from sancrm_notifications.text.markup import escape, italic, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.channels.channel import Address, Channel
    from sancrm_notifications.text.message import Message

NOTE = "Журнал доставки недоступен: сообщение отправлено без записи в нём."

_TRIES = 4  # of one part
_PAUSE_SECONDS = 2.0  # after what surely did not arrive, doubled each time
_LONGEST_WAIT_SECONDS = 60.0  # that a server may ask for; a worker waits no longer for one alert


async def send_unrecorded(
    address: Address, message: Message, note: str = NOTE, *, tries: int = _TRIES, is_protected: bool = False
) -> Outcome:
    """Send a message of any length, followed by a note in italics; return the last outcome.

    ``is_protected``: it must not leave its chat.

    What surely did not arrive is tried a few times; after an outcome that is unknown nothing is repeated and what is
    left of the text is not sent.  Unknown means that some of it may have arrived.  Never raises for the channel's
    server or the network.
    """
    channel = address.bot.channel()
    try:
        outcome = await channel.open()
        if outcome.result is Result.SENT:
            parts = _parts(message, note, channel.message_limit, is_protected=is_protected)
            return await _send_parts(channel, address, parts, tries)
        # Nothing of the message has left yet, whatever is unknown about the question.
        return replace(outcome, result=Result.NOT_SENT) if outcome.result is Result.UNKNOWN else outcome
    finally:
        await channel.close()


def _parts(message: Message, note: str, limit: int, *, is_protected: bool) -> list[Post]:
    texts = split(f"{message.html}\n\n{italic(escape(note))}", limit)
    # What the ledger does not know, nobody can act on.
    buttons = without_actions(stored(message.buttons))
    return [
        Post(
            form="html",
            text=text,
            buttons=buttons if number == len(texts) else (),
            is_silent=message.silent or number > 1,
            is_protected=is_protected,
        )
        for number, text in enumerate(texts, start=1)
    ]


async def _send_parts(channel: Channel, address: Address, parts: Sequence[Post], tries: int) -> Outcome:
    outcome = Outcome(Result.NOT_SENT, description="there is no text to send")
    for post in parts:
        outcome, address = await _send(channel, address, post, tries)
        if outcome.result is not Result.SENT:
            break
    return outcome


async def _send(channel: Channel, address: Address, post: Post, tries: int) -> tuple[Outcome, Address]:
    """Return what came of one part, and the chat's present address."""
    pause_seconds = _PAUSE_SECONDS
    while True:
        outcome = await channel.send(channel.build_request(address.chat_id, address.message_thread_id, post))
        tries -= 1
        match outcome.result:
            case _ if tries == 0:
                return outcome, address
            case Result.MIGRATED if outcome.new_chat_id:
                address = address.of_chat(outcome.new_chat_id, address.message_thread_id)
            case Result.BAD_MESSAGE if post.form == "html":
                post = _plain(post, channel.message_limit)
            case Result.RATE_LIMITED if (outcome.retry_after_seconds or 0) <= _LONGEST_WAIT_SECONDS:
                await asyncio.sleep(outcome.retry_after_seconds or 1)
            case Result.NOT_SENT:
                await asyncio.sleep(pause_seconds)
                pause_seconds *= 2
            case _:
                return outcome, address


def _plain(post: Post, limit: int) -> Post:
    """Return the same text without markup and buttons, which a channel takes in any case."""
    return replace(post, form="plain", text=plain_text(post.text, links(post.buttons), limit), buttons=())
