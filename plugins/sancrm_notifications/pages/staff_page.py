"""Reports by day, for staff: came, late, did not come, not due; with why in one sentence and nothing personal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sancrm_notifications import connections
from sancrm_notifications.ledger import log, punctuality
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import airflow_runs, due
from sancrm_notifications.pages.punctuality import (
    MARKS,
    WORDS,
    Expected,
    Judged,
    Status,
    judged,
    no_call_waited,
    not_yet,
    worst,
)
from sancrm_notifications.pages.rendering import page
from sancrm_notifications.pages.rights import User, rights_over
from sancrm_notifications.pages.words import moment, period_name
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.russian import month_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.rows import DictRow

router = APIRouter()
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_DAY = timedelta(days=1)
_CALLS = "missed_calls"
_LONGER = frozenset({"profitability_weekly", "profitability_monthly"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar: ``judged`` is empty where nothing was due."""

    day: date
    status: Status
    judged: list[Judged]

    @property
    def at(self) -> datetime | None:
        """When the last of them came."""
        return max((found.at for found in self.judged if found.at is not None), default=None)


@router.get("/staff", response_class=HTMLResponse)
def show_staff(request: Request, user: User, month: str = "", branch: str = "", day: str = "") -> HTMLResponse:
    """Show a month of reports, of the DAGs that this user may read."""
    zone = time_zone()
    now = datetime.now(UTC)
    first_on = date.fromisoformat(f"{month}-01") if _MONTH.fullmatch(month) else _today(now, zone).replace(day=1)
    last_on = (first_on + 31 * _DAY).replace(day=1) - _DAY
    expected = due.reports(first_on, last_on, zone)
    rights = rights_over(user, [*due.DAG_IDS])
    expected = [one for one in expected if one.notification in rights.readable]
    with reading(connections.ledger_conninfo()) as connection:
        branches = log.branch_names(connection)
        began = punctuality.first_messages(connection, rights.readable)
        messages = _by_period(punctuality.reports(connection, [(one.notification, one.period) for one in expected]))
    about = int(branch) if branch.isascii() and branch.isdecimal() and int(branch) in branches else None
    runs = airflow_runs.states_at({one.notification for one in expected}, first_on, last_on + 10 * _DAY)
    look = _Look(runs, now, zone, about, branches, began)
    found = {
        (one.notification, one.period): look.judged(one, messages.get((one.notification, one.period), []))
        for one in expected
    }
    shown_on = _shown_day(day, first_on, last_on, _today(now, zone))
    values: dict[str, Any] = {
        "month": f"{first_on:%Y-%m}",
        "month_name": month_text(first_on),
        "before": f"{first_on - _DAY:%Y-%m}",
        "after": f"{last_on + _DAY:%Y-%m}",
        "branches": branches,
        "branch": about,
        "calendars": [
            (name, title, _weeks(first_on, last_on, name, expected, found))
            for name, title in (("profitability_daily", "Отчёты за день"), (_CALLS, "Незвонки"))
            if name in rights.readable and not (name == _CALLS and about is not None)
        ],
        "longer": [
            (one.notification, period_name(one.period), found[one.notification, one.period])
            for one in expected
            if one.notification in _LONGER
        ],
        "day": shown_on,
        "of_day": [
            (name, found[name, str(shown_on)])
            for name in ("profitability_daily", _CALLS)
            if (name, str(shown_on)) in found
        ],
        "marks": MARKS,
        "words": WORDS,
    }
    return page(request, "staff.html", values)


@dataclass(frozen=True, slots=True)
class _Look:
    """What judging needs to know beside the messages; ``about`` is the only branch that is looked at, or None."""

    runs: dict[tuple[str, datetime], str]
    now: datetime
    zone: str
    about: int | None
    branches: dict[int, str]
    began: dict[str, datetime | None]

    def judged(self, one: Expected, messages: list[DictRow]) -> list[Judged]:
        """Return how a report stands, for each whom it is about."""
        own = [message for message in messages if self.about in {None, _branch_of(message)}]
        run_state = self.runs.get((one.notification, one.tick_at))
        clock = _clock(None if one.notification in _LONGER else one.tick_at, self.zone)
        if not own and run_state is None and self._was_not_yet(one):
            return not_yet()
        if one.notification == _CALLS and not own and self.now >= one.tick_at and no_call_waited(run_state):
            return [Judged("", Status.CAME, "никто не ждал звонка")]
        found = judged(one, own, run_state, self.now, clock)
        if one.notification == _CALLS:
            return [_of_calls(found, len(own))]
        if self.about is not None and not own:
            return [Judged(self.branches[self.about], each.status, each.sentence) for each in found]
        return found

    def _was_not_yet(self, one: Expected) -> bool:
        began_at = self.began.get(one.notification)
        return one.tick_at < self.now and (began_at is None or one.tick_at < began_at)


def _by_period(messages: list[DictRow]) -> dict[tuple[str, str], list[DictRow]]:
    found: dict[tuple[str, str], list[DictRow]] = {}
    for message in messages:
        found.setdefault((message["notification"], message["period"]), []).append(message)
    return found


def _branch_of(message: DictRow) -> int | None:
    kind, _, number = message["subject"].partition(":")
    return int(number) if kind == "branch" and number.isdecimal() else None


def _of_calls(found: list[Judged], messages: int) -> Judged:
    """Return one judgement for the day's list: whom it names is nobody's business here."""
    status = worst(found)
    first = next(each for each in found if each.status is status)
    return Judged("", status, f"{first.sentence} (сообщений: {messages})" if messages else first.sentence, first.at)


def _weeks(
    first_on: date,
    last_on: date,
    notification: str,
    expected: list[Expected],
    found: dict[tuple[str, str], list[Judged]],
) -> list[list[Cell | None]]:
    """Return the month as weeks from Monday on; None before its first and after its last day."""
    due_periods = {one.period for one in expected if one.notification == notification}
    cells: list[Cell | None] = [None] * first_on.weekday()
    day = first_on
    while day <= last_on:
        of_day = found[notification, str(day)] if str(day) in due_periods else []
        cells.append(Cell(day, worst(of_day), of_day))
        day += _DAY
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _clock(tick_at: datetime | None, zone: str) -> Callable[[datetime], str]:
    """Return what writes an instant: by its hour on the day of the tick, with its day on others."""
    local = ZoneInfo(zone)
    tick_on = tick_at and tick_at.astimezone(local).date()

    def written(at: datetime) -> str:
        there = at.astimezone(local)
        return f"в {there:%H:%M}" if there.date() == tick_on else moment(at, zone)

    return written


def _shown_day(day: str, first_on: date, last_on: date, today: date) -> date:
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        chosen = today - _DAY
    return min(max(chosen, first_on), last_on)


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()
