"""Russian words that depend on a number or a date: plurals, days, weeks, months.

A number and its word are held together by a no-break space; a span of days has an en dash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.text.money import NO_BREAK_SPACE, grouped

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_WEEKDAY_NAMES = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_NOMINATIVE = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_GENITIVE = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_DATIVE = (
    "январю", "февралю", "марту", "апрелю", "маю", "июню",
    "июлю", "августу", "сентябрю", "октябрю", "ноябрю", "декабрю",
)  # fmt: skip
_PREPOSITIONAL = (
    "январе", "феврале", "марте", "апреле", "мае", "июне",
    "июле", "августе", "сентябре", "октябре", "ноябре", "декабре",
)  # fmt: skip
_LAST_WEEKDAY = (
    "в прошлый понедельник", "в прошлый вторник", "в прошлую среду", "в прошлый четверг",
    "в прошлую пятницу", "в прошлую субботу", "в прошлое воскресенье",
)  # fmt: skip
_ON_WEEKDAYS = (
    "по понедельникам", "по вторникам", "по средам", "по четвергам",
    "по пятницам", "по субботам", "по воскресеньям",
)  # fmt: skip

MONTHS_SHORT = tuple(name[:3] for name in _NOMINATIVE)

# It begins with the space: a search for one sign passes over the rest of a text in no time.
_SHORT_WORD = re.compile(r" (?:(?<=\b[а-яё] )|(?<=\b[а-яё]{2} ))(?=\w)", re.IGNORECASE)
_BEFORE_DASH = re.compile(r" (?=[–—] )")


def plural(number: int, one: str, few: str, many: str) -> str:
    """Return the form that agrees with a number: 1, 21 → one; 2…4, 22 → few; 0, 5…20, 111 → many."""
    last_two, last = abs(number) % 100, abs(number) % 10
    if last == 1 and last_two != 11:  # noqa: PLR2004 - the grammar's own numbers
        return one
    if 2 <= last <= 4 and not 12 <= last_two <= 14:  # noqa: PLR2004
        return few
    return many


def tied(text: str) -> str:
    """Return the text with short words tied to the next one, dashes to the word before: no line ends with «в»."""
    return _BEFORE_DASH.sub(NO_BREAK_SPACE, _SHORT_WORD.sub(NO_BREAK_SPACE, text))


def counted(number: int, one: str, few: str, many: str) -> str:
    """Return the number with its word: ``21 ремонт``, ``1 204 ремонта``."""
    return f"{grouped(number)}{NO_BREAK_SPACE}{plural(number, one, few, many)}"


def day_text(day: date) -> str:
    """Return ``20 ноября 2026, пт``."""
    return f"{day_and_month(day)} {day.year}, {WEEKDAYS[day.weekday()]}"


def span_text(first_on: date, last_on: date) -> str:
    """Return ``16–22 ноября 2026``, ``30 ноября – 6 декабря 2026``, ``28 декабря 2026 – 3 января 2027``.

    One day is ``23 ноября 2026``.
    """
    if first_on == last_on:
        return f"{day_and_month(first_on)} {first_on.year}"
    if first_on.year != last_on.year:
        return f"{day_and_month(first_on)} {first_on.year} – {day_and_month(last_on)} {last_on.year}"
    if first_on.month != last_on.month:
        return f"{day_and_month(first_on)} – {day_and_month(last_on)} {last_on.year}"
    return f"{first_on.day}–{day_and_month(last_on)} {last_on.year}"


def month_text(month: date) -> str:
    """Return ``ноябрь 2026``."""
    return f"{_NOMINATIVE[month.month - 1]}{NO_BREAK_SPACE}{month.year}"


def month_name(month: date) -> str:
    """Return ``ноябрь``."""
    return _NOMINATIVE[month.month - 1]


def in_month_text(month: date) -> str:
    """Return ``в октябре``."""
    return f"в {_PREPOSITIONAL[month.month - 1]}"


def last_weekday_text(day: date) -> str:
    """Return ``в прошлую среду``."""
    return _LAST_WEEKDAY[day.weekday()]


def on_weekdays_text(weekday: int) -> str:
    """Return ``по средам``; Monday is 0."""
    return _ON_WEEKDAYS[weekday]


def weekday_name(day: date) -> str:
    """Return ``среда``."""
    return _WEEKDAY_NAMES[day.weekday()]


def time_text(moment: datetime, *, with_year: bool = False) -> str:
    """Return ``20 ноября, 14:05`` or ``20 ноября 2026, 14:05`` by the moment's own clock."""
    year = f" {moment.year}" if with_year else ""
    return f"{day_and_month(moment)}{year}, {moment:%H:%M}"


def lasting_text(span: timedelta) -> str:
    """Return how long something lasted: ``9 мин``, ``26 ч 10 мин``, from two days on ``3 дня 4 ч``."""
    minutes = int(span.total_seconds()) // 60
    if minutes < 1:
        return "меньше минуты"
    hours, minutes = divmod(minutes, 60)
    days, hours_of_day = divmod(hours, 24)
    if days >= 2:  # noqa: PLR2004 - a day and a half is better told in hours
        pieces = [counted(days, "день", "дня", "дней"), _unit(hours_of_day, "ч")]
    else:
        pieces = [_unit(hours, "ч"), _unit(minutes, "мин")]
    return NO_BREAK_SPACE.join(filter(None, pieces))


def period_text(period: Period) -> str:
    """Return the period as a title names it."""
    match period.kind:
        case Kind.DAILY:
            return day_text(period.first_on)
        case Kind.WEEKLY:
            return span_text(period.first_on, period.last_on)
        case Kind.MONTHLY:
            return month_text(period.first_on)


def compared_to_text(period: Period) -> str:
    """Return the beginning of a comparison: ``К 13 ноября 2026, пт``, ``К октябрю 2026``."""
    match period.kind:
        case Kind.DAILY:
            return f"К{NO_BREAK_SPACE}{day_text(period.first_on)}"
        case Kind.WEEKLY:
            return f"К{NO_BREAK_SPACE}неделе {span_text(period.first_on, period.last_on)}"
        case Kind.MONTHLY:
            month = period.first_on
            return f"К{NO_BREAK_SPACE}{_DATIVE[month.month - 1]}{NO_BREAK_SPACE}{month.year}"


def _unit(number: int, unit: str) -> str:
    return f"{number}{NO_BREAK_SPACE}{unit}" if number else ""


def day_and_month(day: date) -> str:
    """Return ``20 ноября``."""
    return f"{day.day}{NO_BREAK_SPACE}{_GENITIVE[day.month - 1]}"
