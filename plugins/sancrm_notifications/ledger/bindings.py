"""Who of Telegram's people is bound to which customers: written in the transaction of the update that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

    Connection = psycopg.AsyncConnection[DictRow]

Proof = Literal["contact", "link", "code"]


@dataclass(frozen=True, slots=True)
class Binding:
    """One proof that has not ended.

    ``phone`` is E.164 without «+»: of a contact, and of a code, which tells one of a number's many customers.
    ``customer_id`` is the one customer of a link or a code. ``crowded_at``: since when the number has too many.
    """

    binding_id: int
    proof: Proof
    phone: str | None
    customer_id: int | None
    began_at: datetime
    confirmed_at: datetime
    consented_at: datetime | None = None
    stopped_at: datetime | None = None
    blocked_at: datetime | None = None
    crowded_at: datetime | None = None


async def open_bindings(ledger: Connection, user_id: int) -> list[Binding]:
    """Return the account's bindings that have not ended, oldest first, locked until the transaction ends."""
    rows = await _ask(ledger, query("open_bindings"), user_id=user_id)
    return [Binding(**row) for row in rows]


async def bind_contact(ledger: Connection, user_id: int, phone: str) -> None:
    """Bind a number to the account that has just shown it as its own.

    Other accounts that had this number, and other numbers that this account had, are bound no longer.
    """
    await ledger.execute(query("supersede_number"), {"user_id": user_id, "phone": phone})
    await ledger.execute(query("leave_other_numbers"), {"user_id": user_id, "phone": phone})
    await ledger.execute(query("bind_contact"), {"user_id": user_id, "phone": phone})
    await ledger.execute(query("inherit_wishes"), {"user_id": user_id})


async def bind_customer(
    ledger: Connection, user_id: int, proof: Literal["link", "code"], customer_id: int, phone: str | None = None
) -> int:
    """Bind one customer to the account and return the binding's id; ``phone`` is the number a code was asked for."""
    values = {"user_id": user_id, "proof": proof, "customer_id": customer_id, "phone": phone}
    rows = await _ask(ledger, query("bind_customer"), **values)
    await ledger.execute(query("inherit_wishes"), {"user_id": user_id})
    return int(rows[0]["binding_id"])


async def note_crowded(ledger: Connection, user_id: int, phones: Collection[str]) -> None:
    """Note which of the account's numbers have too many customers now; others have not."""
    await ledger.execute(query("note_crowded"), {"user_id": user_id, "phones": sorted(phones)})


async def note_consent(ledger: Connection, user_id: int, version: str) -> None:
    """Note that the person agrees to be written to."""
    await ledger.execute(query("note_consent"), {"user_id": user_id, "version": version})


async def stop(ledger: Connection, user_id: int) -> None:
    """Start nothing with this person from now on; what is stored for them is not sent."""
    stopped = await _ask(ledger, query("note_stopped"), user_id=user_id)
    await _withhold(ledger, stopped, "the person has said /stop")


async def resume(ledger: Connection, user_id: int) -> None:
    """Undo a stop and a block: the person has opened the bot again."""
    await ledger.execute(query("note_resumed"), {"user_id": user_id})


async def block(ledger: Connection, user_id: int) -> None:
    """Let the bindings of a person rest who has blocked the bot; what is stored for them is not sent."""
    blocked = await _ask(ledger, query("note_blocked"), user_id=user_id)
    await _withhold(ledger, blocked, "the person has blocked the bot")


async def unblock(ledger: Connection, user_id: int) -> None:
    """Note that a person who writes has not blocked the bot."""
    await ledger.execute(query("note_unblocked"), {"user_id": user_id})


async def end_as_not_me(ledger: Connection, user_id: int) -> int:
    """End all bindings of a person who says that they are somebody else's; return how many there were."""
    ended = await _ask(ledger, query("end_bindings"), user_id=user_id)
    await _withhold(ledger, ended, "the person has said that they are not this customer")
    return len(ended)


async def erase(ledger: Connection, user_id: int) -> None:
    """Forget the account, its phones and customers, and the texts to it; rows without all that stay."""
    bindings = await _ask(ledger, query("binding_ids"), user_id=user_id)
    await _withhold(ledger, bindings, "the person has had their data deleted")
    await ledger.execute(query("erase_messages"), {"destinations": _destinations(bindings), "user_id": user_id})
    await ledger.execute(query("erase_bindings"), {"user_id": user_id})


async def _withhold(ledger: Connection, bindings: Collection[DictRow], reason: str) -> None:
    values = {"destinations": _destinations(bindings), "reason": reason}
    await ledger.execute(query("withhold_messages"), values)


def _destinations(bindings: Collection[DictRow]) -> list[str]:
    return [f"client:{row['binding_id']}" for row in bindings]


async def _ask(ledger: Connection, statement: bytes, **values: Any) -> list[DictRow]:
    cursor = await ledger.execute(statement, values)
    return await cursor.fetchall()
