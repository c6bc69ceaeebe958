"""When a DAG runs, in Russian: for the crons that reports have; of others nothing is said here."""

from __future__ import annotations

import re

from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.russian import WEEKDAYS, counted

_ONLY = {
    "пн": "по понедельникам",
    "вт": "по вторникам",
    "ср": "по средам",
    "чт": "по четвергам",
    "пт": "по пятницам",
    "сб": "по субботам",
    "вс": "по воскресеньям",
}
_BUT = {
    "пн": "понедельника",
    "вт": "вторника",
    "ср": "среды",
    "чт": "четверга",
    "пт": "пятницы",
    "сб": "субботы",
    "вс": "воскресенья",
}
_SPAN = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")


def times_text(cron: str, *, on_working_days: bool) -> str:
    """Return when a cron expression of five fields ticks: «по понедельникам в 09:30»; empty: there are no words."""
    fields = cron.split()
    if len(fields) != len(("minute", "hour", "day", "month", "weekday")) or fields[3] != "*":
        return ""
    minute, hour, day, _, weekday = fields
    days = _days(day, weekday, on_working_days=on_working_days)
    if minute.startswith("*/") and minute[2:].isdecimal() and hour == "*":
        number = int(minute[2:])
        every = "каждую минуту" if number == 1 else f"каждые {counted(number, 'минуту', 'минуты', 'минут')}"
        return every if days == "каждый день" else f"{days}, {every}" if days else ""
    hours = _SPAN.fullmatch(hour)
    if not days or not hours or not minute.isdecimal():
        return ""
    first = f"{int(hours[1]):02d}:{int(minute):02d}"
    if hours[2] is None:
        return f"{days} в{NO_BREAK_SPACE}{first}"
    return f"{days}, каждый час с{NO_BREAK_SPACE}{first} до{NO_BREAK_SPACE}{int(hours[2]):02d}:{int(minute):02d}"


def _days(day: str, weekday: str, *, on_working_days: bool) -> str:
    if on_working_days:
        return "по рабочим дням" if (day, weekday) == ("*", "*") else ""
    if weekday == "*":
        return "каждый день" if day == "*" else f"{int(day)}-го числа" if day.isdecimal() else ""
    return _weekdays(weekday) if day == "*" else ""


def _weekdays(written: str) -> str:
    found: set[int] = set()
    for piece in written.split(","):
        span = _SPAN.fullmatch(piece)
        if span is None:
            return ""
        # A cron's Sunday is 0, and 7 too.
        found |= {(number - 1) % 7 for number in range(int(span[1]), int(span[2] or span[1]) + 1)}
    named = [name for number, name in enumerate(WEEKDAYS) if number in found]
    missing = [name for number, name in enumerate(WEEKDAYS) if number not in found]
    if not missing:
        return "каждый день"
    if len(missing) == 1:
        return f"каждый день, кроме {_BUT[missing[0]]},"
    return _ONLY[named[0]] if len(named) == 1 else f"по дням {', '.join(named)}"
