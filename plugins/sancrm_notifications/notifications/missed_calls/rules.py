"""Who is told today, singly or in digests, and which messages are no longer true: pure, from what was told before.

Source: docs/missed_calls.md, Who is told; Called.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sancrm_notifications.ledger.history import Told

DIGEST_REPAIRS = 10

# When so many wait by the chat and nobody by the CRM, a view that is empty is likelier than so many calls.
DOUBTFUL_REPAIRS = 3

# On so many days an edit is tried: what somebody has deleted from the chat can be edited on no day.
MOST_NOTICES = 5


@dataclass(frozen=True, slots=True)
class Mention:
    """One repair as a message speaks of it: kept among the message's figures, so without names and phones.

    ``times`` is on how many days the repair has been told, this message's included; ``called_at`` the aware instant
    at which it was noticed that it no longer waits, ``notices`` on how many days that was to be said in the chat.
    """

    repair_id: int
    branch_id: int | None
    number: int
    code: str | None
    device: str | None
    times: int
    called_at: datetime | None = None
    notices: int = 1

    @classmethod
    def from_figures(cls, figures: dict[str, Any]) -> Mention:
        """Return what :meth:`figures` has written, also that of other versions."""
        known = {name: figures[name] for name in cls.__slots__ if name in figures}
        called_at = known["called_at"]
        return cls(**{**known, "called_at": None if called_at is None else datetime.fromisoformat(called_at)})

    def figures(self) -> dict[str, Any]:
        """Return the mention in JSON's own types."""
        return {**asdict(self), "called_at": None if self.called_at is None else self.called_at.isoformat()}


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message as the ledger has it; ``day`` is the local day it belongs to, ``state`` the ledger's word.

    ``shown_waiting`` are the repairs that wait by the text that is in the chat, which an edit may not have reached.
    """

    day: date
    subject: str
    mentions: tuple[Mention, ...]
    state: str
    is_in_chat: bool
    shown_waiting: frozenset[int] = frozenset()

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


@dataclass(frozen=True)
class History:
    """What was told until now, oldest first, as seen at the aware, local instant ``now``."""

    now: datetime
    messages: tuple[KnownMessage, ...]

    @classmethod
    def from_ledger(cls, now: datetime, told: Iterable[Told]) -> History:
        """Read the ledger's rows; what can no longer get into the chat is left out, but today's is not forgotten."""
        messages = (
            KnownMessage(
                day=date.fromisoformat(row.period),
                subject=row.subject,
                mentions=_mentions(row.figures),
                state=row.state,
                is_in_chat=row.is_in_chat,
                shown_waiting=_waiting(row.shown_figures or row.figures),
            )
            for row in told
        )
        return cls(now, tuple(message for message in messages if message.is_in_chat or message.day == now.date()))

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.date()

    @property
    def is_told_today(self) -> bool:
        """Whether anything was told today."""
        return bool(self._of_today)

    def doubtful(self, waiting: Collection[int]) -> int:
        """Return how many repairs wait by the chat when nobody of :meth:`watched` does; 0 if that can be believed."""
        in_chat = (message for message in self.messages if message.is_in_chat)
        found = {mention.repair_id for message in in_chat for mention in message.mentions if mention.called_at is None}
        return 0 if waiting or len(found) < DOUBTFUL_REPAIRS else len(found)

    def has_earlier(self, message: KnownMessage) -> bool:
        """Tell whether the chat was told of something else before, on the message's day."""
        first = next(known for known in self.messages if known.day == message.day and known.is_live)
        return first is not message

    @property
    def withdrawn(self) -> set[int]:
        """The repairs that today's chat was to be told of and never was: who waits again is to be told after all."""
        of_today = (message for message in self.messages if message.day == self.today and not message.is_live)
        return {mention.repair_id for message in of_today for mention in message.mentions} - self._told_today

    def watched(self) -> set[int]:
        """Return the repairs of all messages that may have to change."""
        return {
            mention.repair_id
            for message in self.messages
            if message.is_live and (message.day == self.today or message.is_open or self._loses_any(message))
            for mention in message.mentions
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
        told = self._told_today
        new = [repair_id for repair_id in waiting if repair_id not in told]
        room = max(digest_above - sum(len(message.mentions) == 1 for message in self._of_today), 0)
        rest = [tuple(new[start : start + DIGEST_REPAIRS]) for start in range(room, len(new), DIGEST_REPAIRS)]
        alone = [chunk[0] for chunk in rest if len(chunk) == 1]
        return Groups((*new[:room], *alone), tuple(chunk for chunk in rest if len(chunk) > 1))

    def unfinished(self, changes: Iterable[Change]) -> list[str]:
        """Return the subjects of what changes now, and of what is still on its way into the chat.

        What waits for a person is not among them: a check an hour later does not bring it up again.
        """
        on_their_way = {message.subject for message in self.messages if message.state in {"stored", "sending"}}
        return sorted(on_their_way | {change.message.subject for change in changes})

    def changes(self, waiting: Collection[int]) -> list[Change]:
        """Return the messages that say what is no longer true, given who of :meth:`watched` waits now.

        Who waits no longer is marked in all messages of all days.  Today's message of one who waits again, because
        a click was taken back, says so again; an earlier day's does not: the next working day tells him anew.
        """
        found = []
        for message in self.messages:
            mentions = tuple(self._at_present(message, mention, waiting) for mention in message.mentions)
            if message.is_live and mentions != message.mentions:
                is_over = all(mention.called_at is not None for mention in mentions)
                found.append(Change(message, mentions, is_withdrawn=is_over and not message.is_in_chat))
        return found

    def _at_present(self, message: KnownMessage, mention: Mention, waiting: Collection[int]) -> Mention:
        is_waiting = mention.repair_id in waiting
        if mention.called_at is None:
            return mention if is_waiting else replace(mention, called_at=self.now)
        if is_waiting and message.day == self.today:
            return replace(mention, called_at=None, notices=1)
        if message.has_lost(mention, self._midnight):
            return replace(mention, called_at=self.now, notices=mention.notices + 1)
        return mention

    def _loses_any(self, message: KnownMessage) -> bool:
        return any(message.has_lost(mention, self._midnight) for mention in message.mentions)

    @property
    def _of_today(self) -> list[KnownMessage]:
        return [message for message in self.messages if message.day == self.today and message.is_live]

    @property
    def _told_today(self) -> set[int]:
        return {mention.repair_id for message in self._of_today for mention in message.mentions}

    @property
    def _midnight(self) -> datetime:
        return datetime.combine(self.today, time.min, tzinfo=self.now.tzinfo)

    def _open_before(self, repair_id: int, day: date) -> list[tuple[date, Mention]]:
        return [(told_on, mention) for told_on, mention in self._open.get(repair_id, ()) if told_on < day]

    @cached_property
    def _open(self) -> dict[int, list[tuple[date, Mention]]]:
        """The days on which the chat was told of each repair in its present episode."""
        found: dict[int, list[tuple[date, Mention]]] = {}
        for message in self.messages:
            for mention in message.mentions:
                if message.is_in_chat and mention.called_at is None:
                    found.setdefault(mention.repair_id, []).append((message.day, mention))
        return found


def _mentions(figures: Mapping[str, Any]) -> tuple[Mention, ...]:
    return tuple(map(Mention.from_figures, figures["repairs"]))


def _waiting(figures: Mapping[str, Any]) -> frozenset[int]:
    return frozenset(mention.repair_id for mention in _mentions(figures) if mention.called_at is None)
