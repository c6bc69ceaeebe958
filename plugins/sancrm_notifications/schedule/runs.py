"""What a run is asked to report: its period, whether it may be sent, and to whom the run belongs in time.

Source: docs/numbers.md, Periods; Late runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sancrm_notifications.schedule.periods import Kind, Period, calendar_day, last_complete

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


class UnfinishedPeriodError(ValueError):
    """The period asked for has not ended yet, its figures would be wrong."""

    def __init__(self, period: Period) -> None:
        super().__init__(f"the {period.kind} period {period.first_on} – {period.last_on} has not ended yet")
        self.period = period


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is read of an Airflow run; instants are aware.

    ``tick_at`` is the moment the run is for: of the schedule, of the backfilled tick, or of the click.
    """

    kind: str
    tick_at: datetime
    was_cleared: bool = False

    @property
    def is_backfill(self) -> bool:
        """Whether the run belongs to a backfill."""
        return self.kind == "backfill"


def run_facts(context: Mapping[str, Any]) -> RunFacts:
    """Return what is read of the run whose task has this context, as Airflow gives it."""
    run = context["dag_run"]
    tick_at = context.get("data_interval_end") or run.run_after
    # A click has the moment of the click; Airflow gives it a data interval that ends at the last tick.
    if run.run_type == "manual":
        tick_at = run.run_after
    return RunFacts(str(run.run_type.value), tick_at, was_cleared=bool(run.clear_number))


def reported_period(kind: Kind, facts: RunFacts, day: str | None, now: datetime, *, preview: bool, zone: str) -> Period:
    """Return the period to report: the one that contains ``day`` (ISO), else the last complete before the tick.

    :raises UnfinishedPeriodError: the period has not ended by ``now`` and this is no preview
    :raises ValueError: ``day`` is no day
    """
    if not day:
        return last_complete(kind, facts.tick_at, zone)
    period = Period.containing(kind, calendar_day(day), zone)
    if period.end > now and not preview:
        raise UnfinishedPeriodError(period)
    return period


def is_too_late(facts: RunFacts, now: datetime, lateness: timedelta) -> bool:
    """Tell whether a scheduled run starts so late that its news would surprise the chat.

    Who clears a run wants it, and a backfill or a click is never late.
    """
    return facts.kind == "scheduled" and not facts.was_cleared and now - facts.tick_at > lateness
