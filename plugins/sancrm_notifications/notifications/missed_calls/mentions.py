"""What a message leaves in the ledger: the repairs it mentions, and so what the chat has been notified of.

Source: docs/missed_calls.md, Who is told; Called.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.ledger.history import StoredMessage

# On so many days an edit is tried: what somebody has deleted from the chat can be edited on no day.
MOST_NOTICES = 5
_INSTANTS = ("called_at", "marked_at", "waits_again_at")


@dataclass(frozen=True, slots=True)
class Mention:
    """One repair as a message speaks of it: kept among the message's figures, so without names and phones.

    ``times`` is on how many days the chat has been notified of the repair, this message's included; ``called_at`` the
    aware instant at which it was noticed that it no longer waits, ``notices`` on how many days that was to be said in
    the chat.  ``marked_at`` is when somebody said by a button that the customer was called; ``waits_again_at`` when it
    was noticed that the customer waits again after all: what was said before is of the wait that was over.
    """

    repair_id: int
    branch_id: int | None
    number: int | None
    code: str | None
    device: str | None
    times: int
    called_at: datetime | None = None
    notices: int = 1
    marked_at: datetime | None = None
    waits_again_at: datetime | None = None

    @classmethod
    def from_figures(cls, figures: dict[str, Any]) -> Mention:
        """Return what :meth:`figures` has written, also that of other versions."""
        known = {name: figures[name] for name in cls.__slots__ if name in figures}
        instants = {name: datetime.fromisoformat(known[name]) for name in _INSTANTS if known.get(name) is not None}
        return cls(**{**known, **instants})

    def figures(self) -> dict[str, Any]:
        """Return the mention in JSON's own types; an instant that came with a later version only where there is one."""
        instants = {name: getattr(self, name) for name in _INSTANTS}
        written = {name: instant and instant.isoformat() for name, instant in instants.items()}
        return {
            **{name: written_value for name, written_value in asdict(self).items() if name not in _INSTANTS},
            **{name: text for name, text in written.items() if text is not None or name == "called_at"},
        }


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message as the ledger has it; ``day`` is the local day it belongs to, ``state`` the ledger's word.

    ``destination`` is where it was told: there it is edited, wherever its repairs are told now.

    ``shown_waiting`` are the repairs that wait by the text that is in the chat, which an edit may not have reached.
    """

    day: date
    subject: str
    destination: str
    mentions: tuple[Mention, ...]
    state: str
    is_in_chat: bool
    shown_waiting: frozenset[int] = frozenset()

    @classmethod
    def from_ledger(cls, row: StoredMessage) -> KnownMessage:
        """Return the message that a row of the ledger's history tells of."""
        return cls(
            day=date.fromisoformat(row.period),
            subject=row.subject,
            destination=row.destination,
            mentions=_mentions(row.figures),
            state=row.state,
            is_in_chat=row.is_in_chat,
            shown_waiting=_waiting(row.shown_figures or row.figures),
        )

    @property
    def is_live(self) -> bool:
        """Whether it is in the chat, or may still get there."""
        return self.is_in_chat or self.state != "expired"

    @property
    def is_open(self) -> bool:
        """Whether a repair of it still waited when it was last written."""
        return any(mention.called_at is None for mention in self.mentions)

    def has_lost(self, mention: Mention, midnight: datetime) -> bool:
        """Tell whether the chat never saw that a repair of it no longer waits: the day ended before the edit came."""
        if mention.called_at is None or not self.is_in_chat or mention.notices >= MOST_NOTICES:
            return False
        return mention.called_at < midnight and mention.repair_id in self.shown_waiting


def _mentions(figures: Mapping[str, Any]) -> tuple[Mention, ...]:
    return tuple(map(Mention.from_figures, figures["repairs"]))


def _waiting(figures: Mapping[str, Any]) -> frozenset[int]:
    return frozenset(mention.repair_id for mention in _mentions(figures) if mention.called_at is None)
