"""Groups that the bot has met: what they are called, what it is there, and which topics have been asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    Connection = psycopg.AsyncConnection[DictRow]


@dataclass(frozen=True, slots=True)
class GroupChat:
    """One group: ``bot_status`` is Telegram's word (member, administrator, restricted, left, kicked)."""

    chat_id: int
    title: str
    kind: str
    bot_status: str
    seen_at: datetime
    topics: list[int]


def groups_met(connection: psycopg.Connection[Any]) -> list[GroupChat]:
    """Return the groups that the bot has met, the latest first; at most 200."""
    return connection.cursor(row_factory=class_row(GroupChat)).execute(query("groups_met")).fetchall()


async def note_group(ledger: Connection, chat_id: int, title: str, kind: str, bot_status: str) -> None:
    """Note what the bot has become in a group."""
    values = {"chat_id": chat_id, "title": title, "kind": kind, "bot_status": bot_status}
    await ledger.execute(query("note_group"), values)


async def note_seen(ledger: Connection, chat_id: int, title: str, kind: str, message_thread_id: int | None) -> None:
    """Note a group, and its topic, in which somebody has asked for their numbers."""
    await ledger.execute(query("note_group_seen"), {"chat_id": chat_id, "title": title, "kind": kind})
    if message_thread_id is not None:
        await ledger.execute(query("note_topic"), {"chat_id": chat_id, "message_thread_id": message_thread_id})
