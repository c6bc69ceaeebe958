"""How soon Telegram's limits let everything arrive: what a delivery's speed is held against; pure.

Source: Telegram's published limits, docs/delivery.md, Delivery speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUP_MESSAGES_A_MINUTE = 20
BOT_MESSAGES_A_SECOND = 30


@dataclass(frozen=True, slots=True)
class Load:
    """So many messages to one chat."""

    messages: int
    is_group: bool = True


def starts(load: Load) -> list[int]:
    """Return for each message of one chat how many seconds after the first it may start at the earliest."""
    at: list[int] = []
    for number in range(load.messages):
        soonest = at[-1] + 1 if at else 0
        if load.is_group and number >= GROUP_MESSAGES_A_MINUTE:
            soonest = max(soonest, at[number - GROUP_MESSAGES_A_MINUTE] + 60)
        at.append(soonest)
    return at


def soonest_seconds(loads: Iterable[Load]) -> int:
    """Return how many seconds lie at least between the first message to any chat and the last.

    What cannot start before an instant shares the bot's limit from that instant on.
    """
    at = sorted(start for load in loads for start in starts(load))
    return max(start + (len(at) - before - 1) // BOT_MESSAGES_A_SECOND for before, start in enumerate(at))
