"""A listener's longer misfortunes, in real processes; run by `make test-faults` because each takes a minute."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.bot.listening.conftest import CLIENT
from tests.bot.listening.test_processes import conflicts, effects_twice, listens, process, until

if TYPE_CHECKING:
    from tests.bot.listening.conftest import Ear

pytestmark = pytest.mark.timeout(300)

RESTARTS = 10
RESTART_SECONDS = 6.0
FROZEN_SECONDS = 60.0
NEXT_LISTENER_SECONDS = 20.0


def asked(ear: Ear, seconds: float, number: int) -> int:
    """Ask a question a second for so long; return the number of the next one."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        ear.stand_in.write(CLIENT, f"вопрос {number}.")
        number += 1
        time.sleep(1.0)
    return number


def times_answered(ear: Ear, questions: int) -> list[int]:
    """Return how often each question is named in an answer; several may be answered together."""
    everything = "\n".join(ear.answers())
    return [everything.count(f"вопрос {number}.") for number in range(questions)]


def held(ear: Ear) -> int:
    """Return how many answers wait for a person, because nobody knows whether they arrived."""
    return len(ear.rows("select 1 from notifications.messages where state = 'held'"))


@pytest.mark.parametrize("seed", [1, 2])
def test_restarted_ten_times_in_a_minute_it_answers_each_question_once(ear: Ear, seed: int) -> None:
    chance, questions = random.Random(seed), 0  # noqa: S311 - a play, no secret
    ear.stand_in.start(CLIENT)
    for number in range(1, RESTARTS + 1):
        with process(ear, number) as listener:
            questions = asked(ear, RESTART_SECONDS, questions)
            listener.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM]))
            time.sleep(chance.random())
    with process(ear, RESTARTS + 1):
        # What was on its way when it was killed keeps the chat until its lease ends.
        until(lambda: sum(map(bool, times_answered(ear, questions))) + held(ear) >= questions, "all are answered", 200)
        waits = "select 1 from notifications.inbox where state in ('waiting', 'collected')"
        until(lambda: not ear.rows(waits), "nothing waits")

    answered = times_answered(ear, questions)
    assert max(answered) == 1, answered
    assert answered.count(0) <= held(ear)
    assert effects_twice(ear) == 0


def test_one_of_two_frozen_for_a_minute_sends_nothing_when_it_thaws(ear: Ear) -> None:
    ear.stand_in.start(CLIENT)
    with process(ear, 1) as first:
        until(lambda: listens(ear, 1), "the first listens")
        first.send_signal(signal.SIGSTOP)
        frozen_at = time.monotonic()
        ear.stand_in.write(CLIENT, "вопрос 0.")
        with process(ear, 2):
            until(lambda: times_answered(ear, 1) == [1], "the second answers")
            assert time.monotonic() - frozen_at < NEXT_LISTENER_SECONDS
            questions = asked(ear, frozen_at + FROZEN_SECONDS - time.monotonic(), 1)
            first.send_signal(signal.SIGCONT)
            questions = asked(ear, 5.0, questions)
            until(lambda: all(times_answered(ear, questions)), "all are answered")
            assert first.wait(NEXT_LISTENER_SECONDS) == 0
    assert times_answered(ear, questions) == [1] * questions
    assert effects_twice(ear) == 0
    assert conflicts(ear) == 0
