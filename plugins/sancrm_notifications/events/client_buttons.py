"""The buttons under what a client is told of a repair: pure; ``bot/pressing.py`` acts on them."""

from __future__ import annotations

from sancrm_notifications.text.buttons import Action, ActionButton

Rows = tuple[tuple[ActionButton, ...], ...]


def collecting(repair_id: int) -> Rows:
    """Return the buttons under a message that a repair, or several with this one, can be collected."""
    return ((ActionButton("Понял, приду", Action.COMING, repair_id),), *asking(repair_id))


def asking(repair_id: int) -> Rows:
    """Return the button under a message that leaves questions."""
    return ((ActionButton("Перезвоните мне", Action.CALL_ME, repair_id),),)
