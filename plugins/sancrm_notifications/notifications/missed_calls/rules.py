"""Who the chats are notified of today, singly or in digests, and which messages are no longer true: pure.

Source: docs/missed_calls.md, Who is told; Called.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sancrm_notifications.notifications.missed_calls.mentions import KnownMessage, Mention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sancrm_notifications.ledger.callbacks import Called
    from sancrm_notifications.ledger.history import StoredMessage

NOTIFICATION = "missed_calls"
# Who has waited longer than this is notified as if for the first time, and older messages stay as they are.
REMEMBERED = timedelta(days=366)
# When so many wait by the chat and nobody by the CRM, a view that is empty is likelier than so many calls.
DOUBTFUL_REPAIRS = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What a known message must say now; ``is_withdrawn``: it must not get into the chat any more."""

    message: KnownMessage
    mentions: tuple[Mention, ...]
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Repairs that share a message to a destination; ``is_first``: no other message of the run goes there before."""

    destination: str
    repair_ids: tuple[int, ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does.

    ``waiting``: who is to be called now, in order.  ``groups``: repairs of which the chats are notified now, each
    group in a message.  ``says_nobody_waits``: the line that says so is written.  ``changes``: known messages that
    must say something else.  ``doubtful``: so many seem to have been called at once, or 0 if that can be believed.
    """

    waiting: tuple[int, ...]
    groups: tuple[Group, ...]
    says_nobody_waits: bool
    changes: tuple[Change, ...]
    doubtful: int


