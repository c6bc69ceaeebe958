"""Thousands of updates that come repeated, late, out of order and malformed, to the real loop.

``python -m tests.bot.listening.hostile --updates 5000`` plays them and says what came of them; a small number is played
with every run of the tests.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in import StandIn
from tests.bot.listening.conftest import CLIENT, Ear
from tests.bot.listening.responder import MAKE_EFFECTS
from tests.desk import SCALE, STAFF, TOKEN
from tests.faults.__main__ import databases_of_a_command
from tests.faults.scene import make_template

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_PERSON = 10_000
QUESTIONS_OF_ONE = 8
PORTION = 40
PATIENCE_SECONDS = 900.0
MALFORMED: tuple[dict[str, Any], ...] = (
    {},
    {"message": None},
    {"message": ["никакое"]},
    {"message": {"chat": {"id": FIRST_PERSON, "type": "private"}, "text": "без даты"}},
    {"message": {"chat": {"id": "не число", "type": "private"}, "date": 1, "message_id": 1, "text": "а"}},
    {"callback_query": {"id": 5}},
    {"my_chat_member": {"chat": {}}},
    {"poll_answer": {}},
    {"edited_message": {"chat": {"id": FIRST_PERSON, "type": "private"}, "date": 1e30, "message_id": 2}},
    {"message": {"text": "\x00" * 50, "chat": None}},
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "error", "method": "getUpdates", "status": 502},
    {"kind": "reset", "method": "getUpdates"},
    {"kind": "reset", "method": "getUpdates", "when": "after"},
    {"kind": "garbage", "method": "getUpdates", "when": "after"},
    {"kind": "reset", "method": "sendMessage"},
    {"kind": "error", "method": "sendMessage", "status": 429},
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the questions, counted at the socket and in the ledger."""

    questions: int
    came: int
    lost: int
    answered_twice: int
    effects_twice: int
    left: int
    seconds: float

    @property
    def is_as_promised(self) -> bool:
        """Whether each question had one effect and one answer, and nothing is left."""
        return self.lost == self.answered_twice == self.effects_twice == self.left == 0


async def played(ear: Ear, updates: int, seed: int) -> Outcome:
    """Play so many questions with everything that can go wrong on their way, from a seed."""
    chance = random.Random(seed)  # noqa: S311 - a play, no secret
    ear.stand_in.start(CLIENT)
    people = range(FIRST_PERSON, FIRST_PERSON + -(-updates // QUESTIONS_OF_ONE))
    for number in people:
        ear.stand_in.add_person(number, f"Имя {number}")
        ear.stand_in.start(number)
    questions = [(number, f"вопрос {number}.{turn}.") for turn in range(QUESTIONS_OF_ONE) for number in people]
    questions = questions[:updates]
    began_at = time.monotonic()
    async with ear.listening():
        for start in range(0, len(questions), PORTION):
            await asyncio.to_thread(_portion, ear, questions[start : start + PORTION], chance)
        await asyncio.to_thread(ear.stand_in.release_updates, "shuffled", seed)
        ear.stand_in.clear_faults()
        while _left(ear, questions) and time.monotonic() - began_at < PATIENCE_SECONDS:  # noqa: ASYNC110 - seen outside
            await asyncio.sleep(0.5)
    return _outcome(ear, questions, time.monotonic() - began_at)


def _portion(ear: Ear, questions: Sequence[tuple[int, str]], chance: random.Random) -> None:
    for fault in chance.sample(FAULTS, 2):
        ear.stand_in.plan_fault(**fault, times=1)
    ear.stand_in.repeat_updates(chance.randrange(1, 6), times=chance.randrange(1, 5))
    ear.stand_in.hold_updates(chance.randrange(0, 6))
    ear.stand_in.write_many({"chat_id": number, "text": text} for number, text in questions)
    for malformed in chance.sample(MALFORMED, 2):
        ear.stand_in.inject_update(malformed)
    if chance.random() < 0.5:
        ear.stand_in.release_updates("reversed")


def _left(ear: Ear, questions: Sequence[tuple[int, str]]) -> int:
    rows = ear.rows(
        "select (select count(*) from notifications.inbox where state in ('waiting', 'collected'))"
        " + (select count(*) from notifications.outstanding) as left_over,"
        " (select count(distinct content ->> 'text') from (select content -> 'message' as content"
        "  from notifications.inbox where state = 'handled') as messages"
        "  where content ->> 'text' like 'вопрос%%') as handled"
    )
    return int(rows[0]["left_over"]) + len(questions) - int(rows[0]["handled"])


def _outcome(ear: Ear, questions: Sequence[tuple[int, str]], seconds: float) -> Outcome:
    answers: dict[int, str] = {}
    for message in ear.stand_in.messages():
        if message["sender"] is None:
            answers[message["chat_id"]] = answers.get(message["chat_id"], "") + "\n" + message["text"]
    times = [answers.get(number, "").count(text) for number, text in questions]
    effects = Counter(row["update_id"] for row in ear.rows("select update_id from notifications.effects"))
    return Outcome(
        questions=len(questions),
        came=sum(ending.counts.total() - ending.counts["answers"] for ending in ear.endings),
        lost=times.count(0),
        answered_twice=sum(each > 1 for each in times),
        effects_twice=sum(each > 1 for each in effects.values()),
        left=_left(ear, questions),
        seconds=seconds,
    )


def main() -> int:
    """Play them; return 1 when it was not as promised."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--updates", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.disable(logging.ERROR)
    with (
        databases_of_a_command() as databases,
        StandIn(time_scale=SCALE, chats={STAFF: "Штаб"}, tokens={TOKEN}) as stand_in,
    ):
        stand_in.add_person(CLIENT, "Ольга")
        ear = Ear(databases.create(make_template(databases)), stand_in)
        ear.rows(MAKE_EFFECTS)
        outcome = asyncio.run(played(ear, given.updates, given.seed))
    sys.stdout.write(f"{outcome}\n")
    return 0 if outcome.is_as_promised else 1


if __name__ == "__main__":
    sys.exit(main())
