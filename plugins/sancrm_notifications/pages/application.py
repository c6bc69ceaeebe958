"""The pages' application: who comes in, which pages there are, and what is said when one cannot be shown.

Airflow does not guard a plugin's application: every route asks for its login here, and for the rights over each DAG
whose messages it shows or changes where it shows or changes them.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.crm.clients import SilentError
from sancrm_notifications.ledger.reading import NoLedgerError, OtherSchemaError
from sancrm_notifications.ledger.versions import StaleError
from sancrm_notifications.pages import (
    backfill_page,
    clients_page,
    decisions_page,
    event_page,
    event_switches,
    events_page,
    health_page,
    log_page,
    message_page,
    previews_page,
    staff_page,
)
from sancrm_notifications.pages.airflow_runs import RunRefusedError
from sancrm_notifications.pages.inviting import InvitationRefusedError
from sancrm_notifications.pages.rendering import LOGIN, refused, sentence
from sancrm_notifications.pages.rights import MissingRightError
from sancrm_notifications.pages.security import ForeignRequestError, FormError
from sancrm_notifications.schedule.crons import ScheduleError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi.responses import Response

log = logging.getLogger(__name__)

_PAGES = (
    previews_page,
    log_page,
    message_page,
    decisions_page,
    staff_page,
    backfill_page,
    health_page,
    clients_page,
    event_switches,
    events_page,
    event_page,
)
_NO_LOGIN, _FORBIDDEN = 401, 403
_WAYS_BACK = {
    "decide": "waiting",
    "decisions": "waiting",
    "dags": "preview",
    **{place: place for place in ("preview", "backfill", "clients", "health", "staff", "events")},
}
_SENTENCES = {
    400: "Этот запрос не понят.",
    401: "Чтобы читать эти страницы, войдите в Airflow.",
    403: "Недостаточно прав на эту страницу в Airflow.",
    404: "Здесь ничего нет.",
    405: "Так эта страница не открывается.",
}
_NO_LEDGER = "Сохранённых сообщений ещё нет: журнал уведомлений появится с первым запуском."
_OLDER = "Журнал уведомлений ещё прежней версии: он обновится сам, когда пройдёт первый запуск любого DAG."
_NEWER = (
    "Журнал уведомлений уже новее этих страниц: обновите пакет на сервере Airflow (api-server) и перезапустите его."
)
_NO_CONNECTION = f"В Airflow нет подключения {connections.LEDGER}: задайте его, чтобы читать журнал."
_UNREACHABLE = (
    f"База подключения {connections.LEDGER} сейчас не читается. Причина записана в лог сервера Airflow (api-server)."
)
_SILENT = (
    f"CRM не отвечает серверу Airflow (api-server): ему нужны подключение {connections.SOURCE} и дорога к её базе."
    " Ничего не сделано."
)
_TOO_LONG = "База отвечает слишком долго. Сузьте фильтр или выберите меньше дней."
_STALE_FORM = "Страница была открыта дольше часа, и её форма устарела. Ничего не сделано: откройте страницу снова."
_WRONG_FORM = "Эта форма выдана не вам или не этой страницей. Ничего не сделано: откройте страницу снова."
_CHANGED = (
    "Пока эта страница была открыта, это уже изменил кто-то другой: вернитесь и посмотрите, как теперь."
    " Ничего не сделано."
)
_FOREIGN = "Запрос пришёл с другого сайта и отклонён. Ничего не сделано."


def create_app() -> FastAPI:
    """Return the application with all pages."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_access_view(AccessView.WEBSITE))],
    )
    for each in _PAGES:
        app.include_router(each.router)
    for error, answer in (
        (HTTPException, _refused),
        (RequestValidationError, _not_understood),
        (FormError, _form),
        (ForeignRequestError, _foreign),
        (RunRefusedError, _run_refused),
        (InvitationRefusedError, _not_invited),
        (SilentError, _silent),
        (StaleError, _changed),
        (ScheduleError, _wrong_option),
        (AirflowNotFoundException, _no_connection),
        (NoLedgerError, _no_ledger),
        (OtherSchemaError, _other_schema),
        (psycopg.Error, _unreachable),
    ):
        app.exception_handler(error)(_keeping(answer))
    return app


