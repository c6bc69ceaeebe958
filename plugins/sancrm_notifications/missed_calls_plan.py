"""Who is told today, singly or in digests, and which messages are no longer true: pure, from what was told before.

Source: docs/missed_calls.md, Who is told; Called.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sancrm_notifications.ledger.telling import Told

DIGEST_REPAIRS = 10

# An edit in these states is in the chat, or will be without anybody's doing.
_SETTLED = frozenset({"sent", "sending", "covered"})


@dataclass(frozen=True, slots=True)
class Mention:
    """One repair as a message speaks of it: kept among the message's figures, so without names and phones.

    ``times`` is on how many days the repair has been told, this message's included; ``called_at`` the aware instant
    at which it was noticed that it no longer waits.
    """

    repair_id: int
    branch_id: int | None
    number: int
    code: str | None
    device: str | None
    times: int
    called_at: datetime | None = None

    @classmethod
    def from_figures(cls, figures: dict[str, Any]) -> Mention:
        """Return what :meth:`figures` has written."""
        called_at = figures["called_at"]
        return cls(**{**figures, "called_at": None if called_at is None else datetime.fromisoformat(called_at)})

    def figures(self) -> dict[str, Any]:
        """Return the mention in JSON's own types."""
        return {**asdict(self), "called_at": None if self.called_at is None else self.called_at.isoformat()}


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message as the ledger has it; ``day`` is the local day it belongs to, ``state`` the ledger's word."""

    day: date
    subject: str
    mentions: tuple[Mention, ...]
    state: str
    is_in_chat: bool

    @property
    def is_live(self) -> bool:
        """Whether it is in the chat, or may still get there."""
        return self.is_in_chat or self.state != "expired"


@dataclass(frozen=True, slots=True)
class Change:
    """What a known message must say now; ``is_withdrawn``: it must not get into the chat any more."""

    message: KnownMessage
    mentions: tuple[Mention, ...]
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """Repairs to be told by id: each alone, and several in one digest."""

    singles: tuple[int, ...]
    digests: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class History:
    """What was told until now, oldest first, seen on the local day ``today``."""

    today: date
    messages: tuple[KnownMessage, ...]

    @classmethod
    def from_ledger(cls, today: date, told: Iterable[Told]) -> History:
        """Read the ledger's rows; what can no longer get into the chat is left out, but today's is not forgotten."""
        messages = (
            KnownMessage(
                day=date.fromisoformat(row.period),
                subject=row.subject,
                mentions=tuple(map(Mention.from_figures, row.figures["repairs"])),
                state=row.state,
                is_in_chat=row.is_in_chat,
            )
            for row in told
        )
        return cls(today, tuple(message for message in messages if message.is_in_chat or message.day == today))

    @property
    def is_told_today(self) -> bool:
        """Whether anything was told today."""
        return any(message.day == self.today for message in self.messages)

    def watched(self) -> set[int]:
        """Return the repairs whose messages may have to change."""
        return {
            mention.repair_id
            for message in self.messages
            if message.is_live
            for mention in message.mentions
            if mention.called_at is None or message.day == self.today
        }

    def times(self, repair_id: int) -> int:
        """Return on how many days of this episode the repair will have been told, today included."""
        return max((mention.times for _, mention in self._open_before(repair_id, self.today)), default=0) + 1

    def first_told_on(self, repair_id: int, before: date) -> date | None:
        """Return the first day of this episode on which the repair was told, if it is before a day."""
        return min((day for day, _ in self._open_before(repair_id, before)), default=None)

    def groups(self, waiting: Sequence[int], digest_above: int) -> Groups:
        """Share out those waiting, in their order, who were not told today: ``digest_above`` singly, the rest in tens.

        A digest of one repair is a message of its own.
        """
        of_today = [message for message in self.messages if message.day == self.today]
        told = {mention.repair_id for message in of_today for mention in message.mentions}
        new = [repair_id for repair_id in waiting if repair_id not in told]
        room = max(digest_above - sum(len(message.mentions) == 1 for message in of_today), 0)
        rest = [tuple(new[start : start + DIGEST_REPAIRS]) for start in range(room, len(new), DIGEST_REPAIRS)]
        alone = [chunk[0] for chunk in rest if len(chunk) == 1]
        return Groups((*new[:room], *alone), tuple(chunk for chunk in rest if len(chunk) > 1))

    def changes(self, waiting: Collection[int], noticed_at: datetime) -> list[Change]:
        """Return the messages that say what is no longer true, given who of :meth:`watched` waits now.

        Who waits no longer is marked in all messages of all days.  Today's message of one who waits again, because
        a click was taken back, says so again; an earlier day's does not: the next working day tells him anew.
        """
        found = []
        for message in self.messages:
            if not message.is_live:
                continue
            mentions = tuple(self._now(message, mention, waiting, noticed_at) for mention in message.mentions)
            if mentions != message.mentions or self._is_edit_lost(message, noticed_at):
                is_over = all(mention.called_at is not None for mention in mentions)
                found.append(Change(message, mentions, is_withdrawn=is_over and not message.is_in_chat))
        return found

    def _now(self, message: KnownMessage, mention: Mention, waiting: Collection[int], noticed_at: datetime) -> Mention:
        is_waiting = mention.repair_id in waiting
        if mention.called_at is None and not is_waiting:
            return replace(mention, called_at=noticed_at)
        if mention.called_at is not None and is_waiting and message.day == self.today:
            return replace(mention, called_at=None)
        return mention

    def _is_edit_lost(self, message: KnownMessage, noticed_at: datetime) -> bool:
        """Tell whether an earlier day's edit never reached the chat, because its day ended first."""
        noticed = [mention.called_at for mention in message.mentions if mention.called_at is not None]
        return (
            message.is_in_chat
            and message.state not in _SETTLED
            and any(at.astimezone(noticed_at.tzinfo).date() < self.today for at in noticed)
        )

    def _open_before(self, repair_id: int, day: date) -> list[tuple[date, Mention]]:
        return [
            (message.day, mention)
            for message in self.messages
            if message.is_in_chat and message.day < day
            for mention in message.mentions
            if mention.repair_id == repair_id and mention.called_at is None
        ]
