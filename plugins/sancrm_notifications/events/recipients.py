"""Who hears of a repair: those who have proven to be its customer, once each: pure.

Source: docs/clients.md, Binding.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sancrm_notifications.ledger.recipients import WillingBinding

MOST_CUSTOMERS = 5
"""A number that more customers have is a receptionist's, or 000: it proves nobody."""
CONFIRMED_FOR = timedelta(days=365)
"""A number that was shared longer ago is asked for again: SIM cards change hands."""


def by_customer(
    bindings: Iterable[WillingBinding], bearers: Mapping[str, frozenset[int]]
) -> dict[int, list[WillingBinding]]:
    """Return the bindings that may concern each customer, oldest first: a run has thousands of both."""
    found: defaultdict[int, list[WillingBinding]] = defaultdict(list)
    for binding in sorted(bindings, key=lambda binding: binding.binding_id):
        theirs = {binding.customer_id} if binding.customer_id is not None else bearers.get(binding.phone or "", ())
        for customer_id in theirs:
            found[customer_id].append(binding)
    return dict(found)


def recipients(
    bindings: Iterable[WillingBinding],
    customer_id: int,
    bearers: Mapping[str, frozenset[int]],
    *,
    happened_at: datetime,
    now: datetime,
) -> dict[int, int]:
    """Return the bindings through which a customer's accounts hear of an event: by account, the oldest of each.

    ``bindings`` are those of :func:`by_customer`, oldest first; ``bearers`` are the CRM's customers of each number now.
    A binding hears only of what was recorded after it began.
    """
    found: dict[int, int] = {}
    for binding in bindings:
        if binding.began_at <= happened_at and _proves(binding, customer_id, bearers, now):
            found.setdefault(binding.user_id, binding.binding_id)
    return found


def _proves(binding: WillingBinding, customer_id: int, bearers: Mapping[str, frozenset[int]], now: datetime) -> bool:
    theirs = bearers.get(binding.phone or "", frozenset())
    match binding.proof:
        case "link":
            return binding.customer_id == customer_id
        case "code":
            # It was this number's customer that the code named: with the number it ends.
            return binding.customer_id == customer_id and customer_id in theirs
        case _:
            is_confirmed = binding.confirmed_at > now - CONFIRMED_FOR
            return is_confirmed and customer_id in theirs and len(theirs) <= MOST_CUSTOMERS
