"""Missed reports: what of some reported days is in the chats, what sending would do, and how far that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.ledger import comparing
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import airflow_backfills, airflow_runs, forms
from sancrm_notifications.pages.forecast import WORDS, counts, forecast
from sancrm_notifications.pages.links import query_string
from sancrm_notifications.pages.rendering import page, root
from sancrm_notifications.pages.rights import MissingRightError, User, may_run, rights_over
from sancrm_notifications.schedule.crons import next_tick, time_zone
from sancrm_notifications.schedule.report_ticks import reports_of_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.pages.airflow_runs import StartedRun
    from sancrm_notifications.schedule.report_ticks import Report

router = APIRouter()
FORM = "backfill"
RUN_START = "count__"
MOST_DAYS = 31
_DAG_IDS = ("profitability_daily", "profitability_weekly", "profitability_monthly")
_NUMBER = re.compile(r"[0-9a-f]{16}")
_RUN_WORDS = {
    None: "запуска не было",
    "success": "готов",
    "failed": "закончился ошибкой",
    "running": "идёт",
    "queued": "ждёт очереди",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Reported days, and the reports of them that are due by now."""

    first_on: date
    last_on: date
    reports: list[Report]
    problem: str = ""

    @property
    def periods(self) -> list[tuple[str, str]]:
        """The notification and the period's key of each report."""
        return [(report.dag_id, report.period.key) for report in self.reports]

    def ticks(self, dag_id: str) -> tuple[datetime, datetime]:
        """Return the first and the last tick of a DAG."""
        ticks = [report.tick_at for report in self.reports if report.dag_id == dag_id]
        return ticks[0], ticks[-1]

    @property
    def dag_ids(self) -> list[str]:
        """The DAGs that have reports of these days, in a fixed order."""
        return [dag_id for dag_id in _DAG_IDS if any(report.dag_id == dag_id for report in self.reports)]

    @property
    def days(self) -> dict[str, str]:
        """The days as they stand in an address."""
        return {"from": str(self.first_on), "to": str(self.last_on)}


class Asked(BaseModel):
    """The form: which days, what to do with them, and whether old periods are corrected too."""

    do: str
    first_on: str = ""
    last_on: str = ""
    correct_old: str = ""
    token: str = ""


@router.get("/backfill", response_class=HTMLResponse)
def show(request: Request, user: User, count: str = "") -> HTMLResponse:
    """Show each report of the days: what is in the chats, how its run stands, what sending would do where counted."""
    span = _span(request.query_params.get("from", ""), request.query_params.get("to", ""))
    rights = rights_over(user, _DAG_IDS)
    reports = [report for report in span.reports if report.dag_id in rights.readable]
    runs = airflow_runs.states_at(rights.readable, span.first_on, span.last_on + timedelta(days=10))
    counted = count if _NUMBER.fullmatch(count) else ""
    with reading(connections.ledger_conninfo()) as connection:
        known = comparing.in_chats(connection, span.periods)
        previews = {
            dag_id: comparing.compared(connection, dag_id, [_run_id(counted, report) for report in reports])
            for dag_id in span.dag_ids
            if counted and dag_id in rights.readable
        }
    counting = _counting_runs(counted, reports) if counted else {}
    old = {run_id for run_id, run in counting.items() if run.conf.get("correct_old")}
    found = [
        forecast(row, time_zone(), corrects_old=row["run_id"] in old) for rows in previews.values() for row in rows
    ]
    values: dict[str, Any] = {
        "span": span,
        "rows": [_row(report, known, runs) for report in reports],
        "total": _total(reports, known, runs),
        "counts": counts(found) if counted else None,
        "effects": WORDS,
        "left": sum(each.is_left_as_it_is for each in found),
        "correct_old": bool(old),
        "counting": _counting(counting) if counted else None,
        "address": query_string({**span.days, "count": counted}),
        "runnable": may_run(user, _DAG_IDS),
        "token": forms.token(user, FORM),
        "most_days": MOST_DAYS,
    }
    return page(request, "backfill.html", values)


