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
from sancrm_notifications.ledger import known, punctuality
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
    summed,
    worst,
)
from sancrm_notifications.pages.rendering import page
from sancrm_notifications.pages.rights import User, rights_over
from sancrm_notifications.pages.words import moment
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.russian import month_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.punctuality import Tally

router = APIRouter()
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_DAY = timedelta(days=1)
_CALLS = "missed_calls"
_BAD = frozenset({Status.LATE, Status.NOT_COME})
_LONGER = frozenset({"profitability_weekly", "profitability_monthly"})
_LISTED = 20
"""Of a report so many are named one by one, unless it is opened: those that came late or not at all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar; ``at`` is when the last of its messages came."""

    day: date
    status: Status
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A report with how it stands for whom it is about; of ``more`` that are as bad nothing else is said here."""

    one: Expected
    judgements: list[Judged]
    more: int = 0
    came: int = 0
    messages: int = 0


@router.get("/staff", response_class=HTMLResponse)
def show_staff(
    request: Request, user: User, *, month: str = "", branch: str = "", day: str = "", period: str = ""
) -> HTMLResponse:
    """Show a month of reports, of the DAGs that this user may read."""
    zone = time_zone()
    now = datetime.now(UTC)
    first_on = date.fromisoformat(f"{month}-01") if _MONTH.fullmatch(month) else _today(now, zone).replace(day=1)
    last_on = (first_on + 31 * _DAY).replace(day=1) - _DAY
    expected = due.reports(first_on, last_on, zone)
    rights = rights_over(user, [*due.DAG_IDS])
    expected = [one for one in expected if one.notification in rights.readable]
    shown_on = _shown_day(day, first_on, last_on, _today(now, zone))
    with reading(connections.ledger_conninfo()) as connection:
        names = known.branch_names(connection)
        branches = known.places(connection, due.DAG_IDS, rights.readable, names).branches
        about = int(branch) if branch.isascii() and branch.isdecimal() and int(branch) in branches else None
        # A call is a repair's and not a branch's.
        expected = [one for one in expected if about is None or one.notification != _CALLS]
        began = punctuality.first_messages(connection, rights.readable)
        counted = [(one.notification, one.period, one.by) for one in expected]
        tallies = punctuality.tallies(connection, counted, about)
        runs = airflow_runs.states_at({one.notification for one in expected}, first_on, last_on + 10 * _DAY)
        look = _Look(runs, now, zone, about, branches, began)
        cells = {
            (one.notification, one.period): look.cell(one, tallies.get((one.notification, one.period)))
            for one in expected
            if one.notification not in _LONGER
        }
        week = _week(shown_on, first_on, last_on)
        opened = [one for one in expected if _is_opened(one, shown_on, week, cells)]
        whole = {(one.notification, one.period) for one in opened if one.period in {str(shown_on), period}}
        calls = [(one.notification, one.period, one.by) for one in opened if one.notification == _CALLS]
        named = [(name, key) for name, key in whole if name != _CALLS]
        others = [
            (one.notification, one.period, one.by)
            for one in opened
            if one.notification != _CALLS and (one.notification, one.period) not in whole
        ]
        rows = [
            *punctuality.reports(connection, named, about),
            *punctuality.worst(connection, others, _LISTED, about),
            # Of a day's calls, thousands perhaps, one message says how its list stands.
            *punctuality.worst(connection, calls, 1),
        ]
        messages = _by_period(rows)
    found = {(one.notification, one.period): look.judged(one, messages, tallies) for one in opened}
    values: dict[str, Any] = {
        "month": f"{first_on:%Y-%m}",
        "month_name": month_text(first_on),
        "before": f"{first_on - _DAY:%Y-%m}",
        "after": f"{last_on + _DAY:%Y-%m}",
        "branches": branches,
        "branch": about,
        "calendars": [
            (name, title, _weeks(first_on, last_on, name, cells))
            for name, title in (("profitability_daily", "Отчёты за день"), (_CALLS, "Незвонки"))
            if name in rights.readable and not (name == _CALLS and about is not None)
        ],
        "longer": [
            look.listed(one, found[one.notification, one.period], tallies, is_whole=one.period == period)
            for one in expected
            if one.notification in _LONGER
        ],
        "day": shown_on,
        "of_day": [
            (name, found[name, str(shown_on)])
            for name in ("profitability_daily", _CALLS)
            if (name, str(shown_on)) in found
        ],
        "week": week,
        "bad_of_week": [
            look.listed(one, bad, tallies)
            for one in opened
            if _day_of(one) in week and (bad := _bad(found[one.notification, one.period]))
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

    def judged(
        self,
        one: Expected,
        found: dict[tuple[str, str], list[DictRow]],
        tallies: dict[tuple[str, str], Tally],
    ) -> list[Judged]:
        """Return how a report stands, for each whom it is about; a list of calls is one."""
        about = (one.notification, one.period)
        messages = found.get(about, [])
        if not messages:
            return self._missing(one)
        judgements = judged(one, messages, None, self.now, self._clock(one))
        return [_of_calls(judgements[0], tallies[about].messages)] if one.notification == _CALLS else judgements

    def cell(self, one: Expected, tally: Tally | None) -> Cell:
        """Return the day of the calendar that a report is about."""
        day = date.fromisoformat(one.period)
        if tally is None:
            return Cell(day, worst(self._missing(one)))
        return Cell(day, summed(one, tally, self.now), tally.last_at)

    def listed(
        self,
        one: Expected,
        judgements: list[Judged],
        tallies: dict[tuple[str, str], Tally],
        *,
        is_whole: bool = False,
    ) -> Listed:
        """Return a report for a list that names few: of many messages only those that came late or not at all."""
        tally = tallies.get((one.notification, one.period))
        if is_whole or tally is None or one.notification == _CALLS or tally.messages <= _LISTED:
            return Listed(one, judgements)
        bad = tally.late + tally.not_come + (tally.under_way if self.now >= one.by else 0)
        shown = _bad(judgements)[:_LISTED]
        return Listed(one, shown, bad - len(shown), tally.messages - tally.not_come - tally.under_way, tally.messages)

    def _missing(self, one: Expected) -> list[Judged]:
        """Return how a report stands that there is no message of."""
        run_state = self.runs.get((one.notification, one.tick_at))
        if run_state is None and self._was_not_yet(one):
            return not_yet()
        if one.notification == _CALLS and self.now >= one.tick_at and no_call_waited(run_state):
            return [Judged("", Status.CAME, "никто не ждал звонка")]
        found = judged(one, [], run_state, self.now, self._clock(one))
        if self.about is None or one.notification == _CALLS:
            return found
        return [Judged(self.branches[self.about], each.status, each.sentence) for each in found]

    def _clock(self, one: Expected) -> Callable[[datetime], str]:
        return _clock(None if one.notification in _LONGER else one.tick_at, self.zone)

    def _was_not_yet(self, one: Expected) -> bool:
        began_at = self.began.get(one.notification)
        return one.tick_at < self.now and (began_at is None or one.tick_at < began_at)


def _day_of(one: Expected) -> date | None:
    """Return the day that a daily report or a list of calls is about."""
    return None if one.notification in _LONGER else date.fromisoformat(one.period)


def _bad(judgements: list[Judged]) -> list[Judged]:
    """Return what came late or not at all."""
    return [each for each in judgements if each.status in _BAD]


def _week(day: date, first_on: date, last_on: date) -> list[date]:
    """Return the days of a day's week from Monday on, as far as the month has them."""
    monday = day - day.weekday() * _DAY
    days = (monday + number * _DAY for number in range(7))
    return [each for each in days if first_on <= each <= last_on]


