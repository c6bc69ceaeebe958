"""Deliver one batch in this process and say how long it took and how much memory it needed.

``python -m benchmarks.delivering CONNINFO BATCH BASE_URL`` prints JSON: seconds, resting_mb, peak_mb, states.
With ``--load`` it delivers nothing and loads the batch's messages instead, as a plain script would begin.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import psycopg

from benchmarks.stand_in import TOKEN
from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.ledger.claiming import Ledger, Order, Run
from sancrm_notifications.settings import Limits, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_SECONDS = 0.02
MEGABYTE = 1024 * 1024
# Telegram's limits would make 10 000 messages last for minutes; what is measured here is what is left without them.
UNLIMITED = Limits(chat_gap_seconds=0, group_messages=1, group_window_seconds=0, bot_messages=1, bot_window_seconds=0)


class PeakMemory:
    """Watches this process's resident memory from a thread; megabytes."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.resting_mb = self.peak_mb = self._now()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note the peak until the end of the ``with``."""
        done = threading.Event()
        thread = threading.Thread(target=self._watch, args=(done,))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(LOOK_SECONDS):
            self.peak_mb = max(self.peak_mb, self._now())

    def _now(self) -> float:
        return float(self._process.memory_info().rss) / MEGABYTE


def chat_id(destination: str) -> int:
    """Return the group that a destination ``branch:<id>`` leads to."""
    return -1_000_000 - int(destination.partition(":")[2])


async def deliver(conninfo: str, batch: str, base_url: str) -> dict[str, int]:
    """Deliver a batch as the operator does, without limits."""
    settings = Settings(limits=UNLIMITED)
    bot = BotAddress(TOKEN, base_url)
    ledger = Ledger(conninfo, Order(batch), run=Run("benchmark", batch, 1), settings=settings)
    return await Delivery(ledger, settings).run(lambda name: Address(bot, str(chat_id(name))))


def load(conninfo: str, batch: str) -> dict[str, int]:
    """Load all messages of a batch."""
    with psycopg.connect(conninfo) as connection:
        rows: list[Any] = connection.execute(
            "select * from notifications.messages where batch = %s order by message_id", [batch]
        ).fetchall()
        time.sleep(2 * LOOK_SECONDS)  # or the watch would miss them
        return {"loaded": len(rows)}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("conninfo")
    parser.add_argument("batch")
    parser.add_argument("base_url")
    parser.add_argument("--load", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    memory = PeakMemory()
    began = time.perf_counter()
    with memory.watching():
        if options.load:
            states = load(options.conninfo, options.batch)
        else:
            states = asyncio.run(deliver(options.conninfo, options.batch, options.base_url))
    seconds = time.perf_counter() - began
    found = {"seconds": seconds, "resting_mb": memory.resting_mb, "peak_mb": memory.peak_mb, "states": states}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
