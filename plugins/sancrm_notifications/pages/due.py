"""Which reports a month should bring: by the schedules that count now."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.pages.filters import midnight
from sancrm_notifications.pages.punctuality import Expected
from sancrm_notifications.schedule.crons import deadline_minutes, next_tick
from sancrm_notifications.schedule.report_ticks import reports_of_days

if TYPE_CHECKING:
    from datetime import date

DAG_IDS = ("profitability_daily", "profitability_weekly", "profitability_monthly", "missed_calls")
_CALLS = "missed_calls"
_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def _reports(first_on: date, last_on: date, zone: str) -> tuple[Expected, ...]:
    patience = timedelta(minutes=deadline_minutes())
    found = [
        Expected(report.dag_id, report.period.key, report.tick_at, patience)
        for report in reports_of_days(first_on, last_on, zone, next_tick)
    ]
    day = first_on
    while day <= last_on:
        tick_at = next_tick(_CALLS, midnight(day, zone))
        if tick_at.astimezone(ZoneInfo(zone)).date() == day:
            found.append(Expected(_CALLS, str(day), tick_at, patience))
        day += _DAY
    return tuple(found)


def reports(first_on: date, last_on: date, zone: str) -> list[Expected]:
    """Return the reports about all days, weeks and months that ended in a span of local days, and its lists of calls.

    The schedules are read with Airflow's configuration, so they stay as they are while the process lives.
    """
    return list(_reports(first_on, last_on, zone))
