"""Days as one says them to a client: «сегодня», «с пятницы, 20 ноября», «до четверга, 26 ноября»."""

from __future__ import annotations

from datetime import date, timedelta

from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.russian import day_and_month

_GENITIVE = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
_FAR = timedelta(days=180)


def plain_day(day: date, today: date) -> str:
    """Return ``27 ноября``, or ``27 ноября 2027`` where the year is not understood."""
    is_this_year = day.year == today.year or abs(day - today) < _FAR
    return day_and_month(day) if is_this_year else f"{day_and_month(day)}{NO_BREAK_SPACE}{day.year}"


def past_day(day: date, today: date) -> str:
    """Return when something was: ``сегодня``, ``вчера``, ``20 ноября``."""
    return {today: "сегодня", today - timedelta(days=1): "вчера"}.get(day) or plain_day(day, today)


def since_day(day: date, today: date) -> str:
    """Return since when something is so: ``сегодня``, ``со вчерашнего дня``, ``с пятницы, 20 ноября``."""
    if day >= today:
        return "сегодня"
    if day == today - timedelta(days=1):
        return f"со{NO_BREAK_SPACE}вчерашнего дня"
    # «со среды», «со вторника»: two consonants that the tongue stumbles over.
    with_word = "со" if day.weekday() in (1, 2) else "с"
    return f"{with_word}{NO_BREAK_SPACE}{_of_weekday(day, today)}"


def until_day(day: date, today: date) -> str:
    """Return by when something is to be: ``сегодня``, ``до завтра, 26 ноября``, ``до пятницы, 27 ноября``."""
    if day == today:
        return "сегодня"
    if day == today + timedelta(days=1):
        return f"до{NO_BREAK_SPACE}завтра, {plain_day(day, today)}"
    return f"до{NO_BREAK_SPACE}{_of_weekday(day, today)}"


def _of_weekday(day: date, today: date) -> str:
    return f"{_GENITIVE[day.weekday()]}, {plain_day(day, today)}"
