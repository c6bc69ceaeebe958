"""«Позвонил» under a missed call: who has called whom, shown below the message at once.

Source: docs/missed_calls.md, Called by hand.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages import staff
from sancrm_notifications.bot.pressed_message import fitting, pressed_message
from sancrm_notifications.bot.response import Edit, Response
from sancrm_notifications.ledger import callbacks
from sancrm_notifications.ledger import pressed as known_messages
from sancrm_notifications.ledger.callbacks import Caller
from sancrm_notifications.text.buttons import Action, without_action
from sancrm_notifications.text.call_marks import call_mark, with_marks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from telegram import CallbackQuery

    from sancrm_notifications.bot.turn import Turn
    from sancrm_notifications.ledger.callbacks import Called
    from sancrm_notifications.ledger.pressed import PressedMessage


async def on_called(turn: Turn, pressed: CallbackQuery, repair_id: int) -> Response:
    """Return what follows from a press; it counts once, under a message that the ledger knows in this chat."""
    message = await pressed_message(turn, pressed, "missed_calls")
    repairs = repairs_told(message.figures) if message else {}
    if pressed.message is None or message is None or repair_id not in repairs:
        return Response(notice=staff.not_here())
    told = repairs[repair_id]
    known = await callbacks.first_call(turn.ledger, repair_id, _counts_from(turn, message, told))
    if known is not None and known.message_id == message.message_id:
        return Response(notice=staff.noted_before(known.called_by))
    # Who has called is said under the other message already: here it is only to be shown.
    called = known or await callbacks.note_called(turn.ledger, message.message_id, repair_id, caller_of(pressed))
    notice = staff.noted_before(called.called_by) if known else staff.noted()
    code = told.get("code") if len(repairs) > 1 else None
    return Response(edits=(await _mark(turn, message, pressed.message.message_id, code, called),), notice=notice)


def repairs_told(figures: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Return what a message about missed calls tells of, by the repair's id."""
    repairs = figures.get("repairs")
    return {int(repair["repair_id"]): repair for repair in repairs} if isinstance(repairs, list) else {}


def _counts_from(turn: Turn, message: PressedMessage, told: Mapping[str, Any]) -> datetime:
    """Return since when a call is one of this message: its day, or when the customer came back on the list."""
    midnight = datetime.combine(date.fromisoformat(message.period), time.min, tzinfo=turn.now.tzinfo)
    again = told.get("waits_again_at")
    return max(midnight, datetime.fromisoformat(again)) if again else midnight


async def _mark(turn: Turn, message: PressedMessage, number: int, code: str | None, called: Called) -> Edit:
    mark = call_mark(code, called.called_by, called.called_at.astimezone(turn.now.tzinfo))
    # What would not fit, or is forgotten, keeps its text: the button goes, and the next check writes the rest.
    html = fitting(with_marks(message.html, [mark])) if message.html else None
    left = without_action(message.buttons, Action.CALLED, called.repair_id)
    # An edit that is on its way must not take the mark away again.
    await known_messages.keep_as_marked(turn.ledger, message.message_id, html, left)
    return Edit(turn.chat_id, number, html, {"inline_keyboard": left})


def caller_of(pressed: CallbackQuery) -> Caller:
    """Return who has pressed a button in a group."""
    user = pressed.from_user
    return Caller(staff.ADMINISTRATOR, None) if user.is_bot else Caller(user.full_name, user.id)
