"""Which events are told to whom, for the network or a branch: the table with its switches, quiet hours, paused DAGs."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Annotated, Any, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.event_texts import CLIENT_DAG, DAGS, EVENTS, REMINDER, EventText
from sancrm_notifications.events.quiet_hours import QuietHours
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger import known, versions
from sancrm_notifications.ledger.reading import reading, writing
from sancrm_notifications.ledger.wording import Audience, present_texts, switches
from sancrm_notifications.pages import airflow_runs, event_words, forms
from sancrm_notifications.pages.links import query_string
from sancrm_notifications.pages.rendering import page, root, sentence
from sancrm_notifications.pages.rights import MissingRightError, User, rights_over

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.wording import StoredText
    from sancrm_notifications.pages.rights import Rights

router = APIRouter()
FORM = "events"
LARGEST_ID = 2**63 - 1
OTHER_DAGS = ("profitability_daily", "profitability_weekly", "profitability_monthly", "missed_calls", "backup_failures")
"""The notifications that have no events: their one switch is the DAG's pause."""
_NO_TIME = "Время пишется так: 22:00. Ничего не сделано."


@router.get("/events", response_class=HTMLResponse)
def show_events(request: Request, user: User, branch: str = "") -> HTMLResponse:
    """Show the table of events and audiences, as they stand for the network or one branch."""
    rights = readable(user)
    branch_id = id_of(branch)
    with reading(connections.ledger_conninfo()) as connection:
        wordings = read_wordings(connection)
        branches = branch_names(connection, wordings)
        quiet_seen = versions.newest_switch(connection, "client", None, branch_id, "quiet")
        seen = {
            key: versions.newest_switch(connection, text.audience, text.event, branch_id, "told")
            for key, text in EVENTS.items()
            if text.has_switch and text.dag_id in rights.editable
        }
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
        "dags": DAGS,
        "client_dag": CLIENT_DAG,
        "schedules": airflow_runs.schedules([each for each in shown if each in dags_rights.readable]),
        "may_pause": dags_rights.editable,
        "token": forms.token(user, FORM),
    }
    return page(request, "events.html", values)


class Switching(BaseModel):
    """The form: which event of which branch is told or not, and which version was seen."""

    audience: str
    event: str
    is_on: str
    branch: str = ""
    seen: int = 0
    back: str = ""
    token: str = ""


@router.post("/events/switch")
def switch(request: Request, user: User, form: Annotated[Switching, Form()]) -> Any:  # noqa: ANN401 - a page or a redirection
    """Switch an event on or off for the network or a branch; the same form again changes nothing."""
    forms.accepted(request, user, FORM, form.token)
    text = found_event(form.audience, form.event)
    require_right_to_change(user, text.dag_id)
    if not text.has_switch or form.is_on not in {"on", "off"}:
        raise HTTPException(400)
    branch_id, is_on = id_of(form.branch), form.is_on == "on"
    with writing(connections.ledger_conninfo()) as ledger:
        now = Wording(_shipped_on(text.audience), switches=switches(ledger, text.audience))
        decides = now.switched(text.event, branch_id)
        is_own = decides is not None and decides.branch_id == branch_id and decides.event == text.event
        if not (is_own and decides is not None and decides.is_on == is_on):
            versions.switch(
                ledger,
                text.audience,
                text.event,
                branch_id,
                switched_by=forms.user_name(user),
                seen=form.seen,
                is_on=is_on,
            )
    return back(request, text if form.back else None, branch_id)


class Quietening(BaseModel):
    """The form: from when to when clients are left in peace, about one event or all; which version was seen."""

    quiet_from: str
    quiet_until: str
    event: str = ""
    branch: str = ""
    seen: int = 0
    token: str = ""


