"""What a row of the table plays on: a ledger, a stand-in, four chats, and processes that deliver."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
from psycopg.rows import dict_row

from local.telegram_stand_in import StandIn
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.ledger.storing import Batch, Stored, store
from sancrm_notifications.text.message import Message
from tests.faults.worker import Halt, Report, Work, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from sancrm_notifications.settings import Settings
    from tests.conftest import Databases
    from tests.faults.pace import Pace

TOKEN = "42:FAULTS"
STAFF, NORTH, CENTRE, SOUTH = -1001, -1002, -1003, -1004
CHATS = {"reports": STAFF, "branch:1": NORTH, "branch:2": CENTRE, "branch:3": SOUTH}
BRANCHES = tuple(name for name in CHATS if name != "reports")
PHONE = "+7 900 123-45-67"
DAY = Batch("profitability_daily", "2026-11-20", "profitability_daily/2026-11-20", timedelta(days=30))
_LOOK_SECONDS = 0.02
# Each process is forked from one that has everything imported: it starts as fast as a fork and dies as any other.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.faults.worker"])


def report(number: int, destination: str, words: str = "Отчёт", **more: Any) -> Message:
    """Return a message that can be told from every other by its number, with a client's phone in it."""
    subject = more.pop("subject", f"report:{number}")
    html = f"<b>{words}</b> №{number:04}. Клиент {PHONE}"
    return Message(subject=subject, destination=destination, label=f"Филиал {number}", html=html, **more)


class Worker:
    """One delivering process."""

    def __init__(self, process: ForkServerProcess, answer: Connection) -> None:
        self._process = process
        self._answer = answer

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """End it at once, as the kernel does."""
        self._process.kill()
        self._process.join()

    def go_on(self) -> None:
        """Let a stopped process run again."""
        os.kill(self.pid, signal.SIGCONT)

    def is_stopped(self) -> bool:
        """Tell whether it is stopped (SIGSTOP)."""
        assert self._process.is_alive(), f"the process ended before it was to stop: {self.wait()}"
        return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED

    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return not self._process.is_alive()

    def wait(self, seconds: float = 600.0) -> Report | None:
        """Return how it ended; None when it was killed."""
        try:
            told = self._answer.recv() if self._answer.poll(seconds) else None
        except EOFError:
            told = None
        self._process.join(seconds)
        assert not self._process.is_alive(), "the process does not end"
        assert told is not None or self._process.exitcode == -signal.SIGKILL, "the process broke: see its log"
        return told

    def tidy(self) -> None:
        """Leave no process behind."""
        if self._process.is_alive():
            self.kill()


