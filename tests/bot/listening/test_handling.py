"""One update for a listener that has lost its bot to another: nothing is written, nothing is sent."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications.bot.answering import LeasedChannel
from sancrm_notifications.bot.handling import Handling
from sancrm_notifications.bot.lease import Lease
from sancrm_notifications.bot.pool import Pool
from sancrm_notifications.ledger.inbox import Origin
from sancrm_notifications.ledger.listeners import LEASE_LOST, LeaseLedger, Listener
from sancrm_notifications.ledger.outcome import Result
from tests.bot.listening.conftest import BOT_ID, CLIENT

if TYPE_CHECKING:
    from tests.bot.listening.conftest import Ear

ASKED = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": CLIENT, "type": "private"},
        "from": {"id": CLIENT, "is_bot": False, "first_name": "Ольга"},
        "text": "готово?",
    },
}


async def handled(ear: Ear, *, is_lost: bool) -> str:
    """Handle a question; return what became of it."""
    ledger, pool = LeaseLedger(ear.conninfo), Pool(ear.conninfo, 1)
    older, younger = (Listener.of(BOT_ID, number) for number in ((1, 2) if is_lost else (3, 4)))
    ear.rows("update notifications.listeners set lease_until = clock_timestamp()")
    try:
        assert (await ledger.take(older)).is_mine
        if is_lost:
            await ledger.release(older)
            assert (await ledger.take(younger)).is_mine
        bot: Any = SimpleNamespace(username="bot", defaults=None)
        handling = Handling(pool, older, Origin(BOT_ID, None, None), ear.responder, bot)
        return (await handling.handle(ASKED, 1)).what
    finally:
        await pool.close()
        await ledger.close()


def test_who_has_lost_the_lease_leaves_no_trace(ear: Ear) -> None:
    with pytest.raises(psycopg.DatabaseError) as lost:
        asyncio.run(handled(ear, is_lost=True))
    assert lost.value.sqlstate == LEASE_LOST
    left = (
        "(select count(*) from notifications.inbox) as inbox, (select count(*) from notifications.messages) as messages"
    )
    assert ear.rows(f"select {left}, (select count(*) from notifications.effects) as effects") == [
        {"inbox": 0, "messages": 0, "effects": 0}
    ]
    assert asyncio.run(handled(ear, is_lost=False)) == "handled"


def test_who_has_lost_the_lease_sends_nothing(ear: Ear) -> None:
    class Channel:
        name = server = "Telegram"
        message_limit, has_rich_form, takes_pictures = 1, False, False

        async def send(self, _request: object) -> object:
            raise AssertionError("it was sent")

    async def sent() -> object:
        ledger = LeaseLedger(ear.conninfo)
        lease = Lease(ledger, Listener.of(BOT_ID, 1))
        channel: Any = Channel()
        request: Any = None
        try:
            assert await lease.take(asyncio.Event())
            assert lease.holds()
            await lease.release()
            return (await LeasedChannel(channel, lease).send(request)).result
        finally:
            await ledger.close()

    assert asyncio.run(sent()) is Result.NOT_SENT
