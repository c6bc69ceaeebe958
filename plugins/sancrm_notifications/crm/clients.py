"""What the bot reads of the CRM, through one connection, each question within two seconds.

A CRM that does not show customers or phones knows nobody: then all of it is empty, and no error.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from sancrm_notifications import databases
from sancrm_notifications.text.phones import e164, typed_endings

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from psycopg.rows import DictRow

SECONDS = 2.0
REST_SECONDS = 5.0
"""So long nothing is asked of a CRM that has just kept a question waiting: the next ones hear «чуть позже» at once."""
_USE = databases.Use(
    f"{databases.APPLICATION} bot", is_reading=True, statement_seconds=SECONDS, lock_seconds=SECONDS, connect_seconds=2
)
_LONGEST_NUMBER = 18  # more digits are no bigint
_NOT_SHOWN = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)


class SilentError(Exception):
    """The CRM's database does not answer in time, or cannot be reached."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer; ``messages_allowed`` is what the CRM knows of consent, None: nothing."""

    customer_id: int
    name: str | None
    messages_allowed: bool | None


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair as its customer may see it; sums in kopecks, None: not known."""

    repair_id: int
    code: str
    branch_id: int | None
    status_group: str
    status_changed_at: datetime | None
    created_at: datetime
    closed_at: datetime | None
    device_category: str | None
    device_brand: str | None
    device_model: str | None
    estimate_kopecks: int | None
    to_pay_kopecks: int | None
    due_at: datetime | None
    warranty_until: date | None


@dataclass(frozen=True, slots=True)
class Rental:
    """One rental as its customer may see it."""

    rental_id: int
    branch_id: int | None
    tool: str | None
    started_at: datetime
    completed_at: datetime | None
    due_at: datetime | None
    to_pay_kopecks: int | None


@dataclass(frozen=True, slots=True)
class Branch:
    """Where to go and whom to call."""

    branch_id: int
    name: str
    is_active: bool
    phone: str | None = None
    address: str | None = None
    opening_hours: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class NumberedRepair:
    """One repair as staff see it; ``customer_id`` is for us alone."""

    repair_id: int
    code: str
    branch_id: int | None
    customer_id: int | None
    status: str
    status_changed_at: datetime | None
    device_category: str | None
    device_brand: str | None
    device_model: str | None
    to_pay_kopecks: int | None
    due_at: datetime | None
    status_group: str | None = None


class Clients:
    """The CRM's database as the bot asks it; one for the whole life of a listener."""

    def __init__(
        self, conninfo: str, region: str, *, seconds: float = SECONDS, rest_seconds: float = REST_SECONDS
    ) -> None:
        """``region``: where numbers without a country code are; ``seconds``: how long a question may take.

        ``rest_seconds``: how long nothing is asked after one that took longer.
        """
        self._conninfo = conninfo
        self._region = region
        self._seconds = seconds
        self._rest_seconds = rest_seconds
        self._connection: psycopg.AsyncConnection[DictRow] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._asked_again_at = float("-inf")
        """On the monotonic clock; once it is over, one question finds out for the others whether the CRM is back."""

    async def customers_of(self, phones: Collection[str]) -> dict[str, frozenset[int]]:
        """Return who has each of these numbers (E.164 without «+») at present.

        :raises SilentError: the CRM does not answer
        """
        if not phones:
            return {}
        endings = sorted({ending for phone in phones for ending in typed_endings(phone, self._region)})
        rows = await self._ask("client_customers", phone_digits=endings)
        found: dict[str, set[int]] = {phone: set() for phone in phones}
        for row in rows:
            typed = e164(row["phone"], self._region)
            if typed in found:
                found[typed].add(row["customer_id"])
        return {phone: frozenset(customers) for phone, customers in found.items()}

    async def name_of(self, customer_id: int) -> str | None:
        """Return what a customer is called; None: nobody knows.

        :raises SilentError: the CRM does not answer
        """
        found = await self.customer(customer_id)
        return found.name if found else None

    async def customer(self, customer_id: int) -> Customer | None:
        """Return a customer; None: the CRM has none of this id, or shows none.

        :raises SilentError: the CRM does not answer
        """
        rows = await self._ask("client_names", customer_ids=[customer_id])
        return Customer(**rows[0]) if rows else None

    async def phones_of(self, customer_id: int) -> frozenset[str]:
        """Return a customer's present numbers (E.164 without «+»), without what is no one valid number.

        :raises SilentError: the CRM does not answer
        """
        rows = await self._ask("client_phones", customer_id=customer_id)
        return frozenset(filter(None, (e164(row["phone"] or "", self._region) for row in rows)))

    async def repairs_of(self, customers: Collection[int], closed_since: datetime) -> list[Repair]:
        """Return the customers' repairs that are open or were closed since, newest first.

        :raises SilentError: the CRM does not answer
        """
        if not customers:
            return []
        rows = await self._ask("client_repairs", customer_ids=sorted(customers), closed_since=closed_since)
        return [Repair(**row) for row in rows]

    async def rentals_of(self, customers: Collection[int], returned_since: datetime) -> list[Rental]:
        """Return the customers' rentals that are out or came back since, newest first.

        :raises SilentError: the CRM does not answer
        """
        if not customers:
            return []
        rows = await self._ask("client_rentals", customer_ids=sorted(customers), returned_since=returned_since)
        return [Rental(**row) for row in rows]

    async def branches(self) -> list[Branch]:
        """Return all branches by name.

        :raises SilentError: the CRM does not answer
        """
        return [Branch(**row) for row in await self._ask("client_branches")]

    async def repairs_by_number(self, number: str) -> list[NumberedRepair]:
        """Return the repairs with this number, of all branches.

        :raises SilentError: the CRM does not answer
        """
        if len(number) > _LONGEST_NUMBER:
            return []
        return [NumberedRepair(**row) for row in await self._ask("numbered_repairs", number=int(number))]

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _ask(self, name: str, **values: Any) -> list[DictRow]:
        self._require_awake()
        began_at = time.monotonic()
        # A server that is frozen does not even take note that a question is withdrawn: it is left, not waited for.
        asking = asyncio.create_task(self._rows(name, values))
        done, _ = await asyncio.wait({asking}, timeout=self._seconds)
        if not done:
            asking.cancel()
            self._connection = None
            self._one_at_a_time = asyncio.Lock()
            self._rest()
            raise SilentError(f"the CRM's database has not answered {name}.sql within {self._seconds:g} s")
        try:
            rows = asking.result()
        except _NOT_SHOWN:
            return []
        except psycopg.OperationalError as error:
            # A server that refuses at once keeps nobody waiting.
            if time.monotonic() - began_at > self._seconds / 2:
                self._rest()
            raise SilentError(f"the CRM's database does not answer {name}.sql: {type(error).__name__}") from None
        self._asked_again_at = float("-inf")
        return rows

    def _require_awake(self) -> None:
        now = time.monotonic()
        if now < self._asked_again_at:
            raise SilentError("the CRM's database has not answered just now: it is left alone for some seconds")
        if self._asked_again_at > float("-inf"):
            # This question finds out; the others do not wait with it.
            self._asked_again_at = now + self._seconds

    def _rest(self) -> None:
        self._asked_again_at = time.monotonic() + self._rest_seconds

    async def _rows(self, name: str, values: dict[str, Any]) -> list[DictRow]:
        async with self._one_at_a_time:
            if self._connection is None or self._connection.closed:
                self._connection = await databases.connect_async(self._conninfo, _USE)
                await self._connection.set_read_only(True)
            connection = self._connection
            async with connection.transaction():
                await connection.execute(*databases.settings(connection.info.server_version, _USE))
                cursor = await connection.execute(_statement(name), values or None)
                return await cursor.fetchall()


@cache
def _statement(name: str) -> bytes:
    return Path(__file__).with_name(f"{name}.sql").read_bytes()
