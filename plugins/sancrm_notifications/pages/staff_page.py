"""Reports by day, for staff: came, late, did not come, not due; with why in one sentence and nothing personal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from sancrm_notifications import connections
from sancrm_notifications.ledger import known, punctuality
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import airflow_runs, due
from sancrm_notifications.pages.month_calendar import DAY, Cell, shown_day, today, week_of, weeks
from sancrm_notifications.pages.punctuality import MARKS, WORDS, Expected, Judged
from sancrm_notifications.pages.rendering import page
from sancrm_notifications.pages.rights import User, rights_over
from sancrm_notifications.pages.standing import BAD, CALLS, LISTED, LONGER, Standing, bad
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.russian import month_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.punctuality import Tally

router = APIRouter()
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_DAILY = "profitability_daily"


@router.get("/staff", response_class=HTMLResponse)
def show_staff(
    request: Request, user: User, *, month: str = "", branch: str = "", day: str = "", period: str = ""
) -> HTMLResponse:
    """Show a month of reports, of the DAGs that this user may read."""
    zone = time_zone()
    now = datetime.now(UTC)
    first_on = date.fromisoformat(f"{month}-01") if _MONTH.fullmatch(month) else today(now, zone).replace(day=1)
    last_on = (first_on + 31 * DAY).replace(day=1) - DAY
    readable = rights_over(user, [*due.DAG_IDS]).readable
    shown_on = shown_day(day, first_on, last_on, today(now, zone))
    week = week_of(shown_on, first_on, last_on)
    with reading(connections.ledger_conninfo()) as connection:
        names = known.branch_names(connection)
        branches = known.places(connection, due.DAG_IDS, readable, names).branches
        about = int(branch) if branch.isascii() and branch.isdecimal() and int(branch) in branches else None
        expected = _expected(first_on, last_on, zone, readable, about)
        tallies = punctuality.tallies(connection, [(one.notification, one.period, one.by) for one in expected], about)
        runs = airflow_runs.states_at({one.notification for one in expected}, first_on, last_on + 10 * DAY)
        standing = Standing(runs, now, zone, about, branches, punctuality.first_messages(connection, readable))
        cells = {
            (one.notification, one.period): standing.cell(one, tallies.get((one.notification, one.period)))
            for one in expected
            if one.notification not in LONGER
        }
        opened = [one for one in expected if _is_opened(one, shown_on, week, cells)]
        messages = _messages(connection, opened, {str(shown_on), period}, about)
    found = {(one.notification, one.period): standing.judged(one, messages, tallies) for one in opened}
    values: dict[str, Any] = {
        "month": f"{first_on:%Y-%m}",
        "month_name": month_text(first_on),
        "before": f"{first_on - DAY:%Y-%m}",
        "after": f"{last_on + DAY:%Y-%m}",
        "branches": branches,
        "branch": about,
        "calendars": [
            (name, title, weeks(first_on, last_on, name, cells))
            for name, title in ((_DAILY, "Отчёты за день"), (CALLS, "Незвонки"))
            if name in readable and not (name == CALLS and about is not None)
        ],
        "day": shown_on,
        "week": week,
        "marks": MARKS,
        "words": WORDS,
        **_lists(standing, opened, found, tallies, shown_on=shown_on, week=week, whole_period=period),
    }
    return page(request, "staff.html", values)


def _expected(first_on: date, last_on: date, zone: str, readable: frozenset[str], about: int | None) -> list[Expected]:
    """Return the reports that may be read of a month; a call is a repair's and not a branch's."""
    return [
        one
        for one in due.reports(first_on, last_on, zone)
        if one.notification in readable and (about is None or one.notification != CALLS)
    ]


def _messages(
    connection: psycopg.Connection[DictRow], opened: Sequence[Expected], whole_periods: set[str], about: int | None
) -> dict[tuple[str, str], list[DictRow]]:
    """Return messages of the opened reports: all of ``whole_periods``, of others the worst."""
    reports = [one for one in opened if one.notification != CALLS]
    calls = [(one.notification, one.period, one.by) for one in opened if one.notification == CALLS]
    whole = [(one.notification, one.period) for one in reports if one.period in whole_periods]
    others = [(one.notification, one.period, one.by) for one in reports if one.period not in whole_periods]
    rows = [
        *punctuality.reports(connection, whole, about),
        *punctuality.worst(connection, others, LISTED, about),
        # Of a day's calls, thousands perhaps, one message says how its list stands.
        *punctuality.worst(connection, calls, 1),
    ]
    found: dict[tuple[str, str], list[DictRow]] = {}
    for row in rows:
        found.setdefault((row["notification"], row["period"]), []).append(row)
    return found


def _lists(
    standing: Standing,
    opened: Sequence[Expected],
    found: Mapping[tuple[str, str], list[Judged]],
    tallies: Mapping[tuple[str, str], Tally],
    *,
    shown_on: date,
    week: Sequence[date],
    whole_period: str,
) -> dict[str, Any]:
    """Return what the page names one by one: the day's reports, what was bad of its week, the month's longer ones."""
    return {
        "of_day": [(name, found[name, str(shown_on)]) for name in (_DAILY, CALLS) if (name, str(shown_on)) in found],
        "bad_of_week": [
            standing.listed(one, worse, tallies)
            for one in opened
            if _day_of(one) in week and (worse := bad(found[one.notification, one.period]))
        ],
        "longer": [
            standing.listed(one, found[one.notification, one.period], tallies, is_whole=one.period == whole_period)
            for one in opened
            if one.notification in LONGER
        ],
    }


def _day_of(one: Expected) -> date | None:
    """Return the day that a daily report or a list of calls is about."""
    return None if one.notification in LONGER else date.fromisoformat(one.period)


def _is_opened(one: Expected, shown_on: date, week: Sequence[date], cells: Mapping[tuple[str, str], Cell]) -> bool:
    """Tell whether a report's messages are looked at one by one: a month of them is too many for a page."""
    if one.notification in LONGER:
        return True
    cell = cells[one.notification, one.period]
    return cell.day == shown_on or (cell.day in week and cell.status in BAD)
