"""The pages' application: its routes, who may open them, and what a browser may do with them.

Airflow does not guard a plugin's application: every route here asks for its login, and a preview for the right
to read the DAG whose messages it shows.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag, requires_access_view
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.ledger import previews
from sancrm_notifications.pages import words
from sancrm_notifications.pages.telegram_html import harmless, link
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    # No script, no picture, no other site: a page of text and this one style sheet, inside Airflow's UI only.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'self'; base-uri 'none';"
        " form-action 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_FORBIDDEN = 403
_SENTENCES = {
    401: "Чтобы читать предпросмотры, войдите в Airflow.",
    403: "Недостаточно прав: нужно право на просмотр этого DAG в Airflow.",
    404: "Здесь ничего нет.",
}
_NO_PREVIEW = (
    "У этого запуска нет предпросмотра. Он появляется, когда DAG запущен вручную с отметкой «Preview only»,"
    " и хранится столько же, сколько неотправленный отчёт."
)
_NO_LEDGER = "Сохранённых сообщений ещё нет: журнал уведомлений появится с первым запуском."
_NO_CONNECTION = f"В Airflow нет подключения {connections.LEDGER}: задайте его, чтобы читать предпросмотры."
_UNREACHABLE = (
    f"База подключения {connections.LEDGER} сейчас не читается. Причина записана в лог сервера Airflow (api-server)."
)


def create_app() -> FastAPI:
    """Return the application with the list of previews and the page of each."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_access_view(AccessView.WEBSITE))],
    )
    app.get("/", response_class=HTMLResponse)(list_previews)
    app.get(
        "/dags/{dag_id}/runs/{run_id}",
        response_class=HTMLResponse,
        dependencies=[Depends(requires_access_dag("GET"))],
    )(show_preview)
    app.exception_handler(HTTPException)(_refused)
    app.exception_handler(AirflowNotFoundException)(_no_connection)
    app.exception_handler(previews.NoLedgerError)(_no_ledger)
    app.exception_handler(psycopg.Error)(_unreachable)
    return app


def list_previews(request: Request, user: GetUserDep) -> HTMLResponse:
    """Show the previews of the DAGs that this user may read, the newest first."""
    dag_ids = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    listed = previews.newest(connections.ledger_conninfo(), dag_ids)
    return _page("list.html", {"request": request, "previews": listed, "most": previews.LISTED})


def show_preview(request: Request, dag_id: str, run_id: str) -> HTMLResponse:
    """Show what one run would have sent."""
    preview = previews.of_run(connections.ledger_conninfo(), dag_id, run_id)
    if preview is None:
        return _sentence(request, _NO_PREVIEW, 404)
    return _page("preview.html", {"request": request, "preview": preview, "dag_id": dag_id, "run_id": run_id})


def _refused(request: Request, error: Exception) -> HTMLResponse:
    status = error.status_code if isinstance(error, HTTPException) else _FORBIDDEN
    return _sentence(request, _SENTENCES.get(status, _SENTENCES[_FORBIDDEN]), status)


def _no_ledger(request: Request, _error: Exception) -> HTMLResponse:
    return _sentence(request, _NO_LEDGER, 503)


def _no_connection(request: Request, _error: Exception) -> HTMLResponse:
    return _sentence(request, _NO_CONNECTION, 503)


def _unreachable(request: Request, error: Exception) -> HTMLResponse:
    log.warning("the ledger cannot be read: %s", error)
    return _sentence(request, _UNREACHABLE, 503)


def _sentence(request: Request, sentence: str, status: int) -> HTMLResponse:
    return _page("sentence.html", {"request": request, "sentence": sentence}, status)


def _page(template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    root = values["request"].scope.get("root_path", "")
    html = _environment().get_template(template).render(values, root=root, style=_STYLE)
    return HTMLResponse(html, status, HEADERS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        harmless=harmless,
        link=link,
        notification=words.notification_name,
        destination=words.destination_name,
        period=words.period_name,
        moment=partial(words.moment, zone=time_zone()),
        messages=partial(counted, one="сообщение", few="сообщения", many="сообщений"),
    )
    return environment
