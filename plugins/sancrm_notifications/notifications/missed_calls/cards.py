"""Repairs as the CRM shows them now, from the rows of ``missed_call_cards.sql``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.crm.rows import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from zoneinfo import ZoneInfo


_CLOCKS_DIFFER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Card:
    """A repair as the CRM shows it now; texts as they were typed, None where there is none.

    ``waiting_since`` is the aware instant at which it came into its status.
    """

    repair_id: int
    number: int | None
    code: str | None
    branch_id: int | None
    branch_name: str | None
    status: str
    is_waiting: bool
    waiting_since: datetime | None
    device_category: str | None
    device_brand: str | None
    device_model: str | None
    customer_name: str | None
    customer_phone: str | None

    def waiting_on(self, zone: ZoneInfo) -> date | None:
        """Return the local day on which it came into its status."""
        return None if self.waiting_since is None else self.waiting_since.astimezone(zone).date()


def cards_by_id(rows: Iterable[Mapping[str, Any]], now: datetime) -> dict[int, Card]:
    """Return the cards by the repair's id; a repair that the CRM no longer has is not among them.

    Nobody waits since a moment to come: since when is then unknown.
    """
    cards = (Card(**{**row, "waiting_since": _passed(row["waiting_since"], now)}) for row in rows)
    return {card.repair_id: card for card in cards}


def waiting_ids(cards: Mapping[int, Card]) -> set[int]:
    """Return the repairs whose customer is to be called now."""
    return {repair_id for repair_id, card in cards.items() if card.is_waiting}


def _passed(written: str | None, now: datetime) -> datetime | None:
    moment = instant(written)
    return None if moment is None or moment > now + _CLOCKS_DIFFER else moment
