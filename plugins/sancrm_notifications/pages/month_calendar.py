"""A month as a calendar: its weeks from Monday on, a day's cell, and which day and week are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.pages.punctuality import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar; ``at`` is when the last of its messages came."""

    day: date
    status: Status
    at: datetime | None = None


def weeks(
    first_on: date, last_on: date, notification: str, due_cells: Mapping[tuple[str, str], Cell]
) -> list[list[Cell | None]]:
    """Return the month as weeks from Monday on; None before its first and after its last day."""
    cells: list[Cell | None] = [None] * first_on.weekday()
    day = first_on
    while day <= last_on:
        cells.append(due_cells.get((notification, str(day)), Cell(day, Status.NOT_DUE)))
        day += DAY
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def week_of(day: date, first_on: date, last_on: date) -> list[date]:
    """Return the days of a day's week from Monday on, as far as the month has them."""
    monday = day - day.weekday() * DAY
    days = (monday + number * DAY for number in range(7))
    return [each for each in days if first_on <= each <= last_on]


def shown_day(day: str, first_on: date, last_on: date, now_on: date) -> date:
    """Return the day that was asked for, else yesterday, within the month."""
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        chosen = now_on - DAY
    return min(max(chosen, first_on), last_on)


def today(now: datetime, zone: str) -> date:
    """Return the local day."""
    return now.astimezone(ZoneInfo(zone)).date()
