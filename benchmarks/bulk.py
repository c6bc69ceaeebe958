"""Do five thousand approved messages leave at Telegram's pace while the bot answers questions?

Bulk and listener are processes of their own with one ledger and one bot, as in an installation. The stand-in keeps
Telegram's limits at true speed. Bulk's bound is that of the limits for its messages and the answers together.
"""

from __future__ import annotations

import math
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from benchmarks.bot import listener
from benchmarks.delivery_bound import Load, soonest_seconds
from benchmarks.fresh_process import command, environment
from benchmarks.measurement import Answer, Limit, Row, Sample
from benchmarks.stand_in import TOKEN, stand_in
from local import postgres
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.text.message import Message

if TYPE_CHECKING:
    from benchmarks.measurement import Options
    from local.telegram_stand_in import ControlClient

MESSAGES, QUICK_MESSAGES = 5000, 300
BOUND_RATIO, ANSWER_SECONDS = 1.05, 3.0
BULK = "client_statuses_bulk"
FIRST_PERSON = 100_000
ASKER = 7
_TEXT = "<b>Ремонт A-{number} готов, можно забирать</b>"
_PATIENCE_SECONDS = 60.0
_BETWEEN_QUESTIONS = 1.5


@dataclass(frozen=True, slots=True)
class Figures:
    """When each bulk message was accepted, when each question was asked, and when it was answered; seconds."""

    bulk: list[float]
    asked: list[float]
    answered: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From the first bulk message to the last."""
        return max(self.bulk) - min(self.bulk)

    @property
    def bound(self) -> float:
        """How long it takes at least beside the answers given meanwhile."""
        meanwhile = sum(min(self.bulk) <= at <= max(self.bulk) for at in self.answered)
        return soonest_seconds([Load(1, is_group=False)] * (len(self.bulk) + meanwhile))

    @property
    def waits(self) -> list[float]:
        """How long each question waited, the shortest first."""
        return sorted(answered - asked for asked, answered in zip(self.asked, self.answered, strict=True))

    @property
    def p99(self) -> float:
        """The wait that one question in a hundred exceeds."""
        return self.waits[math.ceil(len(self.waits) * 0.99) - 1]


def measure(options: Options) -> Answer:
    """Deliver and ask at once; return both with the limits that were promised."""
    return compare(QUICK_MESSAGES if options.quick else MESSAGES)


def compare(messages: int) -> Answer:
    """Measure so many messages."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        server = postgres.start(Path(directory))
        try:
            found = measured(server.conninfo("postgres"), messages)
        finally:
            server.stop()
    beside, bound = "Telegram's limits", Sample((found.bound,), "s")
    what = f"{messages:,} approved messages beside questions"
    return Answer(
        [
            Row(what, Sample((found.seconds,), "s"), beside, bound, Limit(BOUND_RATIO, of_ratio=True)),
            Row("a question meanwhile", Sample(tuple(found.waits), "s")),
            Row("its 99th percentile", Sample((found.p99,), "s"), limit=Limit(ANSWER_SECONDS)),
        ]
    )


def measured(conninfo: str, messages: int) -> Figures:
    """Deliver so many messages while a question a second is asked."""
    people = range(FIRST_PERSON, FIRST_PERSON + messages)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        upgrade(connection)
    batch = Batch(BULK, "bulk", BULK, timedelta(hours=9), unknown_policy="hold")
    store(conninfo, batch, [_message(person) for person in people])
    with stand_in(people, limits=True) as telegram, listener("ours", telegram, conninfo, TOKEN):
        telegram.add_person(ASKER, "Клиент")
        telegram.start(ASKER)
        _all(telegram, 0, 1)
        known = len(telegram.messages())
        process = _deliver(conninfo, telegram.base_url)
        asked: list[float] = []
        while process.poll() is None:
            asked.append(time.time())
            telegram.write(ASKER, "сколько?")
            # A chat takes one message a second.
            time.sleep(_BETWEEN_QUESTIONS)
        accepted = _all(telegram, known, messages + len(asked))
    bulk = [at for chat_id, at in accepted if chat_id != ASKER]
    answers = [at for chat_id, at in accepted if chat_id == ASKER]
    if (len(bulk), len(answers)) != (messages, len(asked)):
        raise ValueError(f"{len(bulk)} of {messages} messages and {len(answers)} of {len(asked)} answers arrived")
    return Figures(bulk, asked, answers)


def _message(person: int) -> Message:
    return Message(f"repair:{person}", f"client:{person}", str(person), _TEXT.format(number=person))


def _deliver(conninfo: str, url: str) -> subprocess.Popen[bytes]:
    words = command("benchmarks.bulk_process", conninfo, BULK, url, TOKEN)
    return subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL)


def _all(telegram: ControlClient, known: int, wanted: int) -> list[tuple[int, float]]:
    """Return chat and instant of everything that the bot has said since, once all of it is there."""
    given_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        said = [one for one in telegram.messages()[known:] if one["sender"] is None]
        if len(said) >= wanted or time.monotonic() > given_up_at:
            return [(one["chat_id"], float(one["accepted_at"])) for one in said]
        time.sleep(1)