def _is_opened(one: Expected, shown_on: date, week: list[date], cells: dict[tuple[str, str], Cell]) -> bool:
    """Tell whether a report's messages are looked at one by one: a month of them is too many for a page."""
    if one.notification in _LONGER:
        return True
    cell = cells[one.notification, one.period]
    return cell.day == shown_on or (cell.day in week and cell.status in _BAD)


def _by_period(messages: list[DictRow]) -> dict[tuple[str, str], list[DictRow]]:
    found: dict[tuple[str, str], list[DictRow]] = {}
    for message in messages:
        found.setdefault((message["notification"], message["period"]), []).append(message)
    return found


def _of_calls(found: Judged, messages: int) -> Judged:
    """Return one judgement for the day's list: whom it names is nobody's business here."""
    return Judged("", found.status, f"{found.sentence} (сообщений: {messages})", found.at)


def _weeks(
    first_on: date, last_on: date, notification: str, due_cells: dict[tuple[str, str], Cell]
) -> list[list[Cell | None]]:
    """Return the month as weeks from Monday on; None before its first and after its last day."""
    cells: list[Cell | None] = [None] * first_on.weekday()
    day = first_on
    while day <= last_on:
        cells.append(due_cells.get((notification, str(day)), Cell(day, Status.NOT_DUE)))
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