def _said(request: Request, text: str, status: int) -> Response:
    """Return a sentence in the form that was sent: a program that sends JSON reads JSON."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return JSONResponse({"error": text}, status, {"Cache-Control": "no-store"})
    typed = getattr(request.state, "typed", "")
    if getattr(request.state, "way_back", None) is not None:
        return refused(request, text, status, typed)
    way_on = LOGIN if status == _NO_LOGIN else _way_back(request)
    return sentence(request, text, status, way_on=way_on, typed=typed)


def _keeping(answer: Callable[[Request, Exception], Response]) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return the handler of an error that gives back the text which somebody has written: it may be long."""

    async def kept(request: Request, error: Exception) -> Response:
        # FastAPI has read the form before anything was refused; one that cannot be read is refused for that.
        with suppress(HTTPException, RuntimeError):
            typed = (await request.form()).get("source")
            request.state.typed = typed.replace("\r\n", "\n") if isinstance(typed, str) else ""
        return await run_in_threadpool(answer, request, error)

    return kept


def _way_back(request: Request) -> str:
    """Return the page from which one came here, by the address: the one with the form, else the log."""
    path = request.scope["path"].removeprefix(str(request.scope.get("root_path", ""))).strip("/")
    place = path.partition("/")[0]
    way = _WAYS_BACK.get(place, "log")
    # A page that may not be read or cannot be shown is no way back from itself.
    return way if request.method == "POST" or way != path else ("" if place == "log" else "log")


def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, MissingRightError):
        return _said(request, error.detail, error.status_code)
    status = error.status_code if isinstance(error, HTTPException) else _FORBIDDEN
    if status == _FORBIDDEN and (dag_id := request.path_params.get("dag_id")):
        return _refused(request, MissingRightError("read", [dag_id]))
    return _said(request, _SENTENCES.get(status, _SENTENCES[_FORBIDDEN]), status)


def _not_understood(request: Request, _error: Exception) -> Response:
    return _said(request, _SENTENCES[400], 400)


def _form(request: Request, error: Exception) -> Response:
    is_stale = isinstance(error, FormError) and error.is_stale
    return _said(request, _STALE_FORM if is_stale else _WRONG_FORM, 403)


def _foreign(request: Request, _error: Exception) -> Response:
    return _said(request, _FOREIGN, 403)


def _run_refused(request: Request, error: Exception) -> Response:
    return _said(request, str(error), 409)


def _not_invited(request: Request, error: Exception) -> Response:
    return _said(request, str(error), error.status if isinstance(error, InvitationRefusedError) else 409)


def _silent(request: Request, error: Exception) -> Response:
    log.warning("%s", error)
    return _said(request, _SILENT, 503)


def _changed(request: Request, _error: Exception) -> Response:
    return _said(request, _CHANGED, 409)


def _wrong_option(request: Request, error: Exception) -> Response:
    return _said(request, str(error), 503)


def _no_ledger(request: Request, _error: Exception) -> Response:
    return _said(request, _NO_LEDGER, 503)


def _other_schema(request: Request, error: Exception) -> Response:
    is_newer = isinstance(error, OtherSchemaError) and error.is_newer
    return _said(request, _NEWER if is_newer else _OLDER, 503)


def _no_connection(request: Request, _error: Exception) -> Response:
    return _said(request, _NO_CONNECTION, 503)


def _unreachable(request: Request, error: Exception) -> Response:
    log.warning("the ledger cannot be read: %s", error)
    is_slow = isinstance(error, psycopg.errors.QueryCanceled)
    return _said(request, _TOO_LONG if is_slow else _UNREACHABLE, 503)
