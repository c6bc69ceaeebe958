"""What the bot waits for in a conversation: a repair's code, the answer to «Это вы?»; and albums already answered.

Codes that did not fit are kept for a day also of a person who has everything deleted: else deleting would give five
more tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

    Connection = psycopg.AsyncConnection[DictRow]

PATIENCE = timedelta(days=1)
"""What was asked longer ago is asked anew."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """What the bot has asked: the code of a repair of ``phone``, or whether the link ``invitation_id`` is theirs."""

    waits_for: Literal["code", "confirmation"] | None = None
    phone: str | None = None
    invitation_id: int | None = None


async def dialog(ledger: Connection, user_id: int) -> Dialog:
    """Return what this person was asked last, locked until the transaction ends."""
    cursor = await ledger.execute(query("dialog"), {"user_id": user_id, "patience": PATIENCE})
    row = await cursor.fetchone()
    return Dialog(**row) if row else Dialog()


async def wait_for_code(ledger: Connection, user_id: int, phone: str) -> None:
    """Note that the code of a repair of this number is asked for."""
    await _wait(ledger, user_id, "code", phone=phone)


async def wait_for_confirmation(ledger: Connection, user_id: int, invitation_id: int) -> None:
    """Note that «Это вы?» is asked about a link."""
    await _wait(ledger, user_id, "confirmation", invitation_id=invitation_id)


async def wait_no_more(ledger: Connection, user_id: int) -> None:
    """Note that what was asked is answered."""
    await ledger.execute(query("wait_no_more"), {"user_id": user_id})


async def is_first_of_album(ledger: Connection, user_id: int, album: str) -> bool:
    """Tell whether this is the first update of an album that is seen, and remember the album."""
    cursor = await ledger.execute(query("take_album"), {"user_id": user_id, "album": album})
    return await cursor.fetchone() is not None


async def code_tries(ledger: Connection, user_id: int) -> int:
    """Return how many codes that did not fit the account has sent within a day."""
    cursor = await ledger.execute(query("count_code_tries"), {"user_id": user_id})
    row = await cursor.fetchone()
    return int(row["tries"]) if row else 0


async def note_code_try(ledger: Connection, user_id: int) -> None:
    """Note one more code that did not fit."""
    await ledger.execute(query("forget_code_tries"), {"user_id": user_id})
    await ledger.execute(query("note_code_try"), {"user_id": user_id})


async def forget(ledger: Connection, user_id: int) -> None:
    """Forget the conversation."""
    await ledger.execute(query("erase_dialog"), {"user_id": user_id})


async def _wait(
    ledger: Connection, user_id: int, waits_for: str, *, phone: str | None = None, invitation_id: int | None = None
) -> None:
    values = {"user_id": user_id, "waits_for": waits_for, "phone": phone, "invitation_id": invitation_id}
    await ledger.execute(query("wait_for"), values)
