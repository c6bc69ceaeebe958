"""The texts of pickup reminders: which there are out of the box, and which values they may name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sancrm_notifications.events import client_words
from sancrm_notifications.text.template import Name, Template, parse

NAMES = {
    **client_words.NAMES,
    "tools": Name("text", "Инструменты, по строке на каждый.", "• A-12841"),
}
"""By name; in a text everything that the CRM does not know is empty."""

REMINDER = "pickup_reminder"
SEVERAL = "several_reminders"
SHIPPED_ON = frozenset({REMINDER})
EVENTS = frozenset({REMINDER, SEVERAL})
"""All events that can have a text of the office's own; what holds for one reminder is switched with it."""
_TEXTS = Path(__file__).with_name("texts")


@cache
def default_text(event: str) -> Template:
    """Return the text of an event as it ships."""
    return parse((_TEXTS / f"{event}.html").read_text(encoding="utf-8"), NAMES)
