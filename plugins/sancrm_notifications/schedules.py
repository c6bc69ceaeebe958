"""When the DAGs run: read while parsing, from the section ``[sancrm_notifications]`` of Airflow's configuration.

The defaults are the seed's: daily 09:00 except Monday, weekly Monday 09:30, monthly on the 1st at 09:30.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from airflow.sdk import CronTriggerTimetable
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from sancrm_notifications.periods import Kind

SECTION = "sancrm_notifications"
CRON = {
    "daily": "0 9 * * 0,2-6",
    "weekly": "30 9 * * 1",
    "monthly": "30 9 1 * *",
}


def time_zone() -> str:
    """Return the IANA name of the zone that days, weeks and months are counted in."""
    return str(conf.get(SECTION, "timezone", fallback="Europe/Moscow"))


def report_timetable(kind: Kind) -> CronTriggerTimetable:
    """Return the timetable of the reports of this kind, configured as ``profitability_daily_cron`` and so on."""
    cron = conf.get(SECTION, f"profitability_{kind}_cron", fallback=CRON[kind])
    return CronTriggerTimetable(cron, timezone=time_zone())


def first_tick() -> datetime:
    """Return the start date of every DAG: without one, Airflow counts a cron's ticks in UTC."""
    return datetime(2020, 1, 1, tzinfo=ZoneInfo(time_zone()))
