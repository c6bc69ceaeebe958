"""Ledgers full of stored messages, of several sizes; each delivery gets a fresh copy."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from local import postgres
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.text.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHATS = 100
COPY = "ledger_copy"
# As long as a branch's report.
TEXT = "\n".join(f"<b>Выручка, строка {line}</b>: 1 234 567 ₽ (+12,5 %)" for line in range(25))


class Ledgers:
    """Databases of one server, made on first use from a filled one.

    ``conninfo`` gives the connection string of a database by its name.
    """

    def __init__(self, conninfo: Callable[[str], str]) -> None:
        self._conninfo = conninfo
        self._filled: set[int] = set()

    def fresh(self, count: int) -> str:
        """Return the connection string of a ledger with ``count`` messages stored, none sent; replaces the last one."""
        template = f"ledger_{count}"
        if count not in self._filled:
            self._run("drop database if exists {}", template)
            self._run("create database {}", template)
            stored = store(self._conninfo(template), batch(count), messages(count))
            if stored.stored != count:
                raise ValueError(f"{stored.stored} parts were stored instead of {count}: the texts are too long")
            self._filled.add(count)
        self._run("drop database if exists {}", COPY)
        self._run("create database {} template {}", COPY, template)
        conninfo = self._conninfo(COPY)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("vacuum (analyze)")
        return conninfo

    def empty(self, name: str) -> str:
        """Return the connection string of a database of that name with nothing in it; replaces the last one."""
        self._run("drop database if exists {}", name)
        self._run("create database {}", name)
        return self._conninfo(name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._conninfo(postgres.USER), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def ledgers(cache: Path) -> Iterator[Ledgers]:
    """Run the server in ``cache`` for the length of a ``with``."""
    cache.mkdir(parents=True, exist_ok=True)
    server = postgres.start(cache / "postgres")
    try:
        yield Ledgers(server.conninfo)
    finally:
        server.stop()


def batch(count: int) -> Batch:
    """Return the batch of so many messages."""
    return Batch("benchmark", str(count), f"benchmark/{count}", timedelta(days=1))


def messages(count: int) -> Iterator[Message]:
    """Yield messages, spread evenly over the chats."""
    for number in range(count):
        destination = f"branch:{number % CHATS}"
        yield Message(subject=f"message:{number}", destination=destination, label=str(number), html=TEXT)
