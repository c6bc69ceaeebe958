"""Health: what the last checks have found, when what runs next, where messages go, and which settings count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import ConfigurationDetails, VariableDetails
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from sancrm_notifications import connections, settings
from sancrm_notifications.delivery.destinations import CHAINS
from sancrm_notifications.ledger import check_results, known
from sancrm_notifications.ledger.group_chats import groups_met
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import airflow_runs, chat_addresses, effective, forms
from sancrm_notifications.pages.check_words import CheckWords, check_words
from sancrm_notifications.pages.groups import group_rows
from sancrm_notifications.pages.rendering import page, root
from sancrm_notifications.pages.rights import MissingRightError, User, rights_over
from sancrm_notifications.pages.schedule_words import times_text
from sancrm_notifications.schedule.crons import SECTION, TIMES, written_cron

if TYPE_CHECKING:
    from collections.abc import Iterable

router = APIRouter()
_NOT_UNDERSTOOD = "Её сейчас не прочитать: ниже — значения по умолчанию."
FORM = "check"
DAG_ID = "check_connections"
RUN_START = "health__"
GROUPS = {
    "configuration": ("Настройки", "переменную, расписания, календарь, адрес CRM и почту"),
    "telegram": ("Telegram", "каждого бота и каждый чат"),
    "databases": ("Базы данных", "журнал и часы серверов"),
    "contract": ("Данные CRM", "строки CRM за последние десять недель"),
}


@router.get("/health", response_class=HTMLResponse)
def show_health(request: Request, user: User) -> HTMLResponse:
    """Show whether everything is in order, to whom may read the DAG that looks."""
    rights = rights_over(user, list(TIMES))
    if DAG_ID not in rights.readable:
        raise MissingRightError("read", [DAG_ID])
    with reading(connections.ledger_conninfo()) as connection:
        results = check_results.kept(connection)
        branches, titles = known.branch_names(connection), known.chat_titles(connection)
        groups = groups_met(connection)
    chosen, fault = chat_addresses.readable_settings()
    places = chat_addresses.now((*CHAINS, *chosen.own_chats()))
    lost = dict.fromkeys(place.problem for place in places.values() if place.problem)
    may_check = DAG_ID in rights.editable
    values: dict[str, Any] = {
        "groups": [
            (name, words, [(row, check_words(row["what"], titles, branches)) for row in results.get(name, [])])
            for name, (words, _) in GROUPS.items()
        ],
        "looked_at": [what for _, what in GROUPS.values()],
        "faults": [*_failed(results, titles, branches), *_now(fault, lost)],
        "schedules": airflow_runs.schedules([dag for dag in TIMES if dag in rights.readable]),
        "times": {
            dag: times_text(written_cron(dag), on_working_days=times.on_working_days) for dag, times in TIMES.items()
        },
        "places": places,
        "groups_met": group_rows(groups, places, branches),
        "branches": branches,
        "titles": titles,
        "variable": effective.of_variable(chosen) if _may_read_variable(user) else None,
        "configuration": effective.of_configuration() if _may_read_configuration(user) else None,
        "token": forms.token(user, FORM) if may_check else None,
        "last_run": airflow_runs.last(DAG_ID),
    }
    return page(request, "health.html", values)


@router.post("/health/check")
def check_now(request: Request, user: User, token: Annotated[str, Form()] = "") -> RedirectResponse:
    """Have everything looked at now; the same form again starts nothing more."""
    run_id = f"{RUN_START}{forms.accepted(request, user, FORM, token).number}"
    if DAG_ID not in rights_over(user, [DAG_ID]).editable:
        raise MissingRightError("edit", [DAG_ID])
    airflow_runs.start(DAG_ID, run_id, {}, forms.user_name(user))
    return RedirectResponse(f"{root(request)}/health", 303)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: ``name`` and ``meaning`` are Russian where there are words for it, ``details`` is English."""

    name: str
    meaning: str
    details: str


def _failed(results: dict[str, list[Any]], titles: dict[str, str], branches: dict[int, str]) -> list[Fault]:
    failed = [row for rows in results.values() for row in rows if row["verdict"] == "FAIL"]
    return [_fault(row, check_words(row["what"], titles, branches)) for row in failed]


def _fault(row: dict[str, Any], words: CheckWords | None) -> Fault:
    details = f"{row['what']}: {row['words']}" + (f" → {row['remedy']}" if row["remedy"] else "")
    return Fault(words.name if words else row["what"], words.meaning if words else "", details)


def _now(fault: str | None, lost: Iterable[str]) -> list[Fault]:
    """Return what is wrong with the settings as they are now, whatever the last check has found."""
    found = [Fault("Переменная с настройками", _NOT_UNDERSTOOD, fault)] if fault else []
    return found + [Fault("Куда писать", "Чат не задан или задан неверно.", problem) for problem in lost]


def _may_read_variable(user: Any) -> bool:  # noqa: ANN401 - each auth manager has its own user
    details = VariableDetails(key=settings.VARIABLE)
    return bool(get_auth_manager().is_authorized_variable(method="GET", details=details, user=user))


def _may_read_configuration(user: Any) -> bool:  # noqa: ANN401
    details = ConfigurationDetails(section=SECTION)
    return bool(get_auth_manager().is_authorized_configuration(method="GET", details=details, user=user))
