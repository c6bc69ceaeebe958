"""Previews: asked for here, listed here, and what one run would have sent beside what is in the chats."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.ledger import comparing, known, previews
from sancrm_notifications.ledger.comparing import Effect
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import airflow_runs, chat_addresses, forms
from sancrm_notifications.pages.forecast import WORDS, counts, forecast
from sancrm_notifications.pages.rendering import page, root, sentence
from sancrm_notifications.pages.rights import MissingRightError, User, may_run, rights_over
from sancrm_notifications.pages.words import notification_name
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.russian import counted

router = APIRouter()
FORM = "preview"
RUN_START = "preview__"
_REPORTS = ("profitability_daily", "profitability_weekly", "profitability_monthly")
_MISSED_CALLS = "missed_calls"
DAG_IDS = (*_REPORTS, _MISSED_CALLS)

_NO_PREVIEW = (
    "У этого запуска нет предпросмотра. Он появляется, когда DAG запущен вручную с отметкой «Только предпросмотр»,"
    " и хранится столько же, сколько неотправленный отчёт."
)
_NOT_YET = "Предпросмотр ещё готовится, обычно это занимает меньше минуты. Обновите страницу."
_FAILED = "Предпросмотр не получился: запуск закончился ошибкой, её причина — в логе его задач."
_NOTHING_NEW = "Отправлять и менять нечего: запуск не подготовил ни одного сообщения."
_ALL_IN_CHAT = "Нового нет, {} уже в чате: отправлять и менять нечего."


class Asked(BaseModel):
    """The form: which notification, which day inside the period, one branch or all."""

    notification: str
    day: str = ""
    branch: str = ""
    token: str = ""


@router.get("/", response_class=HTMLResponse)
def list_previews(request: Request, user: User) -> HTMLResponse:
    """Show the previews of the DAGs that this user may read, the newest first."""
    dag_ids = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    listed = previews.newest(connections.ledger_conninfo(), dag_ids)
    return page(request, "list.html", {"previews": listed, "most": previews.LISTED})


@router.get("/preview", response_class=HTMLResponse)
def ask(request: Request, user: User) -> HTMLResponse:
    """Show the form, with the notifications that this user may run."""
    runnable = may_run(user, DAG_IDS)
    with reading(connections.ledger_conninfo()) as connection:
        places = known.places(connection, known.dags(connection), runnable, known.branch_names(connection))
    values = {
        "notifications": {dag_id: notification_name(dag_id) for dag_id in DAG_IDS if dag_id in runnable},
        "branches": places.branches,
        "token": forms.token(user, FORM),
    }
    return page(request, "ask_preview.html", values)


@router.post("/preview")
def make(request: Request, user: User, form: Annotated[Asked, Form()]) -> RedirectResponse:
    """Start the run that previews; the same form again leads to the same run."""
    run_id = f"{RUN_START}{forms.accepted(request, user, FORM, form.token).number}"
    if form.notification not in DAG_IDS:
        raise HTTPException(404)
    if form.notification not in may_run(user, [form.notification]):
        raise MissingRightError("run", [form.notification])
    conf: dict[str, Any] = {"preview": True}
    if form.notification in _REPORTS:
        conf |= {"date": _day(form.day), "branch": form.branch or None}
    airflow_runs.start(form.notification, run_id, conf, forms.user_name(user))
    return RedirectResponse(f"{root(request)}/dags/{form.notification}/runs/{run_id}", 303)


@router.get(
    "/dags/{dag_id}/runs/{run_id}", response_class=HTMLResponse, dependencies=[Depends(requires_access_dag("GET"))]
)
def show_preview(request: Request, user: User, dag_id: str, run_id: str) -> HTMLResponse:
    """Show what one run would have sent, where to, and what that would change."""
    preview = previews.of_run(connections.ledger_conninfo(), dag_id, run_id)
    if preview is None:
        return _without(
            request,
            airflow_runs.find(dag_id, [run_id]).get(run_id),
            f"dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}",
        )
    with reading(connections.ledger_conninfo()) as connection:
        compared = comparing.compared(connection, dag_id, [run_id])
        branches, titles = known.branch_names(connection), known.chat_titles(connection)
    run = airflow_runs.find(dag_id, [run_id]).get(run_id)
    corrects_old = run is not None and bool(run.conf.get("correct_old"))
    found = [forecast(row, time_zone(), corrects_old=corrects_old) for row in compared]
    shown = {"notification": preview.notification, "dag_id": dag_id}
    values = {
        "preview": preview,
        "dag_id": dag_id,
        "run_id": run_id,
        "has_text": rights_over(user, [dag_id]).may_read_text_of(shown),
        "counts": counts(found),
        "is_nothing_new": bool(found) and counts(found)[Effect.NOTHING] == len(found),
        "left": sum(each.is_left_as_it_is for each in found),
        "effects": WORDS,
        "forecasts": {(each.told_as, each.destination): each for each in found},
        "chats": chat_addresses.now([message.destination for message in preview.messages]),
        "branches": branches,
        "titles": titles,
    }
    return page(request, "preview.html", values)


def _day(written: str) -> str | None:
    if not written:
        return None
    try:
        return str(date.fromisoformat(written))
    except ValueError:
        raise HTTPException(400) from None


def _without(request: Request, run: airflow_runs.StartedRun | None, here: str) -> HTMLResponse:
    """Say why a run has no preview; ``here`` is this page, which may have one in a moment."""
    if run is None or not run.conf.get("preview"):
        return sentence(request, _NO_PREVIEW, 404, way_on="preview")
    if not run.has_ended:
        return sentence(request, _NOT_YET, 202, way_on=here, way_name="Обновить")
    return sentence(request, _nothing_new(run) if run.state == "success" else _FAILED, 404, way_on="preview")


def _nothing_new(run: airflow_runs.StartedRun) -> str:
    """Say that nothing was previewed, and how many messages of the run's day are in the chat already."""
    if run.dag_id not in {_MISSED_CALLS, "missed_calls_check"} or run.queued_at is None:
        return _NOTHING_NEW
    day = run.queued_at.astimezone(ZoneInfo(time_zone())).date().isoformat()
    with reading(connections.ledger_conninfo()) as connection:
        found = comparing.in_chats(connection, [(_MISSED_CALLS, day)])
    in_chat, _ = found.get((_MISSED_CALLS, day), (0, 0))
    return _ALL_IN_CHAT.format(counted(in_chat, "сообщение", "сообщения", "сообщений")) if in_chat else _NOTHING_NEW
