"""What a client reads who asks for something or promises something by a button."""

from __future__ import annotations

from sancrm_notifications.bot.messages.typeset import typeset


@typeset
def expected() -> str:
    """Return the notice at «Понял, приду»."""
    return "Спасибо, ждём вас!"


@typeset
def coming_mark() -> str:
    """Return the line below the message under which «Понял, приду» was pressed."""
    return "✓ Вы ответили: «Понял, приду»"
