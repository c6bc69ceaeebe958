"""«Понял, приду» under what can be collected: the client says so, and is not reminded.

Source: docs/events.md, Reminders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages import dead_ends, requests
from sancrm_notifications.bot.pressed_message import fitting, pressed_message
from sancrm_notifications.bot.response import Edit, Response
from sancrm_notifications.ledger import pickups
from sancrm_notifications.ledger.pressed import keep_as_marked
from sancrm_notifications.text.buttons import Action, without_action
from sancrm_notifications.text.call_marks import with_marks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from telegram import CallbackQuery

    from sancrm_notifications.bot.turn import Turn

ABOUT_REPAIRS = ("client_statuses", "pickup_reminders")
"""The notifications that tell clients of their repairs."""


async def on_coming(turn: Turn, pressed: CallbackQuery, repair_id: int) -> Response:
    """Return what follows from a press; it counts under a message that the ledger knows in this chat."""
    message = await pressed_message(turn, pressed, *ABOUT_REPAIRS)
    repairs = repairs_of(message.figures) if message else []
    if pressed.message is None or message is None or repair_id not in repairs:
        return Response(notice=dead_ends.old_button())
    if not await pickups.note_promise(turn.ledger, message.message_id, repairs):
        return Response(notice=requests.expected())
    html = fitting(with_marks(message.html, [requests.coming_mark()])) if message.html else None
    left = without_action(message.buttons, Action.COMING, repair_id)
    await keep_as_marked(turn.ledger, message.message_id, html, left)
    edit = Edit(turn.chat_id, pressed.message.message_id, html, {"inline_keyboard": left})
    return Response(edits=(edit,), notice=requests.expected())


def repairs_of(figures: Mapping[str, Any]) -> list[int]:
    """Return the repairs that a message to a client tells of."""
    repairs = figures.get("repair_ids")
    return [int(repair_id) for repair_id in repairs] if isinstance(repairs, list) else []
