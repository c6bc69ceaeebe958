"""Listeners as processes of their own: killed at every point, frozen, taking over, and told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bot.listening.conftest import CLIENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bot.listening.conftest import Ear

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 60.0
NEXT_LISTENER_SECONDS = 20.0


@contextmanager
def process(ear: Ear, number: int, point: str = "", conninfo: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run a listener; it is killed in the end."""
    command = [sys.executable, "-m", "tests.bot.listening.process", conninfo or ear.conninfo]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"}
    arguments = [ear.stand_in.base_url, str(number), *([point] if point else [])]
    started = subprocess.Popen(
        [*command, *arguments], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def until(holds: Callable[[], object], what: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is seen from outside."""
    given_up_at = time.monotonic() + patience_seconds
    while not holds():
        assert time.monotonic() < given_up_at, f"not seen: {what}"
        time.sleep(0.02)


def listens(ear: Ear, number: int) -> bool:
    """Tell whether this listener has the lease and has been answered since."""
    rows = ear.rows("select number, polled_at > listening_since as polls from notifications.listeners")
    return bool(rows) and rows[0]["number"] == number and bool(rows[0]["polls"])


def effects_twice(ear: Ear) -> int:
    """Return how many updates had their effect more than once."""
    return len(ear.rows("select update_id from notifications.effects group by 1 having count(*) > 1"))


def conflicts(ear: Ear) -> int:
    """Return how many polls were refused because another polled."""
    return len([call for call in ear.stand_in.requests("getUpdates") if call["status"] == 409])


@pytest.mark.parametrize("point", ["before commit", "after commit", "asking", "answered"])
def test_killed_at_any_point_an_update_has_one_effect_and_no_second_answer(ear: Ear, point: str) -> None:
    ear.stand_in.start(CLIENT)
    with process(ear, 1, point) as first:
        first.wait(PATIENCE_SECONDS)
        assert first.returncode == -signal.SIGKILL
    # Its lease of some seconds is over; how long that takes is seen below.
    ear.rows("update notifications.listeners set lease_until = clock_timestamp()")
    with process(ear, 2):
        ear.stand_in.write(CLIENT, "живы?")
        if point in {"asking", "answered"}:
            # Its claim has a lease: time passes.
            ear.rows("update notifications.attempts set lease_until = clock_timestamp() where finished_at is null")
        until(lambda: "Ответ: живы?" in ear.answers(), "the next question is answered")

    assert effects_twice(ear) == 0
    states = {row["subject"]: row["state"] for row in ear.rows("select subject, state from notifications.messages")}
    sent = ear.answers().count("Ответ: /start")
    held = list(states.values()).count("held")
    assert sent + held == {"before commit": 1, "after commit": 1, "asking": 1, "answered": 2}[point], (states, sent)
    assert sent <= 1


def test_the_younger_takes_over_between_two_polls_and_the_older_ends(ear: Ear) -> None:
    ear.stand_in.start(CLIENT)
    with process(ear, 1) as first:
        until(lambda: listens(ear, 1), "the first listens")
        with process(ear, 2) as second:
            until(lambda: ear.stand_in.write(CLIENT, "ещё") and first.poll() is not None, "the first ends")
            until(lambda: listens(ear, 2), "the second listens")
            second.terminate()
            ear.stand_in.write(CLIENT, "конец")
            assert second.wait(NEXT_LISTENER_SECONDS) == 0
        assert first.returncode == 0
    assert conflicts(ear) == 0
    assert effects_twice(ear) == 0
    answered = ear.answers()
    assert len(answered) <= len(ear.inbox())


def test_a_frozen_one_is_replaced_and_sends_nothing_when_it_thaws(ear: Ear) -> None:
    ear.stand_in.start(CLIENT)
    with process(ear, 1) as first:
        until(lambda: listens(ear, 1), "the first listens")
        first.send_signal(signal.SIGSTOP)
        frozen_at = time.monotonic()
        with process(ear, 2):
            ear.stand_in.write(CLIENT, "слышно?")
            until(lambda: "Ответ: слышно?" in ear.answers(), "the second answers")
            assert time.monotonic() - frozen_at < NEXT_LISTENER_SECONDS
            first.send_signal(signal.SIGCONT)
            ear.stand_in.write(CLIENT, "а теперь?")
            until(lambda: "Ответ: а теперь?" in ear.answers(), "and goes on")
            assert first.wait(NEXT_LISTENER_SECONDS) == 0
    assert effects_twice(ear) == 0
    assert ear.answers() == ["Ответ: /start", "Ответ: слышно?", "Ответ: а теперь?"]
