"""A pressed button of a notification: which action it asks for, and who does it.

Whatever an action is, it acts only where the ledger knows the message in the chat it was pressed in: what a button
sends back can be forged, and a message can be forwarded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot import calling, coming, commenting, replying
from sancrm_notifications.text.buttons import Action

if TYPE_CHECKING:
    from telegram import CallbackQuery

    from sancrm_notifications.bot.response import Response
    from sancrm_notifications.bot.turn import Turn


async def on_action(turn: Turn, pressed: CallbackQuery, action: Action, about: int) -> Response:
    """Return what follows from a pressed button; ``about`` is the number that it sends back."""
    match action:
        case Action.CALLED:
            return await calling.on_called(turn, pressed, about)
        case Action.COMING:
            return await coming.on_coming(turn, pressed, about)
        case Action.CALL_ME:
            return await commenting.on_call_me(turn, pressed, about)
        case Action.ANSWER:
            return await replying.on_answer(turn, pressed, about)
        case Action.SEND | Action.DROP:
            return await replying.on_decision(turn, pressed, about, is_sent=action is Action.SEND)
