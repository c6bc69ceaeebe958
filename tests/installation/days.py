"""The days that tests of whole runs ask for, apart from each other so that no test finds another's reports."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

TIME_ZONE = ZoneInfo("Europe/Moscow")
TODAY = datetime.now(TIME_ZONE).date()


def days_ago(count: int) -> date:
    """Return the local day that was so many days before today."""
    return TODAY - timedelta(days=count)


def sunday_before(day: date) -> date:
    """Return the last Sunday before a day."""
    return day - timedelta(days=day.weekday() + 1)
