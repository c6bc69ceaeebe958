"""``python -m benchmarks.bot``: how soon a question is answered, beside python-telegram-bot's plain Application.

From the moment at which somebody writes to the moment at which the stand-in, which keeps Telegram's limits at true
speed, accepts the answer. The ledger is a PostgreSQL on this machine. ``--seconds`` is how long one question a second
is asked (3600 for the figures of an hour).
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from local import postgres
from local.telegram_stand_in import StandIn
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
TOKEN = "42:SPEED"  # noqa: S105 - a name for the stand-in, no secret
FIRST_PERSON = 1000
CROWD = 200
IDLE_SECONDS = 20.0
PATIENCE_SECONDS = 120.0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="How soon a question to the bot is answered.")
    parser.add_argument("--seconds", type=int, default=60)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        server = postgres.start(Path(directory))
        try:
            conninfo = server.conninfo("postgres")
            with psycopg.connect(conninfo, autocommit=True) as connection:
                upgrade(connection)
            print("| who | p50, s | p99, s | longest, s | 200 at once, s | CPU idle, % of a core |")
            print("|---|---|---|---|---|---|")
            for who in ("ours", "plain"):
                print(measured(who, conninfo, seconds))
        finally:
            server.stop()


def measured(who: str, conninfo: str, seconds: int) -> str:
    """Return a row of the table."""
    with StandIn(tokens={TOKEN}) as stand_in, listener(who, stand_in, conninfo) as process:
        people = range(FIRST_PERSON, FIRST_PERSON + CROWD)
        for person in people:
            stand_in.add_person(person, "Клиент")
        stand_in.start(people[0])
        _until(lambda: _answers(stand_in) >= 1)
        used, began = _cpu(process), time.monotonic()
        time.sleep(IDLE_SECONDS)
        idle = (_cpu(process) - used) / (time.monotonic() - began)
        for person in people[1:]:
            stand_in.start(person)
        _until(lambda: _answers(stand_in) >= CROWD)
        waits = sorted(_one_a_second(stand_in, people, seconds))
        crowd = _all_at_once(stand_in, people)
    p99 = waits[min(math.ceil(len(waits) * 0.99), len(waits)) - 1]
    return f"| {who} | {statistics.median(waits):.3f} | {p99:.3f} | {waits[-1]:.3f} | {crowd:.2f} | {idle * 100:.1f} |"


@contextmanager
def listener(who: str, stand_in: StandIn, conninfo: str) -> Iterator[psutil.Process]:
    """Run a bot as a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bot_process", who, stand_in.base_url, TOKEN, conninfo]
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


def _all_at_once(stand_in: StandIn, people: range) -> float:
    known, asked_at = len(stand_in.messages()), time.time()
    stand_in.write_many([{"chat_id": person, "text": "сколько?"} for person in people])
    _until(lambda: len(stand_in.messages()) >= known + 2 * len(people))
    return float(stand_in.messages()[-1]["accepted_at"]) - asked_at


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
