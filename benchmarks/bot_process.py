"""``python -m benchmarks.bot_process (ours|plain) URL TOKEN [CONNINFO]``: answers every message with «Ответ».

«ours» is the listener with its ledger, «plain» python-telegram-bot's own Application, which remembers nothing.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from telegram.ext import Application, MessageHandler, filters

from sancrm_notifications.bot.__main__ import listen
from sancrm_notifications.bot.activation import Description, Profile
from sancrm_notifications.bot.listening import Work
from sancrm_notifications.bot.response import Answer, Response
from sancrm_notifications.channels.telegram.address import BotAddress
from sancrm_notifications.ledger.claiming import Run
from sancrm_notifications.settings import Settings

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow
    from telegram import Update

ANSWER = "Ответ"


async def respond(ledger: psycopg.AsyncConnection[DictRow], update: Update) -> Response:  # noqa: ARG001
    """Answer a message."""
    return Response((Answer(update.message.chat.id, ANSWER),)) if update.message else Response()


async def reply(update: Update, _context: object) -> None:
    """Answer a message, as python-telegram-bot's own examples do."""
    if update.message is not None:
        await update.message.reply_text(ANSWER)


def main(who: str, url: str, token: str, conninfo: str = "") -> None:
    """Answer until SIGTERM."""
    if who == "ours":
        profile = Profile({}, Description("", ""))
        run = Run("client_bot", "speed", 1)
        work = Work(conninfo, BotAddress(token, url), Settings(), lambda _: respond, profile, run)
        asyncio.run(listen(work))
    else:
        application = Application.builder().token(token).base_url(url).concurrent_updates(True).build()  # noqa: FBT003, RUF100
        application.add_handler(MessageHandler(filters.ALL, reply))
        application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
