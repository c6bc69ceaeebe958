"""Which Telegram the demo sends to: the stand-in, or the real one when the environment names a bot and a chat."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass

from local.demo_error import DemoError

TOKEN_VARIABLE, CHAT_VARIABLE = "TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID"
STAND_IN_TOKEN = "1000001:demo-token-of-the-stand-in-server"  # noqa: S105 - opens nothing but the stand-in
STAND_IN_CHAT_ID = "-1001000000001"
# The stand-in has room for the chats that a chain of workshops would make; a real bot is tried out in one.
STAND_IN_CHATS = {
    "telegram_default": (STAND_IN_CHAT_ID, "Мастерские: отчёты"),
    "telegram_missed_calls": ("-1001000000002", "Мастерские: приёмка"),
    "telegram_backups": ("-1001000000003", "Мастерские: администраторы"),
}


@dataclass(frozen=True)
class Telegram:
    """A bot, a chat and the address of the server; ``base_url`` is None for the real Telegram."""

    token: str
    chat_id: str
    base_url: str | None

    @property
    def is_real(self) -> bool:
        """Tell whether messages leave this machine."""
        return self.base_url is None

    @property
    def ledger_database(self) -> str:
        """Return the database of the delivery ledger.

        What was told to the stand-in has not been told to anyone else, so every real chat has its own ledger.
        """
        return f"notifications_{re.sub('[^a-z0-9]', '_', self.chat_id.lower())}" if self.is_real else "notifications"

    def connections(self) -> list[dict[str, str]]:
        """Return the Airflow connections to the stand-in's chats as entries of airflow_settings.yaml."""
        chats = [
            {"conn_id": conn_id, "conn_type": "telegram", "conn_host": chat_id}
            for conn_id, (chat_id, _) in STAND_IN_CHATS.items()
        ]
        # The others speak through the default bot.
        chats[0] |= {"conn_password": self.token, "conn_extra": json.dumps({"base_url": self.base_url})}
        return chats

    def choice(self) -> dict[str, str]:
        """Return the environment variables that choose this Telegram; only a real one has any."""
        return {TOKEN_VARIABLE: self.token, CHAT_VARIABLE: self.chat_id} if self.is_real else {}

    def environment(self) -> dict[str, str]:
        """Return the environment variables of Airflow's processes.

        A real token lives only there: it is never written to the disk and is never older than the last start.
        """
        if not self.is_real:
            return {}
        connection = {"conn_type": "telegram", "password": self.token, "host": self.chat_id}
        return {"AIRFLOW_CONN_TELEGRAM_DEFAULT": json.dumps(connection)}


def choose(stand_in_port: int) -> Telegram:
    """Return the Telegram that the environment asks for; raise DemoError when it asks for half of one."""
    token, chat_id = os.environ.get(TOKEN_VARIABLE, ""), os.environ.get(CHAT_VARIABLE, "")
    if not token and not chat_id:
        return Telegram(STAND_IN_TOKEN, STAND_IN_CHAT_ID, f"http://127.0.0.1:{stand_in_port}/bot")
    if not (token and chat_id):
        present, missing = (TOKEN_VARIABLE, CHAT_VARIABLE) if token else (CHAT_VARIABLE, TOKEN_VARIABLE)
        raise DemoError(
            f"{present} is set and {missing} is not: set both to send to the real Telegram, "
            "or none to use the stand-in."
        )
    if not re.fullmatch(r"\d+:[\w-]{30,}", token, re.ASCII):
        raise DemoError(f"{TOKEN_VARIABLE} does not look like a bot's token (digits, a colon, 35 characters).")
    return Telegram(token, chat_id, None)
