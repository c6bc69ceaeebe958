"""``python -m benchmarks.bulk_process CONNINFO BATCH URL TOKEN``: delivers what a person has approved, behind all."""

from __future__ import annotations

import asyncio
import logging
import sys

from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.ledger.claiming import Ledger, Order, Priority, Run
from sancrm_notifications.settings import Settings


async def deliver(conninfo: str, batch: str, base_url: str, token: str) -> dict[str, int]:
    """Deliver a batch as the DAG does that a person has let go on: each message in its account's private chat."""
    settings = Settings()
    bot = BotAddress(token, base_url)
    run = Run("client_statuses_bulk", batch, 1)
    ledger = Ledger(conninfo, Order(batch, priority=Priority.BACKFILL), run=run, settings=settings)
    return await Delivery(ledger, settings).run(lambda name: Address(bot, name.partition(":")[2]))


if __name__ == "__main__":
    logging.disable(logging.INFO)
    print(asyncio.run(deliver(*sys.argv[1:])))
