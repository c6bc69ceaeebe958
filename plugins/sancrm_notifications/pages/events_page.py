"""Which events are told to whom, for the network or a branch: the table with its switches, quiet hours, paused DAGs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.event_texts import CLIENT_DAG, DAGS, EVENTS, TO_TEAMS, EventText
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger import known, versions
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.ledger.wording import Audience, present_texts, switches
from sancrm_notifications.pages import airflow_runs, chat_addresses, event_words, forms
from sancrm_notifications.pages.links import query_string
from sancrm_notifications.pages.rendering import page, root
from sancrm_notifications.pages.rights import MissingRightError, User, rights_over

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.wording import StoredText, Switch
    from sancrm_notifications.pages.rights import Rights

router = APIRouter()
FORM = "events"
LARGEST_ID = 2**63 - 1
OTHER_DAGS = ("profitability_daily", "profitability_weekly", "profitability_monthly", "missed_calls", "backup_failures")
"""The notifications that have no events: their switch is the DAG's pause, and of missed calls which chat hears."""


class Asked(BaseModel):
    """The address: for which branch, and what somebody has typed into a form that was refused."""

    branch: str = ""
    quiet_from: str = ""
    quiet_until: str = ""
    after_days: str = ""
    most: str = ""


@router.get("/events", response_class=HTMLResponse)
def show_events(request: Request, user: User, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """Show the table of events and audiences, as they stand for the network or one branch."""
    rights = readable(user)
    branch_id = id_of(asked.branch)
    with reading(connections.ledger_conninfo()) as connection:
        wordings = read_wordings(connection)
        branches = branch_names(connection, wordings)
        quiet_seen = versions.newest_switch(connection, "client", None, branch_id, "quiet")
        seen = {
            key: versions.newest_switch(connection, text.audience, text.event, branch_id, "told")
            for key, text in EVENTS.items()
            if text.has_switch and text.dag_id in rights.editable
        }
        calls_seen = versions.newest_switch(connection, *TO_TEAMS, None, "told")
    shown = [*DAGS, *OTHER_DAGS]
    dags_rights = rights_over(user, shown)
    values: dict[str, Any] = {
        "rows": event_words.rows(),
        "told_with": event_words.told_with,
        "audiences": event_words.AUDIENCES,
        "rights": rights,
        "branch_id": branch_id,
        "branches": branches,
        "wordings": wordings,
        "texts": {key: texts_of(text, wordings, branch_id) for key, text in EVENTS.items()},
        "seen": seen,
        "quiet": wordings["client"].quiet_hours(None, branch_id),
        "quiet_version": wordings["client"].quietened(None, branch_id),
        "quiet_seen": quiet_seen,
        "typed": asked,
        "dags": DAGS,
        "client_dag": CLIENT_DAG,
        "schedules": airflow_runs.schedules([each for each in shown if each in dags_rights.readable]),
        "may_pause": dags_rights.editable,
        "calls": _calls(wordings["staff"], branches),
        "calls_seen": calls_seen,
        "token": forms.token(user, FORM),
    }
    return page(request, "events.html", values)


@dataclass(frozen=True, slots=True)
class Calls:
    """Which chat hears of missed calls, who has said so, and the branches whose team has a chat of its own."""

    dag_id: str
    is_to_teams: bool
    version: Switch | None
    teams: list[str]


def _calls(wording: Wording, branches: dict[int, str]) -> Calls:
    _, event = TO_TEAMS
    chats = chat_addresses.readable_settings()[0].team_chats
    names = [branches.get(branch_id, _numbered(branch_id)) for branch_id in sorted(chats)]
    return Calls(event, wording.is_on(event, None), wording.switched(event, None), names)


def readable(user: Any) -> Rights:  # noqa: ANN401 - each auth manager has its own user
    """Return the rights over the DAGs of events of somebody who may read one of them at least."""
    rights = rights_over(user, list(DAGS))
    if not rights.readable:
        raise MissingRightError("read", DAGS)
    return rights


def require_right_to_change(user: Any, dag_id: str) -> None:  # noqa: ANN401
    """Refuse whoever may not both read and edit the DAG."""
    rights = rights_over(user, [dag_id])
    if dag_id not in rights.readable & rights.editable:
        raise MissingRightError("edit", [dag_id])


def found_event(audience: str, event: str) -> EventText:
    """Return the event that an address or a form names."""
    text = EVENTS.get((audience, event))
    if text is None:
        raise HTTPException(404)
    return text


def back(request: Request, text: EventText | None, branch_id: int | None) -> RedirectResponse:
    """Return the way back to the event's own page, or to the table."""
    return RedirectResponse(f"{root(request)}/{way(text, branch_id)}", 303)


def way(text: EventText | None, branch_id: int | None, **typed: str) -> str:
    """Return the path to the event's own page, or to the table; its forms are filled with what was typed."""
    path = f"events/{text.audience}/{text.event}" if text else "events"
    return f"{path}{query_string({'branch': written(branch_id), **typed})}"


def id_of(written: str) -> int | None:
    """Return the branch that an address names; None: the whole network.

    :raises HTTPException: it is no number
    """
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) < len(str(LARGEST_ID))):
        raise HTTPException(400)
    return int(written)


def written(branch_id: int | None) -> str:
    """Return a branch as an address names it."""
    return "" if branch_id is None else str(branch_id)


def read_wordings(connection: psycopg.Connection[DictRow]) -> dict[str, Wording]:
    """Return what people have written and switched, by audience."""
    return {
        audience: Wording(_shipped_on(audience), present_texts(connection, audience), switches(connection, audience))
        for audience in get_args(Audience)
    }


def branch_names(connection: psycopg.Connection[DictRow], wordings: dict[str, Wording]) -> dict[int, str]:
    """Return the branches that reports, texts or switches name."""
    names = known.branch_names(connection)
    met = {text.branch_id for wording in wordings.values() for text in wording.texts}
    met |= {switch.branch_id for wording in wordings.values() for switch in wording.switches}
    unnamed = sorted(number for number in met - names.keys() if number is not None)
    return {**names, **{number: _numbered(number) for number in unnamed}}


def _numbered(branch_id: int) -> str:
    return f"№\N{NO-BREAK SPACE}{branch_id}"


def texts_of(text: EventText, wordings: dict[str, Wording], branch_id: int | None) -> list[StoredText]:
    """Return the office's texts of an event that a branch, or the network, uses."""
    return [
        stored
        for stored in wordings[text.audience].texts
        if stored.event == text.event and stored.branch_id in {None, branch_id}
    ]


def _shipped_on(audience: Audience) -> frozenset[str]:
    return frozenset(event for (whose, event), text in EVENTS.items() if whose == audience and text.is_shipped_on)