@router.post("/events/quiet")
def quieten(request: Request, user: User, form: Annotated[Quietening, Form()]) -> Any:  # noqa: ANN401
    """Say when clients of the network or a branch are left in peace."""
    forms.accepted(request, user, FORM, form.token)
    text = found_event("client", form.event) if form.event else None
    require_right_to_change(user, text.dag_id if text else CLIENT_DAG)
    hours = _time(form.quiet_from), _time(form.quiet_until)
    if hours[0] is None or hours[1] is None:
        return sentence(request, _NO_TIME, 400, way_on="events")
    branch_id, event = id_of(form.branch), text.event if text else None
    wanted = hours[0], hours[1]
    with writing(connections.ledger_conninfo()) as ledger:
        now = Wording(_shipped_on("client"), switches=switches(ledger, "client"))
        decides = now.quietened(event, branch_id)
        is_own = decides is not None and (decides.branch_id, decides.event) == (branch_id, event)
        if not (is_own and now.quiet_hours(event, branch_id) == QuietHours(*wanted)):
            versions.switch(
                ledger,
                "client",
                event,
                branch_id,
                switched_by=forms.user_name(user),
                seen=form.seen,
                quiet_hours=wanted,
            )
    return back(request, text, branch_id)


class Reminding(BaseModel):
    """The form: after how many working days clients are reminded, and how often; which version was seen."""

    after_days: int = Field(ge=1, le=60)
    most: int = Field(ge=1, le=3)
    branch: str = ""
    seen: int = 0
    token: str = ""


@router.post("/events/reminders")
def remind(request: Request, user: User, form: Annotated[Reminding, Form()]) -> Any:  # noqa: ANN401
    """Say how clients of the network or a branch are reminded of what they have not collected."""
    forms.accepted(request, user, FORM, form.token)
    text = found_event("client", REMINDER)
    require_right_to_change(user, text.dag_id)
    branch_id, wanted = id_of(form.branch), (form.after_days, form.most)
    with writing(connections.ledger_conninfo()) as ledger:
        now = Wording(_shipped_on("client"), switches=switches(ledger, "client"))
        decides = now.reminding(REMINDER, branch_id)
        is_own = decides is not None and (decides.branch_id, decides.event) == (branch_id, REMINDER)
        if not (is_own and decides and (decides.remind_after_days, decides.most_reminders) == wanted):
            versions.switch(
                ledger,
                "client",
                REMINDER,
                branch_id,
                switched_by=forms.user_name(user),
                seen=form.seen,
                reminders=wanted,
            )
    return back(request, text, branch_id)


class Pausing(BaseModel):
    """The form: which DAG is paused, or goes on."""

    dag_id: str
    do: str
    token: str = ""


@router.post("/events/pause")
def pause(request: Request, user: User, form: Annotated[Pausing, Form()]) -> RedirectResponse:
    """Pause a notification's DAG or let it go on, as Airflow's own switch does."""
    forms.accepted(request, user, FORM, form.token)
    if form.dag_id not in {*DAGS, *OTHER_DAGS}:
        raise HTTPException(404)
    if form.do not in {"pause", "unpause"}:
        raise HTTPException(400)
    require_right_to_change(user, form.dag_id)
    airflow_runs.pause(form.dag_id, is_paused=form.do == "pause", user_name=forms.user_name(user))
    return RedirectResponse(f"{root(request)}/events", 303)


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
    path = f"events/{text.audience}/{text.event}" if text else "events"
    return RedirectResponse(f"{root(request)}/{path}{query_string({'branch': written(branch_id)})}", 303)


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
    return {**names, **{number: f"№\N{NO-BREAK SPACE}{number}" for number in unnamed}}


def texts_of(text: EventText, wordings: dict[str, Wording], branch_id: int | None) -> list[StoredText]:
    """Return the office's texts of an event that a branch, or the network, uses."""
    return [
        stored
        for stored in wordings[text.audience].texts
        if stored.event == text.event and stored.branch_id in {None, branch_id}
    ]


def _shipped_on(audience: Audience) -> frozenset[str]:
    return frozenset(event for (whose, event), text in EVENTS.items() if whose == audience and text.is_shipped_on)


def _time(written: str) -> time | None:
    try:
        return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None
