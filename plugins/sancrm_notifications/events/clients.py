"""The clients of a run's repairs: who of them may hear of what, at which branch, and when they are left in peace."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sancrm_notifications.events.client_words import View
from sancrm_notifications.events.recipients import by_customer, recipients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sancrm_notifications.crm.clients import Branch
    from sancrm_notifications.events.wording import Wording
    from sancrm_notifications.ledger.recipients import WillingBinding
    from sancrm_notifications.settings import Settings


@dataclass(frozen=True)
class Clients:
    """What is known of clients when messages are written; ``now`` is an aware instant of the ledger's clock.

    ``bearers`` are the customers of each bound number now, ``unwilling`` the customers of whom the CRM knows that they
    want no messages; ``zone`` is that of a branch that says none.
    """

    now: datetime
    settings: Settings
    zone: str
    branches: Mapping[int, Branch]
    bearers: Mapping[str, frozenset[int]]
    unwilling: frozenset[int]
    bindings: Sequence[WillingBinding]
    wording: Wording
    _views: dict[int | None, View] = field(default_factory=dict, init=False, compare=False, repr=False)

    def view(self, branch_id: int | None) -> View:
        """Return what a message of a branch is written for."""
        if branch_id not in self._views:
            branch = self.branches.get(branch_id) if branch_id is not None else None
            self._views[branch_id] = View(
                now=self.now.astimezone(self._zone(branch)),
                branch=branch,
                region=self.settings.phone_region,
                company=self.settings.company_name,
                whole_roubles=self.settings.whole_roubles,
            )
        return self._views[branch_id]

    def hearing(self, customer_id: int | None, happened_at: datetime) -> dict[int, int]:
        """Return the bindings through which a customer hears of what happened then, by account; none: nobody does."""
        if customer_id is None or customer_id in self.unwilling:
            return {}
        bindings = self._concerned.get(customer_id, ())
        return recipients(bindings, customer_id, self.bearers, happened_at=happened_at, now=self.now)

    def quiet_for(self, event: str, branch_id: int | None) -> timedelta | None:
        """Return how long clients of a branch are left in peace from now on; None: they can be written to."""
        return self.wording.quiet_hours(event, branch_id).delay(self.view(branch_id).now)

    def quiet_in(self, event: str, branch_id: int | None) -> timedelta:
        """Return how long it is until they are left in peace: what is stored now must not be tried after that."""
        return self.wording.quiet_hours(event, branch_id).left(self.view(branch_id).now)

    @cached_property
    def _concerned(self) -> dict[int, list[WillingBinding]]:
        return by_customer(self.bindings, self.bearers)

    def _zone(self, branch: Branch | None) -> ZoneInfo:
        try:
            return ZoneInfo((branch and branch.time_zone) or self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(self.zone)