@dataclass
class Scene:
    """One play of a row; ``rng`` is what the seed decides."""

    databases: Databases
    conninfo: str
    stand_in: StandIn
    pace: Pace
    seed: int
    rng: random.Random
    directory: Path
    settings: Settings
    token: str = TOKEN
    topics: dict[str, int] = field(default_factory=dict)
    chats: dict[str, int] = field(default_factory=lambda: dict(CHATS))
    workers: list[Worker] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """Where all processes write everything they log."""
        return self.directory / "delivery.log"

    def store(self, *messages: Message, batch: Batch = DAY) -> Stored:
        """Write messages into the ledger."""
        return store(self.conninfo, batch, messages)

    def fill(self, number: int = 15, batch: Batch = DAY, first: int = 1) -> int:
        """Store so many reports to three branches' chats, as the seed deals them, and a summary that goes out last."""
        deal = [BRANCHES[index % len(BRANCHES)] for index in range(number)]
        random.Random(self.seed).shuffle(deal)  # noqa: S311 - the same whenever this day is stored again
        reports = [report(first + index, chat) for index, chat in enumerate(deal)]
        summary = report(first + number, "reports", "Сводка", closes_batch=True, subject="network")
        self.store(*reports, summary, batch=batch)
        return number + 1

    def start(self, batch: Batch = DAY, **more: Any) -> Worker:
        """Begin to deliver in a process of its own; ``more`` are fields of :class:`Work`."""
        where = {name: (str(chat), self.topics.get(name)) for name, chat in self.chats.items()}
        work = Work(
            conninfo=self.conninfo,
            base_url=more.pop("base_url", self.stand_in.base_url),
            token=self.token,
            batch=batch.name,
            is_backfill=batch.is_backfill,
            chats=where,
            pace=self.pace,
            settings=self.settings,
            log=self.log,
        )
        mine, its = _processes.Pipe(duplex=False)
        process = _processes.Process(target=run, args=(replace(work, **more), its))
        process.start()
        its.close()
        worker = Worker(process, mine)
        self.workers.append(worker)
        return worker

    def once(self, batch: Batch = DAY, **more: Any) -> Report | None:
        """Deliver once, to the process's end."""
        return self.start(batch, **more).wait()

    def finish(self, batch: Batch = DAY, **more: Any) -> dict[str, int]:
        """Deliver, again and again as Airflow's retries and triggers do, until all is settled; return the states."""
        reopens = more.pop("reopen_parked", True)
        while True:
            told = self.once(batch, reopen_parked=reopens, **more)
            assert told is not None
            if told.error is None:
                return told.states
            assert told.error in {"PostponedError", "OperationalError"}, told
            reopens = False
            time.sleep(told.seconds or self.pace.retry)

    def halted(self, point: str, number: int = 1, how: signal.Signals = signal.SIGKILL, **more: Any) -> Worker:
        """Deliver until the process kills (or stops) itself at a point, and wait for that."""
        worker = self.start(halt=Halt(point, number, how), **more)
        self.until(worker.is_stopped if how is signal.SIGSTOP else worker.is_over, 60)
        return worker

    def until(self, holds: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until something is seen from outside."""
        given_up_at = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < given_up_at, f"not seen within {seconds} s"
            time.sleep(_LOOK_SECONDS)

    def until_accepted(self, number: int, chat: int | None = None) -> None:
        """Wait until the stand-in has accepted so many messages."""
        self.until(lambda: len(self.stand_in.messages(chat)) >= number, 120)

    def texts(self, chat: int | None = None) -> list[str]:
        """Return what stands in one chat, or in all, in the order of acceptance."""
        return [message["text"] for message in self.stand_in.messages(chat)]

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Look into the ledger."""
        with psycopg.connect(self.conninfo, row_factory=dict_row) as connection:
            return connection.execute(statement.encode()).fetchall()

    def change(self, statement: str) -> None:
        """Change the ledger as time would: a wait is over, a day has passed."""
        with psycopg.connect(self.conninfo) as connection:
            connection.execute(statement.encode())

    def states(self) -> list[str]:
        """Return the state of each message, in order of storing."""
        return [row["state"] for row in self.rows("select state from notifications.messages order by message_id")]

    def in_flight(self) -> int:
        """Return how many requests the ledger believes to be under way."""
        return len(self.rows("select 1 from notifications.attempts where finished_at is null"))

    def restart_telegram(self, away_seconds: float) -> None:
        """Take the server away for a while; what it accepted and its address stay."""
        port = int(self.stand_in.url.rpartition(":")[2])
        self.stand_in.stop()
        time.sleep(away_seconds)
        self.stand_in = _stand_in(self.pace, self.directory, port)
        self.stand_in.__enter__()


@contextmanager
def played(databases: Databases, pace: Pace, seed: int, directory: Path) -> Iterator[Scene]:
    """Open a scene with a fresh ledger, and leave nothing running behind."""
    conninfo = databases.create(make_template(databases))
    stand_in = _stand_in(pace, directory).__enter__()
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    scene = Scene(databases, conninfo, stand_in, pace, seed, rng, directory, pace.settings)
    try:
        yield scene
    finally:
        for worker in scene.workers:
            worker.tidy()
        scene.stand_in.stop()


def make_template(databases: Databases) -> str:
    """Make the empty ledger that scenes begin with, once, and return its name."""
    return databases.template("ledger", _upgraded)


def _stand_in(pace: Pace, directory: Path, port: int = 0) -> StandIn:
    titles = {chat: name for name, chat in CHATS.items()}
    return StandIn(
        time_scale=pace.time_scale, chats=titles, tokens={TOKEN}, state=directory / "telegram.sqlite", port=port
    )


def _upgraded(connection: psycopg.Connection) -> None:
    connection.autocommit = True
    upgrade(connection)
