"""Decisions about messages that wait: asked once with their number, carried out by a run of ``resend_parked``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.ledger import attention, known
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import airflow_runs, forms
from sancrm_notifications.pages.decisions import DECISIONS, MOST_AT_ONCE, chosen, fits, grouped, version
from sancrm_notifications.pages.rendering import page, root, sentence
from sancrm_notifications.pages.rights import MissingRightError, Rights, User, rights_over

router = APIRouter()
FORM = "decide"
DAG_ID = "resend_parked"
RUN_START = "log__"

_NOTHING = "Решать уже нечего: эти сообщения больше не ждут."
_CHANGED = (
    "С тех пор как вы открыли страницу, здесь что-то изменилось. Ничего не сделано: посмотрите снова и решите ещё раз."
)
_NO_RUN = "Такого решения нет: возможно, его запуск уже удалён из Airflow. Что стало с сообщениями, видно в журнале."


@router.get("/waiting", response_class=HTMLResponse)
def show_waiting(request: Request, user: User) -> HTMLResponse:
    """Show all that waits for a person, message by message."""
    with reading(connections.ledger_conninfo()) as connection:
        rights = rights_over(user, known.dags(connection))
        waiting = attention.waiting(connection, rights.readable)
        branches, titles = known.branch_names(connection), known.chat_titles(connection)
    groups = grouped(waiting, rights, branches, titles)
    everything = {name: len(chosen(_actable(waiting, rights), name, None)) for name in DECISIONS}
    values = {
        "groups": groups,
        "everything": {name: count for name, count in everything.items() if count},
        "decisions": DECISIONS,
        "is_much": len(waiting) == attention.MOST,
        "most": attention.MOST,
        "most_at_once": MOST_AT_ONCE,
        "branches": branches,
        "fits": fits,
        "may_act": rights.may_act_on,
    }
    return page(request, "waiting.html", values)


@router.get("/decide", response_class=HTMLResponse)
def ask(request: Request, user: User, do: str, message: int | None = None, group: str | None = None) -> HTMLResponse:
    """Ask once: what will be done, with how many messages."""
    if do not in DECISIONS:
        raise HTTPException(404)
    messages, rights = _selected(user, do, message, group)
    _require_rights(messages, rights, message)
    able = _actable(messages, rights)[:MOST_AT_ONCE]
    if not able:
        return sentence(request, _NOTHING, 404, way_on="waiting")
    values = {
        "do": do,
        "question": DECISIONS[do],
        "messages": able,
        "others": len(messages) - len(able),
        "message": message,
        "group": group,
        "version": version(able),
        "token": forms.token(user, FORM),
        "may_read_text": rights.may_read_text_of,
    }
    return page(request, "decide.html", values)


class Decision(BaseModel):
    """The form that is sent: what to do, with which messages, and what was seen of them when it was asked."""

    do: str
    token: str = ""
    seen: str = ""
    message: int | None = None
    group: str | None = None


@router.post("/decide")
def decide(request: Request, user: User, form: Annotated[Decision, Form()]) -> Any:  # noqa: ANN401 - a page or a redirection
    """Start the run that carries the decision out; the same form again leads to the same run."""
    run_id = f"{RUN_START}{forms.accepted(request, user, FORM, form.token).number}"
    if form.do not in DECISIONS:
        raise HTTPException(404)
    outcome = RedirectResponse(f"{root(request)}/decisions/{run_id}", 303)
    if airflow_runs.find(DAG_ID, [run_id]):
        return outcome
    messages, rights = _selected(user, form.do, form.message, form.group)
    _require_rights(messages, rights, form.message)
    able = _actable(messages, rights)[:MOST_AT_ONCE]
    if not able:
        return sentence(request, _NOTHING, 409, way_on="waiting")
    if form.seen != version(able):
        return sentence(request, _CHANGED, 409, way_on="waiting")
    conf = {"decision": form.do, "message_ids": sorted(each["message_id"] for each in able)}
    airflow_runs.start(DAG_ID, run_id, conf, forms.user_name(user))
    return outcome


@router.get("/decisions/{run_id}", response_class=HTMLResponse)
def show_outcome(request: Request, user: User, run_id: str) -> HTMLResponse:
    """Show how far the run is, and where each of its messages stands now."""
    run = airflow_runs.find(DAG_ID, [run_id]).get(run_id) if run_id.startswith(RUN_START) else None
    if run is None:
        return sentence(request, _NO_RUN, 404, way_on="log")
    with reading(connections.ledger_conninfo()) as connection:
        rights = rights_over(user, known.dags(connection))
        found = attention.decided(connection, run.conf.get("message_ids", []))
        branches = known.branch_names(connection)
    messages = [message for message in found if rights.may_read(message)]
    if not messages:
        raise MissingRightError("read", {message["dag_id"] for message in found} or {DAG_ID})
    values = {
        "run": run,
        "question": DECISIONS.get(str(run.conf.get("decision")), ""),
        "messages": messages,
        "states": _counted(messages),
        # Such a run does nothing while the setting «sending» is off.
        "is_undone": all(message["state"] in {"parked", "held"} for message in messages),
        "branches": branches,
        "may_read_text": rights.may_read_text_of,
    }
    return page(request, "outcome.html", values)


def _selected(user: Any, do: str, message: int | None, group: str | None) -> tuple[list[dict[str, Any]], Rights]:  # noqa: ANN401
    """Return whom the decision is about, of what the user may read."""
    with reading(connections.ledger_conninfo()) as connection:
        dag_ids = known.dags(connection)
        rights = rights_over(user, dag_ids)
        # One message is looked up whosever it is, so that its page says that a right is missing.
        waiting = attention.waiting(connection, dag_ids if message else rights.readable, [message] if message else None)
    return chosen(waiting, do, group), rights


def _require_rights(messages: list[dict[str, Any]], rights: Rights, message: int | None) -> None:
    """Refuse what would touch nothing that the user may edit; of a group only the user's own part is touched."""
    refused = {each["dag_id"] for each in messages if not rights.may_act_on(each)}
    if refused and (message is not None or not _actable(messages, rights)):
        raise MissingRightError("edit", refused)


def _actable(messages: list[dict[str, Any]], rights: Rights) -> list[dict[str, Any]]:
    return [message for message in messages if rights.may_act_on(message)]


def _counted(messages: list[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for message in messages:
        counts[message["state"]] = counts.get(message["state"], 0) + 1
    return counts
