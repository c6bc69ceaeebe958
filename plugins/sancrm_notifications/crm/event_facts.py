"""What is read of the CRM to tell of an event: the repair, its branch, and whose it is.

Relations that a CRM does not show know nobody: then there is a repair without a customer, and no error.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from sancrm_notifications.crm.clients import Branch
from sancrm_notifications.text.phones import e164, typed_endings

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

_NOT_SHOWN = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege)
# So many numbers are asked for at once: the query behind it answers a thousand rows at most.
_PHONES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class RepairFacts:
    """One repair as it stands; sums in kopecks, None: not known."""

    repair_id: int
    number: int | None
    code: str | None
    branch_id: int | None
    customer_id: int | None
    status: str
    status_group: str | None
    device_category: str | None
    device_brand: str | None
    device_model: str | None
    to_pay_kopecks: int | None
    due_at: datetime | None
    warranty_until: date | None


def repairs(crm: psycopg.Connection, repair_ids: Collection[int]) -> dict[int, RepairFacts]:
    """Return the repairs by id.

    :raises psycopg.Error: the CRM's database cannot be reached, or refuses the statement
    """
    rows = _rows(crm, "event_repairs", repair_ids=sorted(repair_ids))
    return {row["repair_id"]: RepairFacts(**row) for row in rows}


def branches(crm: psycopg.Connection) -> dict[int, Branch]:
    """Return all branches by id."""
    return {row["branch_id"]: Branch(**row) for row in _rows(crm, "client_branches")}


def unwilling(crm: psycopg.Connection, customer_ids: Collection[int]) -> frozenset[int]:
    """Return those of the customers of whom the CRM knows that they want no messages."""
    rows = _rows(crm, "client_names", customer_ids=sorted(customer_ids))
    return frozenset(row["customer_id"] for row in rows if row["messages_allowed"] is False)


def phones_of(crm: psycopg.Connection, customer_ids: Collection[int], region: str) -> dict[int, frozenset[str]]:
    """Return each customer's present numbers (E.164 without «+»)."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in _rows(crm, "event_phones", customer_ids=sorted(customer_ids)):
        number = e164(row["phone"] or "", region)
        if number is not None:
            found[row["customer_id"]].add(number)
    return {customer: frozenset(numbers) for customer, numbers in found.items()}


def bearers_of(crm: psycopg.Connection, phones: Collection[str], region: str) -> dict[str, frozenset[int]]:
    """Return which customers have each of these numbers (E.164 without «+») at present."""
    found: dict[str, set[int]] = {phone: set() for phone in phones}
    left = iter(sorted(phones))
    while some := list(islice(left, _PHONES_AT_ONCE)):
        endings = sorted({ending for phone in some for ending in typed_endings(phone, region)})
        for row in _rows(crm, "client_customers", phone_digits=endings):
            typed = e164(row["phone"] or "", region)
            if typed in found:
                found[typed].add(row["customer_id"])
    return {phone: frozenset(customers) for phone, customers in found.items()}


def comments(crm: psycopg.Connection, keys: Collection[tuple[int, datetime]]) -> dict[tuple[int, datetime], str]:
    """Return what was written in comments, by id and instant of the event; it is personal."""
    listed = list(keys)
    values = {"event_ids": [key[0] for key in listed], "recorded_at": [key[1] for key in listed]}
    rows = _rows(crm, "event_comments", **values)
    return {(row["event_id"], row["recorded_at"]): row["comment"] or "" for row in rows}


def _rows(crm: psycopg.Connection, name: str, **values: Any) -> list[dict[str, Any]]:
    try:
        with crm.transaction(), crm.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_statement(name), values or None).fetchall()
    except _NOT_SHOWN:
        return []


@cache
def _statement(name: str) -> bytes:
    return Path(__file__).with_name(f"{name}.sql").read_bytes()
