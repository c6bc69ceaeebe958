"""Reads clients for the pages: links that wait or went wrong, bindings with state, what is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow

PAGE = 50
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows, newest first, and the id that the next page begins below (None: there is none)."""

    rows: list[DictRow]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class KnownBinding:
    """A binding as ``notifications.client_bindings`` says it; ``state`` is one of that view's."""

    binding_id: int
    proof: str
    phone: str | None
    customer_id: int | None
    state: str
    state_since: datetime
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownInvitation:
    """The latest link that was made for a customer."""

    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    declined_at: datetime | None
    refused_count: int
    is_expired: bool


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """The latest message that was meant for a client: its state and when it was stored."""

    state: str
    stored_at: datetime


def invitations(connection: psycopg.Connection[DictRow], before: int | None = None) -> Rows:
    """Return links that can be used, or with which something went wrong within the last month."""
    named = {"before": before or _LAST_ID, "most": PAGE + 1}
    return _page(connection.execute(query("open_invitations"), named).fetchall(), "invitation_id")


def bindings(connection: psycopg.Connection[DictRow], state: str | None = None, before: int | None = None) -> Rows:
    """Return bindings of this state, or of all; of their numbers the last four digits."""
    named = {"before": before or _LAST_ID, "state": state, "most": PAGE + 1}
    return _page(connection.execute(query("bindings_page"), named).fetchall(), "binding_id")


def bindings_of(
    connection: psycopg.Connection[DictRow], customer_id: int | None, phones: Collection[str]
) -> list[KnownBinding]:
    """Return a client's bindings, by customer and by numbers (E.164 without «+»): all open ones, the last ended."""
    named = {"customer_id": customer_id, "phones": sorted(phones)}
    return [KnownBinding(**row) for row in connection.execute(query("bindings_of_client"), named)]


def last_invitation(connection: psycopg.Connection[DictRow], customer_id: int) -> KnownInvitation | None:
    """Return the latest link that was made for a customer."""
    row = connection.execute(query("last_invitation"), {"customer_id": customer_id}).fetchone()
    return KnownInvitation(**row) if row else None


def last_message(connection: psycopg.Connection[DictRow], binding_ids: Collection[int]) -> KnownMessage | None:
    """Return the latest message that was meant for one of these bindings."""
    named = {"destinations": [f"client:{binding_id}" for binding_id in sorted(binding_ids)]}
    row = connection.execute(query("last_message_to_client"), named).fetchone()
    return KnownMessage(**row) if row else None


def _page(rows: list[DictRow], key: str) -> Rows:
    return Rows(rows[:PAGE], rows[PAGE - 1][key] if len(rows) > PAGE else None)
