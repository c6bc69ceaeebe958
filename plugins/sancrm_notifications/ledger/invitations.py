"""Links that bind one customer: a hash of each, who has used it, and what went wrong with it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from psycopg.rows import dict_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    Connection = psycopg.AsyncConnection[DictRow]

VALID_FOR = timedelta(days=7)
_TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link as it stands now; ``used_by`` is the account that is bound by it."""

    invitation_id: int
    customer_id: int
    is_expired: bool
    is_used: bool
    used_by: int | None
    is_declined: bool


@dataclass(frozen=True, slots=True)
class Made:
    """A link that was made just now; the token is told this once and kept nowhere."""

    invitation_id: int
    token: str
    expires_at: datetime


def make(conninfo: str, customer_id: int, made_by: str, token: str | None = None) -> Made:
    """Make a link for one customer: 128 random bits, good for seven days and one use.

    ``token``: 128 secret bits of the caller's own; the same again for the same customer is the same link.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    token = token or secrets.token_urlsafe(_TOKEN_BYTES)
    values = {"token_hash": _hash(token), "customer_id": customer_id, "made_by": made_by, "valid_for": VALID_FOR}
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        row = connection.cursor(row_factory=dict_row).execute(query("store_invitation"), values).fetchone()
    if row is None:
        raise AssertionError("a row that was inserted is returned")
    return Made(row["invitation_id"], token, row["expires_at"])


async def find(ledger: Connection, token: str) -> Invitation | None:
    """Return the link of a token, locked until the transaction ends; None: there is none."""
    cursor = await ledger.execute(query("find_invitation"), {"token_hash": _hash(token)})
    row = await cursor.fetchone()
    return Invitation(**row) if row else None


async def lock(ledger: Connection, invitation_id: int) -> Invitation | None:
    """Return a link by its number, locked until the transaction ends."""
    cursor = await ledger.execute(query("lock_invitation"), {"invitation_id": invitation_id})
    row = await cursor.fetchone()
    return Invitation(**row) if row else None


async def note_used(ledger: Connection, invitation_id: int, user_id: int, binding_id: int) -> None:
    """Note which account the link has bound."""
    values = {"invitation_id": invitation_id, "user_id": user_id, "binding_id": binding_id}
    await ledger.execute(query("note_invitation_used"), values)


async def note_refused(ledger: Connection, invitation_id: int) -> None:
    """Note that another account has tried a used link: the office sees it."""
    await ledger.execute(query("note_invitation_refused"), {"invitation_id": invitation_id})


async def note_declined(ledger: Connection, invitation_id: int) -> None:
    """Note that whoever opened the link is not this customer: nobody can use it any more."""
    await ledger.execute(query("note_invitation_declined"), {"invitation_id": invitation_id})


async def decline_used(ledger: Connection, user_id: int) -> None:
    """Note that the account that used links is not the customer they were made for."""
    await ledger.execute(query("decline_used_invitations"), {"user_id": user_id})


async def forget(ledger: Connection, user_id: int) -> None:
    """Forget which links an account has used."""
    await ledger.execute(query("erase_invitations"), {"user_id": user_id})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
