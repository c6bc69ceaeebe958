"""The texts of client statuses: which there are out of the box, and which values they may name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sancrm_notifications.events import client_words
from sancrm_notifications.text.repair_statuses import STATUSES
from sancrm_notifications.text.template import Name, Template, parse

NAMES = {
    **client_words.NAMES,
    "tools": Name("text", "Готовые инструменты, по строке на каждый.", "• A-12841"),
    "comment": Name("text", "Что написал сотрудник.", "Деталь приехала, ставим."),
}
"""By name; in a text everything that the CRM does not know is empty."""

SHIPPED_ON = frozenset({"created", "comment", "set_back", "in_work", "ready", "refused", "closed_success"})
"""What is told out of the box: of the other groups of statuses a client may ask."""
CAN_BE_TOLD = frozenset(STATUSES) - {"new"}
"""Groups of statuses that can be told: of a new repair it is told that it was taken in."""
EVENTS = SHIPPED_ON | CAN_BE_TOLD | {"several_ready"}
"""All events that can have a text of the office's own."""
_TEXTS = Path(__file__).with_name("texts")


@cache
def default_text(event: str) -> Template:
    """Return the text of an event as it ships."""
    return parse((_TEXTS / f"{event}.html").read_text(encoding="utf-8"), NAMES)
