"""A person, a bot that listens in this process, and a way to wait for what is seen."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sancrm_notifications.bot.listening import Listening, Work
from sancrm_notifications.channels.telegram.address import BotAddress
from sancrm_notifications.ledger.claiming import Run
from sancrm_notifications.settings import Settings
from tests.bot.listening.responder import MAKE_EFFECTS, PROFILE, Responder
from tests.desk import LIMITS, TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from local.postgres import Postgres
    from local.telegram_stand_in import StandIn
    from sancrm_notifications.bot.listening import Ending

CLIENT = 700
PATIENCE_SECONDS = 30.0
BOT_ID = int(TOKEN.partition(":")[0])


@dataclass
class Ear:
    """A ledger, a stand-in with a person, and listeners."""

    conninfo: str
    stand_in: StandIn
    responder: Responder = field(default_factory=Responder)
    settings: Settings = field(default_factory=lambda: Settings(limits=LIMITS))
    endings: list[Ending] = field(default_factory=list)
    restarted: Postgres | None = None
    """The ledger's server, where a test has stopped it and started it anew."""

    def work(self, **more: Any) -> Work:
        """Return what a listener is to do."""
        bot = BotAddress(TOKEN, self.stand_in.base_url)
        run = Run("client_bot", "test", 1)
        usual = {
            "bot": bot,
            "settings": self.settings,
            "responder": lambda _: self.responder,
            "profile": PROFILE,
            "run": run,
        }
        return Work(**{"conninfo": self.conninfo, **usual, **more})

    @asynccontextmanager
    async def listening(self, **more: Any) -> AsyncIterator[asyncio.Task[Ending]]:
        """Listen for the length of the block, which ends as SIGTERM ends a process."""
        stop = asyncio.Event()
        task = asyncio.create_task(Listening(self.work(**more), stop).run())
        try:
            yield task
        finally:
            stop.set()
            self.stand_in.write(CLIENT, "конец")  # a poll is never cut: something must come
            self.endings.append(await asyncio.wait_for(task, PATIENCE_SECONDS))

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Wait until something is seen, outside of this process's tasks."""
        given_up_at = time.monotonic() + PATIENCE_SECONDS
        while not await asyncio.to_thread(holds):
            assert time.monotonic() < given_up_at, f"not seen: {what}"
            await asyncio.sleep(0.02)

    async def until_answered(self, *texts: str, chat_id: int = CLIENT) -> None:
        """Wait until these texts stand in the chat, the bot's own, in order."""
        await self.until(lambda: self.answers(chat_id) >= list(texts), f"{texts} in {self.answers(chat_id)}")

    def answers(self, chat_id: int = CLIENT) -> list[str]:
        """Return what the bot has written in a chat."""
        return [one["text"] for one in self.stand_in.messages(chat_id) if one["sender"] is None]

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Look into the ledger, or change it."""
        with psycopg.connect(self.conninfo, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def inbox(self) -> list[tuple[str, str]]:
        """Return kind and state of what came in, in Telegram's order."""
        return [
            (row["kind"], row["state"]) for row in self.rows("select * from notifications.inbox order by update_id")
        ]


@pytest.fixture
def ear(ledger: str, stand_in: StandIn) -> Ear:
    """Return a ledger and a person who has not started the bot."""
    stand_in.add_person(CLIENT, "Ольга", phone_number="79001234567")
    ear = Ear(ledger, stand_in)
    ear.rows(MAKE_EFFECTS)
    return ear
