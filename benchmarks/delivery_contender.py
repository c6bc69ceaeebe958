"""One process that sends, in one of three ways: ``python -m benchmarks.delivery_contender NAME``.

It reads its task, a line of JSON, from its standard input, says «ready», and sends when the next line comes, so
that several processes begin together and none is charged for its imports.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import telegram
from airflow.providers.telegram.operators.telegram import TelegramOperator
from telegram.ext import AIORateLimiter, ExtBot

from benchmarks.stand_in import TOKEN
from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.delivery.errors import PostponedError
from sancrm_notifications.ledger.claiming import Ledger, Order, Run
from sancrm_notifications.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

Task = dict[str, Any]
# So patient that nothing is lost over a 429: its speed is what is to be seen.
RETRIES_OF_RATE_LIMITER = 100


def destination(chat_id: int) -> str:
    """Return the logical destination of a chat in the ledger."""
    return f"chat:{chat_id}"


def ours(task: Task) -> None:
    """Deliver the batch as the operator of this package does."""
    asyncio.run(_deliver(task))


async def _deliver(task: Task) -> None:
    settings = Settings.model_validate({"limits": task["limits"]})
    bot = BotAddress(TOKEN, task["base_url"])
    is_done = False
    while not is_done:
        ledger = Ledger(task["conninfo"], Order(task["batch"]), run=Run("benchmark", "1", 1), settings=settings)
        try:
            await Delivery(ledger, settings).run(lambda name: Address(bot, name.partition(":")[2]))
        except PostponedError as postponed:
            await asyncio.sleep(postponed.seconds or 1)
        else:
            is_done = True


def operator(task: Task) -> None:
    """Send with the provider's operator, one message a call, as its documentation shows."""
    # Its hook has no way to name another server.
    telegram.Bot = partial(telegram.Bot, base_url=task["base_url"])  # type: ignore[misc,assignment]
    for message in task["messages"]:
        one = TelegramOperator(
            task_id=f"send_{message['number']}", token=TOKEN, chat_id=str(message["chat_id"]), text=message["html"]
        )
        try:
            one.execute({})
        except Exception:
            log.debug("the task has failed, and the next one runs", exc_info=True)


def rate_limiter(task: Task) -> None:
    """Send with python-telegram-bot and its rate limiter: chats side by side, the summary after all."""
    asyncio.run(_send_limited(task))


async def _send_limited(task: Task) -> None:
    chats: dict[int, list[str]] = {}
    for message in task["messages"]:
        if not message["is_summary"]:
            chats.setdefault(message["chat_id"], []).append(message["html"])
    summaries = [message for message in task["messages"] if message["is_summary"]]
    limiter = AIORateLimiter(max_retries=RETRIES_OF_RATE_LIMITER)
    async with ExtBot(TOKEN, base_url=task["base_url"], rate_limiter=limiter) as bot:
        sendings = [_send_in_order(bot, chat_id, texts) for chat_id, texts in chats.items()]
        await asyncio.gather(*sendings, return_exceptions=True)
        for summary in summaries:
            await _send_in_order(bot, summary["chat_id"], [summary["html"]])


async def _send_in_order(bot: ExtBot[int], chat_id: int, texts: list[str]) -> None:
    for text in texts:
        await bot.send_message(chat_id, text, parse_mode="HTML")


CONTENDERS: dict[str, Callable[[Task], None]] = {"ours": ours, "operator": operator, "rate_limiter": rate_limiter}


def main() -> None:
    """Run the command line."""
    logging.disable(logging.CRITICAL)
    send = CONTENDERS[sys.argv[1]]
    task = json.loads(sys.stdin.readline())
    # Half of what HTTP clients need is imported in the first event loop.
    anyio.run(anyio.sleep, 0)
    print("ready", flush=True)
    # Airflow's log goes to standard output, too, where nobody reads on: a full pipe would stop its sender.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stdin.readline()
    send(task)


if __name__ == "__main__":
    main()
