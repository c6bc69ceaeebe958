"""Texts that the office has sent itself: shown by the bot to whoever opens their link, for ten minutes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

VALID_FOR = timedelta(minutes=10)


def keep(ledger: psycopg.Connection, token: str, html: str, made_by: str) -> datetime:
    """Keep a text for the link with this token of 128 secret bits, and forget older ones; return until when.

    The same token again is the same link.
    """
    ledger.execute(query("forget_samples"))
    values = {"token_hash": _hash(token), "html": html, "made_by": made_by, "valid_for": VALID_FOR}
    (row,) = ledger.execute(query("keep_sample"), values).fetchall()
    expires_at: datetime = row[0]
    return expires_at


async def find(ledger: psycopg.AsyncConnection[DictRow], token: str) -> str | None:
    """Return the text of a link; None: there is none, or its time is over."""
    cursor = await ledger.execute(query("find_sample"), {"token_hash": _hash(token)})
    row = await cursor.fetchone()
    return row["html"] if row else None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
