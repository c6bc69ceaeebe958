"""A ledger, a stand-in for Telegram and a way to deliver, as the operator does it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from local.telegram_stand_in import StandIn
from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.ledger.claiming import Ledger, Order, Priority, Run
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.ledger.storing import Batch, Stored, store
from sancrm_notifications.settings import Limits, Settings
from sancrm_notifications.text.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Databases

TOKEN = "42:TEST"
STAFF = -1001
# The stand-in's clock runs this much faster in tests, and so do the limits kept against it.
SCALE = 0.04
LIMITS = Limits(
    chat_gap_seconds=1.02 * SCALE + 0.03,
    group_window_seconds=60 * SCALE + 0.02,
    bot_window_seconds=1.02 * SCALE + 0.01,
)
DAY = Batch("profitability_daily", "2026-11-20", "profitability_daily/2026-11-20", timedelta(days=30))


def report(subject: str, html: str = "<b>Отчёт</b>", **more: Any) -> Message:
    """Return a message to the reports chat."""
    return Message(subject=subject, destination=more.pop("destination", "reports"), label=subject, html=html, **more)


@dataclass
class Desk:
    """A ledger and a chat: what a test stores, delivers and looks at."""

    conninfo: str
    stand_in: StandIn
    settings: Settings = field(default_factory=lambda: Settings(limits=LIMITS))
    token: str = TOKEN
    chats: dict[str, int] = field(default_factory=lambda: {"reports": STAFF})

    def store(self, *messages: Message, batch: Batch = DAY) -> Stored:
        """Write messages into the ledger."""
        return store(self.conninfo, batch, messages)

    def store_for_clients(self, number: int) -> None:
        """Store one message each for so many private chats."""
        for client in range(number):
            self.stand_in.create_chat(1000 + client, f"Клиент {client}")
            self.chats[f"branch:{client}"] = 1000 + client
        self.store(*(report(f"branch:{client}", destination=f"branch:{client}") for client in range(number)))

    def deliver(self, batch: Batch = DAY, **more: Any) -> dict[str, int]:
        """Deliver a batch and return how many messages stand where; see :meth:`delivering`."""
        return asyncio.run(self.delivering(batch, **more))

    async def delivering(
        self,
        batch: Batch = DAY,
        *,
        run_id: str = "test",
        subjects: tuple[str, ...] | None = None,
        reopen_parked: bool = True,
        is_sending: Callable[[], bool] = lambda: True,
        token: str | None = None,
        priority: Priority | None = None,
    ) -> dict[str, int]:
        """Deliver a batch, or some subjects of it, inside a running loop."""
        run = Run("test", run_id, 1)
        usual = Priority.BACKFILL if batch.is_backfill else Priority.CURRENT
        order = Order(batch.name, subjects, priority or usual)
        ledger = Ledger(self.conninfo, order, run=run, settings=self.settings)
        delivery = Delivery(ledger, self.settings, is_sending)
        resolve = partial(self.address, token=token)
        return await delivery.run(resolve, reopen_parked=reopen_parked)

    def address(self, destination: str, token: str | None = None) -> Address:
        """Return where a logical destination is in this test."""
        chat = self.chats.get(destination, self.chats["reports"])
        return Address(BotAddress(token or self.token, self.stand_in.base_url), str(chat))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Look into the ledger."""
        with psycopg.connect(self.conninfo, row_factory=dict_row) as connection:
            return connection.execute(statement.encode()).fetchall()

    def states(self) -> dict[str, str]:
        """Return each message's state by key."""
        rows = self.rows("select key, state from notifications.messages order by message_id")
        return {row["key"]: row["state"] for row in rows}

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something can be seen; what it looks at is outside this process."""
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)

    def texts(self, chat_id: int = STAFF) -> list[str]:
        """Return the texts that stand in a chat, in order."""
        return [message["text"] for message in self.stand_in.messages(chat_id)]


def _upgraded(connection: psycopg.Connection) -> None:
    connection.autocommit = True
    upgrade(connection)


@pytest.fixture
def ledger(databases: Databases) -> str:
    """Return a fresh, upgraded ledger's connection string."""
    return databases.create(databases.template("ledger", _upgraded))


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """Run a stand-in that knows the staff's group."""
    with StandIn(time_scale=SCALE, chats={STAFF: "Штаб"}, tokens={TOKEN}) as running:
        yield running


@pytest.fixture
def desk(ledger: str, stand_in: StandIn) -> Desk:
    """Return a ledger and a chat."""
    return Desk(ledger, stand_in)
