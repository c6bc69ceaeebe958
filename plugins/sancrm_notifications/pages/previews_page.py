"""The previews: those that are kept, and what one run would have sent."""

from __future__ import annotations

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from sancrm_notifications import connections
from sancrm_notifications.ledger import previews
from sancrm_notifications.pages.rendering import page, sentence
from sancrm_notifications.pages.rights import User, rights_over

router = APIRouter()

_NO_PREVIEW = (
    "У этого запуска нет предпросмотра. Он появляется, когда DAG запущен вручную с отметкой «Preview only»,"
    " и хранится столько же, сколько неотправленный отчёт."
)


@router.get("/", response_class=HTMLResponse)
def list_previews(request: Request, user: User) -> HTMLResponse:
    """Show the previews of the DAGs that this user may read, the newest first."""
    dag_ids = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    listed = previews.newest(connections.ledger_conninfo(), dag_ids)
    return page(request, "list.html", {"previews": listed, "most": previews.LISTED})


@router.get(
    "/dags/{dag_id}/runs/{run_id}", response_class=HTMLResponse, dependencies=[Depends(requires_access_dag("GET"))]
)
def show_preview(request: Request, user: User, dag_id: str, run_id: str) -> HTMLResponse:
    """Show what one run would have sent."""
    preview = previews.of_run(connections.ledger_conninfo(), dag_id, run_id)
    if preview is None:
        return sentence(request, _NO_PREVIEW, 404)
    shown = {"notification": preview.notification, "dag_id": dag_id}
    has_text = rights_over(user, [dag_id]).may_read_text_of(shown)
    values = {"preview": preview, "dag_id": dag_id, "run_id": run_id, "has_text": has_text}
    return page(request, "preview.html", values)
