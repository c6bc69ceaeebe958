"""The figures of a picture, as the ledger keeps them: profits of the network and its branches by day or month.

A picture is stored as these figures and drawn when it is sent or looked at, so that it can be corrected, erased and
drawn anew like a text.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.claims import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS = 13
"""How many months a monthly picture has: the reported one is the last, the same of the year before the first."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One subject's profits, oldest first, in kopecks; None where it has no figures, or had none yet.

    ``compared_kopecks`` are those of the week before, by the same weekdays; empty in a picture by month.
    ``is_before_fixed_costs`` tells of each profit whether fixed costs are missing in it, ``claim`` how exact that of
    the whole reported period is.
    """

    name: str
    profit_kopecks: tuple[int | None, ...]
    is_before_fixed_costs: tuple[bool, ...]
    compared_kopecks: tuple[int | None, ...] = ()
    claim: Claim = Claim.EXACT

    @property
    def steps(self) -> list[tuple[bool, int | None]]:
        """Each step of the axis: whether its profit is before fixed costs, and the profit."""
        return list(zip(self.is_before_fixed_costs, self.profit_kopecks, strict=True))

    @property
    def compared_total_kopecks(self) -> int | None:
        """The sum of the week before; None when there is none."""
        known = [profit for profit in self.compared_kopecks if profit is not None]
        return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Chart:
    """What a picture shows: the network, then its branches.

    ``kind`` is weekly (seven days) or monthly (``MONTHS`` months); ``first_on`` is the first day of the reported
    period.  ``corrected`` is when the figures were corrected, in words, None when they were not.  ``compared_claims``
    tells how exact the network's sums are that the reported one is compared with: that of the week before, or those of
    the year before and of the month before.
    """

    kind: Kind
    first_on: date
    network: Panel
    branches: tuple[Panel, ...]
    corrected: str | None = None
    compared_claims: tuple[Claim, ...] = ()

    @property
    def period(self) -> Period:
        """The reported period; nothing here asks for its instants."""
        return Period.containing(self.kind, self.first_on, "UTC")

    def reported_kopecks(self, panel: Panel) -> int:
        """Return a panel's profit in the reported period."""
        profits = panel.profit_kopecks if self.kind is Kind.WEEKLY else panel.profit_kopecks[-1:]
        return sum(profit or 0 for profit in profits)

    @property
    def ordered_branches(self) -> list[Panel]:
        """The branches, the most profitable first."""
        return sorted(self.branches, key=lambda panel: (-self.reported_kopecks(panel), panel.name))

    @property
    def has_unknown_costs(self) -> bool:
        """Whether a profit is shown in which fixed costs are missing."""
        panels = (self.network, *self.branches)
        return any(is_before and profit for panel in panels for is_before, profit in panel.steps)

    @property
    def is_before_fixed_costs(self) -> bool:
        """Whether the network's profit is called one before fixed costs; a bound holds with and without them."""
        return self.network.is_before_fixed_costs[-1] and self.network.claim not in {Claim.AT_MOST, Claim.NONE}

    @property
    def is_rough(self) -> bool:
        """Whether some parts or orders of a shown profit are unknown."""
        return any(panel.claim is not Claim.EXACT for panel in (self.network, *self.branches))

    @property
    def starts(self) -> list[date]:
        """The first day of each step of the axis, oldest first."""
        if self.kind is Kind.WEEKLY:
            return [day.first_on for day in self.period.days]
        months = [self.period]
        while len(months) < MONTHS:
            months.append(months[-1].before)
        return [month.first_on for month in reversed(months)]

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON has it."""
        return {**asdict(self), "kind": self.kind.value, "first_on": self.first_on.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Chart:
        """Return the chart that was stored.

        :raises ValueError: it is none that this version of the package can read
        """
        try:
            chart = cls(
                Kind(stored["kind"]),
                date.fromisoformat(stored["first_on"]),
                _panel(stored["network"]),
                tuple(map(_panel, stored["branches"])),
                stored["corrected"],
                # A picture that a former release stored has no claims.
                tuple(map(Claim, stored.get("compared_claims", ()))),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the figures of the picture cannot be read: {type(error).__name__} {error}") from None
        steps = {len(panel.profit_kopecks) for panel in (chart.network, *chart.branches)}
        if chart.kind is Kind.DAILY or steps != {len(chart.starts)}:
            raise ValueError(f"the figures of a {chart.kind} picture have {sorted(steps)} steps")
        return chart


def _panel(stored: Mapping[str, Any]) -> Panel:
    return Panel(
        stored["name"],
        tuple(stored["profit_kopecks"]),
        tuple(stored["is_before_fixed_costs"]),
        tuple(stored["compared_kopecks"]),
        Claim(stored.get("claim", Claim.EXACT)),
    )