@router.post("/backfill")
def act(request: Request, user: User, form: Annotated[Asked, Form()]) -> RedirectResponse:
    """Start previews of every report to count what would happen, or the backfills that send; of the user's DAGs."""
    sent = forms.accepted(request, user, FORM, form.token)
    span = _span(form.first_on, form.last_on)
    if span.problem or not span.reports or form.do not in {"count", "send"}:
        raise HTTPException(400)
    runnable = may_run(user, _DAG_IDS)
    dag_ids = [dag_id for dag_id in span.dag_ids if dag_id in runnable]
    if not dag_ids:
        raise MissingRightError("run", span.dag_ids)
    name = forms.user_name(user)
    address = f"{root(request)}/backfill"
    if form.do == "count":
        for report in span.reports:
            if report.dag_id in dag_ids:
                conf = {
                    "preview": True,
                    "date": str(report.period.first_on),
                    "correct_old": bool(form.correct_old),
                }
                airflow_runs.start(report.dag_id, _run_id(sent.number, report), conf, name)
        return RedirectResponse(f"{address}{query_string({**span.days, 'count': sent.number})}", 303)
    for dag_id in dag_ids:
        ticks = span.ticks(dag_id)
        if not airflow_backfills.was_started(dag_id, ticks, sent.issued_at):
            airflow_backfills.start(dag_id, ticks, {"correct_old": bool(form.correct_old)}, name)
    return RedirectResponse(f"{address}{query_string(span.days)}", 303)


def _span(first: str, last: str) -> Span:
    zone = time_zone()
    yesterday = datetime.now(ZoneInfo(zone)).date() - timedelta(days=1)
    problem = ""
    try:
        first_on = date.fromisoformat(first) if first else yesterday - timedelta(days=6)
        last_on = date.fromisoformat(last) if last else yesterday
    except ValueError:
        first_on, last_on, problem = yesterday - timedelta(days=6), yesterday, "День в адресе не понят."
    if first_on > last_on:
        problem = "Первый день позже последнего."
    elif (last_on - first_on).days >= MOST_DAYS:
        problem = f"За раз — не больше {MOST_DAYS} дней; для более длинных есть команда (docs/pages.md)."
    reports = [] if problem else reports_of_days(first_on, last_on, zone, next_tick)
    return Span(first_on, last_on, [report for report in reports if report.tick_at <= datetime.now(UTC)], problem)


def _run_id(number: str, report: Report) -> str:
    return f"{RUN_START}{number}__{report.period.key}"


def _row(
    report: Report, known: dict[tuple[str, str], tuple[int, int]], runs: dict[tuple[str, datetime], str]
) -> dict[str, Any]:
    in_chat, waiting = known.get((report.dag_id, report.period.key), (0, 0))
    state = runs.get((report.dag_id, report.tick_at))
    return {"report": report, "in_chat": in_chat, "waiting": waiting, "run": _RUN_WORDS.get(state, state)}


def _total(
    reports: list[Report], known: dict[tuple[str, str], tuple[int, int]], runs: dict[tuple[str, datetime], str]
) -> dict[str, int]:
    """Return how many reports there are, have arrived wholly, and have a run that has ended or has not."""
    of_each = [known.get((report.dag_id, report.period.key), (0, 0)) for report in reports]
    states = [runs.get((report.dag_id, report.tick_at)) for report in reports]
    return {
        "reports": len(reports),
        "arrived": sum(in_chat > 0 and not waiting for in_chat, waiting in of_each),
        "messages": sum(in_chat for in_chat, _ in of_each),
        "under_way": sum(state in {"queued", "running"} for state in states),
        "failed": sum(state == "failed" for state in states),
    }


def _counting_runs(number: str, reports: list[Report]) -> dict[str, StartedRun]:
    """Return the previews that count, by their run."""
    found: dict[str, StartedRun] = {}
    for dag_id in {report.dag_id for report in reports}:
        found |= airflow_runs.find(dag_id, [_run_id(number, report) for report in reports if report.dag_id == dag_id])
    return found


def _counting(runs: Mapping[str, StartedRun]) -> dict[str, int]:
    """Return how many of the previews that count have ended, failed, and how many there are."""
    return {
        "all": len(runs),
        "ended": sum(run.has_ended for run in runs.values()),
        "failed": sum(run.state == "failed" for run in runs.values()),
    }
