"""What came of a delivery: what this try of its task did, where the messages stand, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sancrm_notifications.ledger.batches import Undelivered

_IN_CHAT = "sent"
_WORDS = {"stored": "still to be sent"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """``states`` counts all messages of the batch; ``sent`` and ``edited`` only what this try has done."""

    states: Mapping[str, int]
    sent: int
    edited: int
    parked_reasons: Sequence[str]
    undelivered: Sequence[Undelivered]

    @property
    def in_words(self) -> str:
        """What was done, for the log: ``0 sent, 2 edited, 4 already in the chat, 1 parked``."""
        before = self.states.get(_IN_CHAT, 0) - self.sent - self.edited
        others = {_WORDS.get(state, state): count for state, count in sorted(self.states.items()) if state != _IN_CHAT}
        known = {"already in the chat": before, **others}
        rest = [f"{count} {words}" for words, count in known.items() if count > 0]
        return ", ".join([f"{self.sent} sent", f"{self.edited} edited", *rest])
