"""What Airflow's UI loads: the pages on notifications, their menu entries and a tab on each run.

Airflow executes this file in every process that loads plugins; only the API server asks for ``fastapi_apps``,
and only then the pages themselves are imported.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PATH = "sancrm-notifications"
# The UI reads a path without a leading slash from where Airflow is served, and fills in the names in braces.
# An entry without ``url_route`` opens by itself: inside the UI's frame no link may lead to a run or to Telegram.
VIEWS = [
    {
        "name": "Предпросмотры уведомлений",
        "href": f"{PATH}/",
        "destination": "nav",
        "category": "browse",
        "url_route": "notification-previews",
    },
    {
        "name": "Предпросмотр",
        "href": f"{PATH}/dags/{{DAG_ID}}/runs/{{RUN_ID}}",
        "destination": "dag_run",
        "url_route": "notification-preview",
    },
    {
        "name": "Сообщения",
        "href": f"{PATH}/dags/{{DAG_ID}}/runs/{{RUN_ID}}/log",
        "destination": "dag_run",
        "url_route": "notifications-of-run",
    },
    {"name": "Журнал уведомлений", "href": f"{PATH}/log", "destination": "nav", "category": "browse"},
    {"name": "Отчёты по дням", "href": f"{PATH}/staff", "destination": "nav", "category": "browse"},
    {"name": "События и тексты", "href": f"{PATH}/events", "destination": "nav", "category": "browse"},
    {"name": "Клиенты бота", "href": f"{PATH}/clients", "destination": "nav", "category": "browse"},
    {"name": "Состояние уведомлений", "href": f"{PATH}/health", "destination": "nav", "category": "browse"},
]


class NotificationPagesPlugin(AirflowPlugin):
    """Pages of the package inside Airflow's UI."""

    name = "sancrm_notifications_pages"
    external_views = VIEWS

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]  # mypy: a cached property may be set
        """The application of the pages and where it is mounted."""
        from sancrm_notifications.pages.application import create_app

        return [{"app": create_app(), "url_prefix": f"/{PATH}", "name": "SanCRM notifications"}]
