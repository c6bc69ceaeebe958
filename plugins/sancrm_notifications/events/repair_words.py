"""A repair and what is known of it in the words of a message: one line each, shortened where it is endless: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.text.markup import beginning, one_line

if TYPE_CHECKING:
    from sancrm_notifications.crm.event_facts import RepairFacts

LONGEST = 300
LONGEST_COMMENT = 2000


def code_of(repair: RepairFacts) -> str:
    """Return what a repair is called: its code, else its number."""
    return short(repair.code) or f"№ {repair.number or repair.repair_id}"


def tool_of(repair: RepairFacts) -> str | None:
    """Return category, brand and model; None: nothing is known."""
    words = (repair.device_category, repair.device_brand, repair.device_model)
    return short(" ".join(filter(None, map(one_line, filter(None, words)))))


def short(text: str | None) -> str | None:
    """Return a text on one line, at most so long; None: there is nothing to be seen."""
    line = one_line(text) if text else ""
    if not line:
        return None
    return line if len(line) <= LONGEST else f"{beginning(line, LONGEST - 1)}…"
