"""Client statuses are killed again and again while eight clients of the CRM write comments for customers."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from local.airflow_environment import ROOT
from tests.bot.crm import add_customer, add_repair
from tests.notifications.client_statuses.cycle import BEGAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.notifications.workshop import Workshop

WRITERS = 8
CLIENTS = 40
FIRST_ACCOUNT, FIRST_CUSTOMER, FIRST_REPAIR = 2_001, 5_001, 50_001
ROLLED_BACK = 0.1
# How long a cycle takes to begin: the writers go on meanwhile, so that there is much to do when it is killed.
_START_SECONDS = 2.5
_LONGEST_LIFE_SECONDS = 0.8
_PATIENCE_SECONDS = 120.0
# Each connection takes its ids in blocks: they are not in the order in which they become visible.
_SEQUENCE = "create sequence reporting.event_ids cache 20"
_COMMENT = """
    insert into reporting.repair_events (
        event_id, repair_id, kind, author, is_for_customer, comment, occurred_at, recorded_at
    )
    values (
        nextval('reporting.event_ids'), %s, 'comment', 'staff', true, %s, clock_timestamp(), clock_timestamp()
    )
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of the comments that were committed: told at all, told again, and unknown, visibly so."""

    committed: int
    told: int
    twice: int
    held: int
    lost: int


class Writer(threading.Thread):
    """A client of the CRM: transactions of some comments each, that end late and sometimes not at all."""

    def __init__(self, crm: str, number: int, seed: int, comments: int, seconds: float) -> None:
        super().__init__()
        self._crm, self._number, self._left = crm, number, comments
        self._pause = seconds * 6.5 / comments
        self._chance = random.Random(seed * WRITERS + number)  # noqa: S311 - no secret

    def run(self) -> None:
        """Write so many comments that are committed."""
        tried = 0
        with psycopg.connect(self._crm) as connection:
            while self._left > 0:
                comments = min(self._left, self._chance.randint(1, 12))
                for _ in range(comments):
                    tried += 1
                    repair_id = FIRST_REPAIR + self._chance.randrange(CLIENTS)
                    connection.execute(_COMMENT, (repair_id, f"Слово {self._number}-{tried}."))
                time.sleep(self._chance.uniform(0, 2 * self._pause))
                if self._chance.random() < ROLLED_BACK:
                    connection.rollback()
                else:
                    connection.commit()
                    self._left -= comments


def play(workshop: Workshop, *, comments: int, kills: int, seed: int) -> Figures:
    """Have so many comments written while the tasks are killed so often; return what came of them."""
    _prepare(workshop)
    chance = random.Random(seed)  # noqa: S311 - no secret
    seconds = kills * (_START_SECONDS + _LONGEST_LIFE_SECONDS / 2)
    writers = [Writer(workshop.crm, number, seed, comments // WRITERS, seconds) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(kills):
        with _cycle():
            time.sleep(chance.uniform(0, _LONGEST_LIFE_SECONDS))
    with _cycle():
        for writer in writers:
            writer.join()
        _until(lambda: _is_done(workshop))
    return _figures(workshop)


def _prepare(workshop: Workshop) -> None:
    with psycopg.connect(workshop.crm) as crm:
        crm.execute(_SEQUENCE)
        for number in range(CLIENTS):
            add_customer(crm, FIRST_CUSTOMER + number, "Клиент")
            add_repair(crm, FIRST_REPAIR + number, FIRST_CUSTOMER + number)
    for number in range(CLIENTS):
        workshop.bind(FIRST_ACCOUNT + number, customer_id=FIRST_CUSTOMER + number)


@contextmanager
def _cycle() -> Iterator[None]:
    """Run the tasks in a process of their own, which is killed in the end."""
    command = [sys.executable, "-m", "tests.notifications.client_statuses.cycle"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().strip() == BEGAN
            yield
            assert process.poll() is None, "the tasks ended by themselves"
        finally:
            process.send_signal(signal.SIGKILL)


def _is_done(workshop: Workshop) -> bool:
    committed = len(_committed(workshop))
    (found,) = workshop.ledger(
        """
        select
            (select count(*) from notifications.seen_events where outcome = 'notified') as decided,
            (select count(*) from notifications.messages where state in ('stored', 'sending')) as under_way
        """
    )
    return bool(found["decided"] == committed and not found["under_way"])


def _figures(workshop: Workshop) -> Figures:
    everything = "\n".join(text for number in range(CLIENTS) for text in workshop.texts(FIRST_ACCOUNT + number))
    words = _committed(workshop)
    times = {word: everything.count(word) for word in words}
    held = "\n".join(
        row["html"] for row in workshop.ledger("select html from notifications.messages where state = 'held'")
    )
    unknown = {word for word in words if word in held}
    return Figures(
        committed=len(words),
        told=sum(bool(number) for number in times.values()),
        twice=sum(number - 1 for number in times.values() if number > 1),
        held=len(unknown),
        lost=sum(not number and word not in unknown for word, number in times.items()),
    )


def _committed(workshop: Workshop) -> list[str]:
    with psycopg.connect(workshop.crm) as crm:
        rows = crm.execute("select comment from reporting.repair_events where kind = 'comment'").fetchall()
        return [str(comment) for (comment,) in rows]


def _until(holds: Callable[[], bool]) -> None:
    given_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < given_up_at, "something is still under way"
        time.sleep(0.2)
