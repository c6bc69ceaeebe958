"""Which chat hears of a missed call: that of the branch's team, or the one for all: pure.

Source: docs/missed_calls.md, Which chat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sancrm_notifications.notifications.missed_calls.cards import Card

FOR_ALL = "missed_calls"


def destinations(cards: Mapping[int, Card], teams: Collection[int]) -> dict[int, str]:
    """Return where each repair is told, by its id; ``teams`` are the branches whose team is told in its own chat."""
    return {repair_id: destination(card.branch_id, teams) for repair_id, card in cards.items()}


def destination(branch_id: int | None, teams: Collection[int]) -> str:
    """Return where a repair of a branch is told.

    What has no team's chat stays in the chat for all: the fallback of ``team:<id>`` is another, that of staff.
    """
    return f"team:{branch_id}" if branch_id in teams else FOR_ALL
