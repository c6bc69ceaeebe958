"""A process that delivers one batch, as a task does, and may be killed or stopped by itself at a named point."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.channels.telegram.hook import BotHook, RecordingRequest
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.delivery.errors import PostponedError
from sancrm_notifications.ledger import connecting
from sancrm_notifications.ledger.claiming import Claim, Ledger, Order, Priority, Run
from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from sancrm_notifications.ledger.outcome import Outcome
    from sancrm_notifications.ledger.recording import Attempt, Chat
    from sancrm_notifications.settings import Settings
    from tests.faults.pace import Pace

POINTS = {
    "claiming": "inside the claim's transaction, holding the bot's lock",
    "claimed": "the note before sending is written",
    "asking": "the request is about to begin",
    "answered": "Telegram's answer is there, not noted yet",
    "noting": "inside the note's transaction, holding the message's row",
    "noted": "the note after sending is written",
}


@dataclass(frozen=True, slots=True)
class Halt:
    """Where the process sends itself a signal: when it reaches a point for the ``number``-th time."""

    point: str
    number: int = 1
    signal: signal.Signals = signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Work:
    """What one process is to deliver, and how; ``chats`` is (chat, topic) by destination."""

    conninfo: str
    base_url: str
    token: str
    batch: str
    chats: dict[str, tuple[str, int | None]]
    pace: Pace
    settings: Settings
    log: Path
    subjects: tuple[str, ...] | None = None
    is_backfill: bool = False
    reopen_parked: bool = True
    run_id: str = "run"
    halt: Halt | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How a process ended by itself: with the batch's states, or with an error's class, text and wait."""

    states: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    text: str = ""
    seconds: float | None = None


class _Halts:
    """Counts how often each point is reached and sends the signal at the right moment."""

    def __init__(self, halt: Halt | None) -> None:
        self._halt = halt
        self._reached: Counter[str] = Counter()

    def reach(self, point: str) -> None:
        self._reached[point] += 1
        if self._halt and self._halt.point == point and self._halt.number == self._reached[point]:
            os.kill(os.getpid(), self._halt.signal)


class _Ledger(Ledger):
    halts: _Halts

    async def claim(self, chat: Chat) -> Claim:
        claim = await super().claim(chat)
        if claim.message is not None:
            self.halts.reach("claimed")
        return claim

    async def note(self, attempt: Attempt, outcome: Outcome, *, after_seconds: float) -> None:
        await super().note(attempt, outcome, after_seconds=after_seconds)
        self.halts.reach("noted")


class _Hook(BotHook):
    def __init__(self, address: BotAddress, halts: _Halts, pace: Pace) -> None:
        self.halts = halts
        self.pace = pace
        super().__init__(address)

    async def call(self, method: str, payload: dict[str, Any]) -> Outcome:
        self.halts.reach("asking")
        answer = await super().call(method, payload)
        self.halts.reach("answered")
        return answer

    def _request(self) -> RecordingRequest:
        request = super()._request()
        if self.pace.time_scale < 1:
            # The wait for a connection is written into the client and not a name that could be set.
            request._client.timeout = httpx.Timeout(self.pace.read)
        return request


@dataclass(frozen=True)
class _Bot(BotAddress):
    """A bot whose channel stops the process where it is told to."""

    halts: _Halts = field(kw_only=True, compare=False)
    pace: Pace = field(kw_only=True, compare=False)

    def channel(self) -> _Hook:
        return _Hook(self, self.halts, self.pace)


def run(work: Work, answer: Connection) -> None:
    """Deliver in this process, which exists for nothing else, and send a :class:`Report`."""
    # Everything is logged: what must not be in any log is looked for there.
    logging.basicConfig(filename=work.log, level=logging.DEBUG, force=True)
    work.pace.impose()
    halts = _Halts(work.halt)
    _halt_inside_transactions(halts)
    answer.send(asyncio.run(_delivered(work, halts)))


def _halt_inside_transactions(halts: _Halts) -> None:
    inside = {"claim": "claiming", "renew_turn": "noting"}

    def watched(name: str) -> bytes:
        if name in inside:
            halts.reach(inside[name])
        return query(name)

    setattr(connecting, "query", watched)  # noqa: B010 - it is the ledger's own name, not one it exports


async def _delivered(work: Work, halts: _Halts) -> Report:
    order = Order(work.batch, work.subjects, Priority.BACKFILL if work.is_backfill else Priority.CURRENT)
    ledger = _Ledger(work.conninfo, order, run=Run("faults", work.run_id, 1), settings=work.settings)
    ledger.halts = halts
    delivery = Delivery(ledger, work.settings)
    bot = _Bot(work.token, work.base_url, halts=halts, pace=work.pace)
    try:
        return Report(
            await delivery.run(lambda name: Address(bot, *work.chats[name]), reopen_parked=work.reopen_parked)
        )
    except PostponedError as postponed:
        return Report(error="PostponedError", text=str(postponed), seconds=postponed.seconds)
    except Exception as error:  # whatever it is, the one who started this process judges it
        logging.getLogger(__name__).exception("the delivery ended")
        return Report(error=type(error).__name__, text=str(error))
