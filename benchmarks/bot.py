"""``python -m benchmarks.bot``: how soon a question is answered, beside python-telegram-bot's plain Application.

From the moment at which somebody writes to the moment at which the stand-in, which keeps Telegram's limits at true
speed, accepts the answer. The ledger is a PostgreSQL on this machine. ``--seconds`` is how long one question a second
is asked. How it is over an hour, through Airflow's triggerer, is asked by ``python -m benchmarks bot_hour``.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from benchmarks.measurement import Answer, Limit, Row, Sample
from benchmarks.table import table
from local import postgres
from local.telegram_stand_in import StandIn
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.measurement import Options
    from local.telegram_stand_in import ControlClient

ROOT = Path(__file__).parents[1]
TOKEN = "42:SPEED"  # noqa: S105 - a name for the stand-in, no secret
FIRST_PERSON = 1000
CROWD = 200
IDLE_SECONDS = 20.0
STARTS_A_SECOND = 20
# The plain one does not ask again what Telegram has refused: after so long without an answer none will come.
QUIET_SECONDS = 10.0
SECONDS, QUICK_SECONDS = 60, 15
MEDIAN_SECONDS, P99_SECONDS, CROWD_SECONDS, IDLE_PERCENT = 0.1, 1.0, 8.0, 2.0
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Figures:
    """How one bot did: how long each question waited, until a crowd was answered, how many of it, % of a core idle."""

    waits: tuple[float, ...]
    crowd: float
    answered: int
    idle: float

    @property
    def p99(self) -> float:
        """The wait that one question in a hundred exceeds."""
        return self.waits[min(math.ceil(len(self.waits) * 0.99), len(self.waits)) - 1]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="How soon a question to the bot is answered.")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    answer = _measure(parser.parse_args().seconds)
    print(table(answer.rows), *answer.remarks, sep="\n")


def measure(options: Options) -> Answer:
    """Time both bots in one run; return them with the limits that were promised."""
    return _measure(QUICK_SECONDS if options.quick else SECONDS)


def _measure(seconds: int) -> Answer:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        server = postgres.start(Path(directory))
        try:
            conninfo = server.conninfo("postgres")
            with psycopg.connect(conninfo, autocommit=True) as connection:
                upgrade(connection)
            ours, plain = (measured(who, conninfo, seconds) for who in ("ours", "plain"))
        finally:
            server.stop()
    return Answer(
        [
            _row("a question, one a second", Sample(ours.waits, "s"), Sample(plain.waits, "s"), MEDIAN_SECONDS),
            _row("its 99th percentile", Sample((ours.p99,), "s"), Sample((plain.p99,), "s"), P99_SECONDS),
            _row(f"{CROWD} at once", Sample((ours.crowd,), "s"), Sample((plain.crowd,), "s"), CROWD_SECONDS),
            _row(
                "an idle bot", Sample((ours.idle,), "% of a core"), Sample((plain.idle,), "% of a core"), IDLE_PERCENT
            ),
        ],
        [f"Of {CROWD} questions at once ours answered {ours.answered}, the plain Application {plain.answered}."],
    )


def _row(what: str, ours: Sample, plain: Sample, at_most: float) -> Row:
    return Row(f"bot: {what}", ours, "python-telegram-bot's Application", plain, Limit(at_most))


def measured(who: str, conninfo: str, seconds: int) -> Figures:
    """Return how one bot does."""
    with StandIn(tokens={TOKEN}) as stand_in, listener(who, stand_in, conninfo) as process:
        people = range(FIRST_PERSON, FIRST_PERSON + CROWD)
        for person in people:
            stand_in.add_person(person, "Клиент")
        stand_in.start(people[0])
        _until(lambda: _answers(stand_in) >= 1)
        used, began = _cpu(process), time.monotonic()
        time.sleep(IDLE_SECONDS)
        # The system counts in hundredths of a second: less than one is none.
        idle = max(_cpu(process) - used, 0.01) / (time.monotonic() - began)
        for person in people[1:]:
            stand_in.start(person)
            time.sleep(1 / STARTS_A_SECOND)
        _until(lambda: _answers(stand_in) >= CROWD)
        waits = tuple(sorted(_one_a_second(stand_in, people, seconds)))
        return Figures(waits, *_all_at_once(stand_in, people), idle * 100)


@contextmanager
def listener(who: str, stand_in: ControlClient, conninfo: str, token: str = TOKEN) -> Iterator[psutil.Process]:
    """Run a bot as a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bot_process", who, stand_in.base_url, token, conninfo]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _one_a_second(stand_in: StandIn, people: range, seconds: int) -> Iterator[float]:
    """Yield how long each question waited; nobody looks meanwhile, which would cost the stand-in its time."""
    known = len(stand_in.messages())
    asked: list[tuple[int, float]] = []
    for number in range(seconds):
        asked.append((people[number % len(people)], time.time()))
        stand_in.write(asked[-1][0], "сколько?")
        time.sleep(max(0.0, asked[-1][1] + 1 - time.time()))
    _until(lambda: len(stand_in.messages()) >= known + 2 * seconds)
    answered: dict[int, list[float]] = {person: [] for person in people}
    for one in stand_in.messages()[known:]:
        if one["sender"] is None:
            answered[one["chat_id"]].append(float(one["accepted_at"]))
    for person, asked_at in asked:
        yield answered[person].pop(0) - asked_at


def _all_at_once(stand_in: StandIn, people: range) -> tuple[float, int]:
    """Return the seconds until a crowd's last answer, and how many were answered."""
    known, asked_at = len(stand_in.messages()), time.time()
    stand_in.write_many([{"chat_id": person, "text": "сколько?"} for person in people])
    while True:
        answers = [one for one in stand_in.messages()[known:] if one["sender"] is None]
        last_at = float(answers[-1]["accepted_at"]) if answers else asked_at
        if len(answers) >= len(people) or time.time() - last_at > QUIET_SECONDS:
            return last_at - asked_at, len(answers)
        time.sleep(1)


def _answers(stand_in: StandIn) -> int:
    return len([one for one in stand_in.messages() if one["sender"] is None])


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _until(holds: Callable[[], bool]) -> None:
    given_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > given_up_at:
            raise TimeoutError("the bot does not answer")
        time.sleep(1)


if __name__ == "__main__":
    main()
