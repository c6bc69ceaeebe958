"""The message under which a button was pressed, as the ledger knows it in that chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.ledger import pressed as known_messages
from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import visible_length

if TYPE_CHECKING:
    from telegram import CallbackQuery

    from sancrm_notifications.bot.turn import Turn
    from sancrm_notifications.ledger.pressed import PressedMessage


async def pressed_message(turn: Turn, pressed: CallbackQuery, *notifications: str) -> PressedMessage | None:
    """Return the message, locked; None: no message of these notifications stands there."""
    if pressed.message is None:
        return None
    # Telegram says who wrote a message, which is the bot itself, of recent ones only.
    writer = getattr(pressed.message, "from_user", None)
    writer_id = None if writer is None else writer.id
    number = pressed.message.message_id
    return await known_messages.message_in_chat(turn.ledger, notifications, turn.chat_id, number, writer_id)


def fitting(html: str) -> str | None:
    """Return a text that has grown; None: it would not fit, and the chat keeps what it shows."""
    return html if visible_length(html) <= PART_LIMIT else None
