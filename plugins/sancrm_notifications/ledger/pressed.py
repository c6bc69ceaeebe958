"""Messages of notifications whose buttons are pressed: found where they stand, and kept as they are shown then."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.text.buttons import Rows

    Connection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True, slots=True)
class PressedMessage:
    """A message as it stands in a chat; ``html`` None: its text is forgotten.

    ``period`` is what it belongs to: of missed calls the local day.
    """

    message_id: int
    destination: str
    period: str
    html: str | None
    figures: Mapping[str, Any]
    buttons: Rows


async def message_in_chat(
    ledger: Connection, notifications: Collection[str], chat_id: int, telegram_message_id: int, bot_id: int | None
) -> PressedMessage | None:
    """Return the message of one of these notifications that stands there, locked; None: it is none of them.

    ``bot_id`` is who wrote the message there, where Telegram says it: numbers of messages may be each bot's own.
    """
    values: dict[str, Any] = {"chat_id": chat_id, "telegram_message_id": telegram_message_id, "bot_id": bot_id}
    values |= {"notifications": sorted(notifications)}
    row = await (await ledger.execute(query("message_in_chat"), values)).fetchone()
    return PressedMessage(**row) if row else None


async def answer_in_chat(
    ledger: Connection, chat_id: int, telegram_message_id: int, bot_id: int | None
) -> Mapping[str, Any]:
    """Return what an answer of the bot is about that stands there; nothing: it is about nothing, or none of ours."""
    values = {"chat_id": chat_id, "telegram_message_id": telegram_message_id, "bot_id": bot_id}
    row = await (await ledger.execute(query("answer_in_chat"), values)).fetchone()
    return row["figures"] if row else {}


async def keep_as_marked(ledger: Connection, message_id: int, html: str | None, buttons: Sequence[object]) -> None:
    """Keep a message as it is shown from now on; ``html`` None leaves its text."""
    values = {"message_id": message_id, "html": html, "buttons": json.dumps(buttons, ensure_ascii=False)}
    await ledger.execute(query("keep_as_marked"), values)
