"""What the benchmark of delivery speed sends: how many messages to which chats; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.delivery_bound import Load, soonest_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY_CHAT = -2_000_000
# As many lines as a branch's report has.
LINES = "\n".join(f"<b>Выручка, строка {line}</b>: 1 234 567 ₽ (+12,5 %)" for line in range(25))


@dataclass(frozen=True, slots=True)
class Planned:
    """One message; ``html`` begins with a line that no other message has."""

    number: int
    chat_id: int
    html: str
    is_summary: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return its fields."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many messages to each chat, and perhaps a summary after all of them, in a group of its own.

    ``at_most`` is the promised ratio of the time measured to the bound; ``is_gentle`` says that it leaves the
    processor alone, so that others may be measured beside it.
    """

    name: str
    what: str
    loads: tuple[Load, ...]
    at_most: float
    has_summary: bool = False
    is_gentle: bool = False

    @property
    def bound_seconds(self) -> int:
        """How soon Telegram's limits let the last message start; the summary waits for nothing but the others."""
        return soonest_seconds(self.loads)

    @property
    def chat_ids(self) -> list[int]:
        """The chats that must exist."""
        own = [_chat_id(number, load) for number, load in enumerate(self.loads)]
        return [*own, SUMMARY_CHAT] if self.has_summary else own

    def messages(self) -> list[Planned]:
        """Return all messages in the order in which they are stored: one to each chat, then the next to each."""
        planned = [Planned(number, chat_id, _html(number)) for number, chat_id in enumerate(self._rounds())]
        if self.has_summary:
            planned.append(Planned(len(planned), SUMMARY_CHAT, _html(len(planned)), is_summary=True))
        return planned

    def _rounds(self) -> Iterator[int]:
        for turn in range(max(load.messages for load in self.loads)):
            for number, load in enumerate(self.loads):
                if turn < load.messages:
                    yield _chat_id(number, load)


SCENARIOS = (
    Scenario("one_group", "one group × 100", (Load(100),), 1.05, is_gentle=True),
    Scenario(
        "five_groups", "five groups × 25, then a summary", (Load(25),) * 5, 1.05, has_summary=True, is_gentle=True
    ),
    Scenario("many_groups", "45 groups × 20", (Load(20),) * 45, 1.05),
    Scenario("private_chats", "300 private chats × 1", (Load(1, is_group=False),) * 300, 1.10),
)


def shared_out(messages: list[Planned], batches: int) -> list[list[Planned]]:
    """Return the messages in so many batches, each with its part of every chat's."""
    of_chat: dict[int, int] = {}
    shares: list[list[Planned]] = [[] for _ in range(batches)]
    for message in messages:
        place = of_chat.get(message.chat_id, message.number % batches)
        of_chat[message.chat_id] = place + 1
        shares[place % batches].append(message)
    return shares


def _chat_id(number: int, load: Load) -> int:
    return -1_000_000 - number if load.is_group else 1_000_000 + number


def _html(number: int) -> str:
    return f"Сообщение {number}\n{LINES}"
