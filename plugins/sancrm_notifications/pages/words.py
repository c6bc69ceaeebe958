"""What the pages call things, in Russian: notifications, periods, destinations, moments."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.russian import period_text, time_text

if TYPE_CHECKING:
    from datetime import datetime

_NOTIFICATIONS = {
    "profitability_daily": "Рентабельность за день",
    "profitability_weekly": "Рентабельность за неделю",
    "profitability_monthly": "Рентабельность за месяц",
    "missed_calls": "Незвонки",
    "backup_failures": "Резервные копии",
}
_DESTINATIONS = {
    "staff": "общий чат",
    "reports": "чат отчётов",
    "missed_calls": "чат незвонков",
    "backups": "чат резервных копий",
    "operators": "чат операторов",
}
_BRANCH = "branch:"
_PERIOD_KEY = re.compile(r"(?P<year>\d{4})-(?:W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?)")


def notification_name(notification: str) -> str:
    """Return what staff call a notification; one without a name here keeps its id."""
    return _NOTIFICATIONS.get(notification, notification)


def destination_name(destination: str) -> str:
    """Return a logical destination in words: ``чат отчётов``, ``чат филиала №7``."""
    if destination.startswith(_BRANCH):
        return f"чат филиала №\N{NO-BREAK SPACE}{destination.removeprefix(_BRANCH)}"
    return _DESTINATIONS.get(destination, destination)


def period_name(key: str) -> str:
    """Return the period of a message key as a title names it; a key that is no period stays as it is."""
    found = _PERIOD_KEY.fullmatch(key)
    if found is None:
        return key
    year = int(found["year"])
    try:
        if found["week"]:
            kind, day = Kind.WEEKLY, date.fromisocalendar(year, int(found["week"]), 1)
        else:
            kind = Kind.DAILY if found["day"] else Kind.MONTHLY
            day = date(year, int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return key
    return period_text(Period.containing(kind, day, "UTC"))


def moment(at: datetime, zone: str) -> str:
    """Return an instant by the clock of the zone (IANA name): ``20 ноября, 14:05``."""
    return time_text(at.astimezone(ZoneInfo(zone)))