@dataclass(frozen=True)
class History:
    """What the chats were notified of until now, oldest first, as seen at the aware, local instant ``now``."""

    now: datetime
    messages: tuple[KnownMessage, ...]
    calls: tuple[Called, ...] = ()
    """Customers that staff have called, as they said by a button, the earliest first."""
    list_since: date | None = None
    """The day since which a call keeps a customer off the list, if that is not today."""

    @classmethod
    def from_ledger(
        cls, now: datetime, rows: Iterable[StoredMessage], calls: Iterable[Called] = (), list_since: date | None = None
    ) -> History:
        """Read the ledger's rows; what can no longer get into the chat is left out, but today's is not forgotten."""
        messages = map(KnownMessage.from_ledger, rows)
        live = tuple(message for message in messages if message.is_in_chat or message.day == now.date())
        return cls(now, live, tuple(calls), list_since)

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.date()

    @property
    def is_notified_today(self) -> bool:
        """Whether any chat was notified of anything today."""
        return bool(self._of_today)

    def is_told_today(self, destination: str) -> bool:
        """Tell whether anything was told to this destination today."""
        return any(message.destination == destination for message in self._of_today)

    def unchanged_today(self, changes: Iterable[Change]) -> set[str]:
        """Return the subjects of today's messages that are in the chat and stay as they are."""
        changed = {change.message.subject for change in changes if change.message.day == self.today}
        return {message.subject for message in self._of_today if message.is_in_chat} - changed

    def plan(
        self,
        asked: Sequence[int],
        waiting: Collection[int],
        destinations: Mapping[int, str],
        *,
        is_notifying: bool,
        digest_above: int,
        says_none: bool,
    ) -> Plan:
        """Decide what a run does about the repairs ``asked`` for, in order, given who of all known ones waits now.

        ``destinations`` says of each that waits where it is told; what was told today, wherever, is not told again.
        A run that is not ``is_notifying`` brings nothing new, only what was withdrawn today and is true again.
        """
        still_waiting = tuple(each for each in asked if each in waiting and not self.is_off_the_list(each))
        new = still_waiting if is_notifying else tuple(each for each in still_waiting if each in self.withdrawn)
        return Plan(
            waiting=still_waiting,
            groups=tuple(self.groups(new, destinations, digest_above)),
            says_nobody_waits=is_notifying and not still_waiting and says_none and not self.is_notified_today,
            changes=tuple(self.changes(waiting)),
            doubtful=self.doubtful(waiting),
        )

    def doubtful(self, waiting: Collection[int]) -> int:
        """Return how many repairs wait by the chat when nobody of :meth:`watched` does; 0 if that can be believed."""
        in_chat = (message for message in self.messages if message.is_in_chat)
        mentions = (mention for message in in_chat for mention in message.mentions)
        found = {
            mention.repair_id
            for mention in mentions
            # That the CRM agrees with what staff have said is no wonder.
            if mention.called_at is None and not self.is_off_the_list(mention.repair_id)
        }
        return 0 if waiting or len(found) < DOUBTFUL_REPAIRS else len(found)

    def call(self, day: date, mention: Mention) -> Called | None:
        """Return who has called first since the day of a message, or since the customer came back on the list."""
        for called in self._calls.get(mention.repair_id, ()):
            is_of_this_wait = mention.waits_again_at is None or called.called_at > mention.waits_again_at
            if is_of_this_wait and self._local_day(called.called_at) >= day:
                return called
        return None

    def is_off_the_list(self, repair_id: int) -> bool:
        """Tell whether somebody has said today that the customer was called, and the CRM has not agreed since.

        It holds until the next working day: then the customer who still waits by the CRM is on the list again.
        """
        called_at = self._called_at(repair_id)
        if called_at is None or self._local_day(called_at) < (self.list_since or self.today):
            return False
        over = (mention.called_at or mention.waits_again_at for mention in self._mentions.get(repair_id, ()))
        return not any(instant is not None and instant > called_at for instant in over)

    def is_called_today(self, repair_id: int) -> bool:
        """Tell whether somebody has said today that the customer was called, whatever the CRM says since."""
        called_at = self._called_at(repair_id)
        return called_at is not None and self._local_day(called_at) == self.today

    def has_earlier(self, message: KnownMessage) -> bool:
        """Tell whether something else was told before to the message's destination, on the message's day."""
        there = (known for known in self.messages if known.destination == message.destination)
        return next(known for known in there if known.day == message.day and known.is_live) is not message

    @property
    def withdrawn(self) -> set[int]:
        """The repairs of messages that were withdrawn today: of who waits again the chat is notified after all."""
        of_today = (message for message in self.messages if message.day == self.today and not message.is_live)
        return {mention.repair_id for message in of_today for mention in message.mentions} - self._notified_today

    def watched(self) -> set[int]:
        """Return the repairs of all messages that may have to change."""
        return {
            mention.repair_id
            for message in self.messages
            if message.is_live and (message.day == self.today or message.is_open or self._loses_any(message))
            for mention in message.mentions
        }

    def times(self, repair_id: int) -> int:
        """Return on how many days of this episode the chat will have been notified of the repair, today included."""
        return max((mention.times for _, mention in self._open_before(repair_id, self.today)), default=0) + 1

    def first_notified_on(self, repair_id: int, before: date) -> date | None:
        """Return the first day of this episode on which the chat was notified of it, if it is before a day."""
        return min((day for day, _ in self._open_before(repair_id, before)), default=None)

    def groups(self, waiting: Sequence[int], destinations: Mapping[int, str], digest_above: int) -> Iterator[Group]:
        """Share out those waiting, but for today's: to each destination so many a day singly, the rest in tens.

        Destinations come in the order of who waits, and so do those who are told there.
        """
        # Loads pandas, which only the task that writes messages needs.
        from sancrm_notifications.notifications.missed_calls import figures

        for destination in dict.fromkeys(destinations[repair_id] for repair_id in waiting):
            told = (message for message in self._of_today if message.destination == destination)
            room = max(digest_above - sum(len(message.mentions) == 1 for message in told), 0)
            there = [repair_id for repair_id in waiting if destinations[repair_id] == destination]
            for number, repair_ids in enumerate(figures.groups(there, self._notified_today, room)):
                yield Group(destination, repair_ids, is_first=number == 0)

    def unfinished(self, changes: Iterable[Change]) -> set[str]:
        """Return the subjects of what changes now, and of what is still on its way into the chat.

        What waits for a person is not among them: a check an hour later does not bring it up again.
        """
        on_their_way = {message.subject for message in self.messages if message.state in {"stored", "sending"}}
        return on_their_way | {change.message.subject for change in changes}

    def changes(self, waiting: Collection[int]) -> list[Change]:
        """Return the messages that say what is no longer true, given who of :meth:`watched` waits now.

        Who waits no longer is marked in all messages of all days.  Today's message of one who waits again, because
        a click was taken back, says so again; an earlier day's does not: the next working day begins anew.
        """
        found = []
        for message in self.messages:
            mentions = tuple(
                self._marked(message, self._at_present(message, mention, waiting)) for mention in message.mentions
            )
            if message.is_live and mentions != message.mentions:
                is_over = all(mention.called_at is not None for mention in mentions)
                found.append(Change(message, mentions, is_withdrawn=is_over and not message.is_in_chat))
        return found

    def _at_present(self, message: KnownMessage, mention: Mention, waiting: Collection[int]) -> Mention:
        is_waiting = mention.repair_id in waiting
        if mention.called_at is None:
            return mention if is_waiting else replace(mention, called_at=self.now)
        if is_waiting and message.day == self.today:
            return replace(mention, called_at=None, notices=1, waits_again_at=self.now)
        if message.has_lost(mention, self._midnight):
            return replace(mention, called_at=self.now, notices=mention.notices + 1)
        return mention

    def _marked(self, message: KnownMessage, mention: Mention) -> Mention:
        called = self.call(message.day, mention)
        return replace(mention, marked_at=None if called is None else called.called_at)

    def _called_at(self, repair_id: int) -> datetime | None:
        calls = self._calls.get(repair_id, ())
        return calls[-1].called_at if calls else None

    def _local_day(self, instant: datetime) -> date:
        return instant.astimezone(self.now.tzinfo).date()

    @cached_property
    def _calls(self) -> dict[int, list[Called]]:
        found: dict[int, list[Called]] = {}
        for called in self.calls:
            found.setdefault(called.repair_id, []).append(called)
        return found

    @cached_property
    def _mentions(self) -> dict[int, list[Mention]]:
        found: dict[int, list[Mention]] = {}
        for message in self.messages:
            for mention in message.mentions:
                found.setdefault(mention.repair_id, []).append(mention)
        return found

    def _loses_any(self, message: KnownMessage) -> bool:
        return any(message.has_lost(mention, self._midnight) for mention in message.mentions)

    @property
    def _of_today(self) -> list[KnownMessage]:
        return [message for message in self.messages if message.day == self.today and message.is_live]

    @property
    def _notified_today(self) -> set[int]:
        return {mention.repair_id for message in self._of_today for mention in message.mentions}

    @property
    def _midnight(self) -> datetime:
        return datetime.combine(self.today, time.min, tzinfo=self.now.tzinfo)

    def _open_before(self, repair_id: int, day: date) -> list[tuple[date, Mention]]:
        return [(notified_on, mention) for notified_on, mention in self._open.get(repair_id, ()) if notified_on < day]

    @cached_property
    def _open(self) -> dict[int, list[tuple[date, Mention]]]:
        """The days on which the chat was notified of each repair in its present episode."""
        found: dict[int, list[tuple[date, Mention]]] = {}
        for message in self.messages:
            for mention in message.mentions:
                if message.is_in_chat and mention.called_at is None:
                    found.setdefault(mention.repair_id, []).append((message.day, mention))
        return found
