"""Which ticks report a span of days: the reports of three DAGs in order of time, as Airflow backfills them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sancrm_notifications.schedule.periods import Kind, Period, last_complete

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime


def report_dag_id(kind: Kind) -> str:
    """Return the DAG that reports periods of this kind."""
    return f"profitability_{kind}"


@dataclass(frozen=True, slots=True)
class Report:
    """One report that a tick of a DAG's schedule makes."""

    tick_at: datetime
    period: Period

    @property
    def dag_id(self) -> str:
        """The DAG that makes it."""
        return report_dag_id(self.period.kind)


@dataclass(frozen=True, slots=True)
class Segment:
    """Reports of one DAG that follow each other with none of another DAG's between: one Airflow backfill."""

    dag_id: str
    reports: tuple[Report, ...]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last tick."""
        return self.reports[0].tick_at, self.reports[-1].tick_at


def reports_of_days(
    first_on: date, last_on: date, zone: str, next_tick: Callable[[str, datetime], datetime]
) -> list[Report]:
    """Return the reports of all days, weeks and months that ended from ``first_on`` to ``last_on``, by their ticks.

    ``next_tick`` gives the first tick of a DAG not before an instant.  A day whose morning has no tick (Sunday,
    as the schedule is) has no report of its own.
    """
    days = Period(Kind.DAILY, first_on, last_on, zone).days
    candidates = {Period.containing(kind, day.first_on, zone) for day in days for kind in Kind}
    ended = [period for period in candidates if first_on <= period.last_on <= last_on]
    reports = [Report(next_tick(report_dag_id(period.kind), period.end), period) for period in ended]
    told = [report for report in reports if last_complete(report.period.kind, report.tick_at, zone) == report.period]
    return sorted(told, key=lambda report: (report.tick_at, list(Kind).index(report.period.kind)))


def segments(reports: list[Report]) -> list[Segment]:
    """Return the same reports, in the same order, as the backfills to run one after the other."""
    return [Segment(dag_id, tuple(group)) for dag_id, group in groupby(reports, key=lambda report: report.dag_id)]
