"""What people switch on the page of events: what is told, quiet hours, reminders, which chat hears of missed calls."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.event_texts import CLIENT_DAG, DAGS, REMINDER, TO_TEAMS
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger import versions
from sancrm_notifications.ledger.reading import writing
from sancrm_notifications.ledger.wording import Said, switches
from sancrm_notifications.pages import airflow_runs, forms
from sancrm_notifications.pages.events_page import (
    FORM,
    OTHER_DAGS,
    back,
    found_event,
    id_of,
    require_right_to_change,
    way,
)
from sancrm_notifications.pages.rendering import lead_back, refused, root
from sancrm_notifications.pages.rights import User  # noqa: TC001 - FastAPI reads it

router = APIRouter()
_NO_TIME = "Время пишется так: 22:00. Ничего не сделано."
_LONGEST_WAIT, _MOST_REMINDERS = 60, 3
_NO_PACE = f"Рабочих дней может быть от 1 до {_LONGEST_WAIT}, напоминаний от 1 до {_MOST_REMINDERS}. Ничего не сделано."


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
    text, branch_id = found_event(form.audience, form.event), id_of(form.branch)
    lead_back(request, way(text if form.back else None, branch_id))
    forms.accepted(request, user, FORM, form.token)
    require_right_to_change(user, text.dag_id)
    if not text.has_switch or form.is_on not in {"on", "off"}:
        raise HTTPException(400)
    is_on = form.is_on == "on"
    with writing(connections.ledger_conninfo()) as ledger:
        now = Wording((), switches=switches(ledger, text.audience))
        own = now.own("told", text.event, branch_id)
        if own is None or own.is_on != is_on:
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
    text, branch_id = found_event("client", form.event) if form.event else None, id_of(form.branch)
    lead_back(request, way(text, branch_id, quiet_from=form.quiet_from, quiet_until=form.quiet_until))
    forms.accepted(request, user, FORM, form.token)
    require_right_to_change(user, text.dag_id if text else CLIENT_DAG)
    hours = _time(form.quiet_from), _time(form.quiet_until)
    if hours[0] is None or hours[1] is None:
        return refused(request, _NO_TIME, 400)
    event, wanted = text.event if text else None, (hours[0], hours[1])
    with writing(connections.ledger_conninfo()) as ledger:
        now = Wording((), switches=switches(ledger, "client"))
        own = now.own("quiet", event, branch_id)
        if own is None or (own.quiet_from, own.quiet_until) != wanted:
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

    after_days: str
    most: str
    branch: str = ""
    seen: int = 0
    token: str = ""


@router.post("/events/reminders")
def remind(request: Request, user: User, form: Annotated[Reminding, Form()]) -> Any:  # noqa: ANN401
    """Say how clients of the network or a branch are reminded of what they have not collected."""
    text, branch_id = found_event("client", REMINDER), id_of(form.branch)
    lead_back(request, way(text, branch_id, after_days=form.after_days, most=form.most))
    forms.accepted(request, user, FORM, form.token)
    require_right_to_change(user, text.dag_id)
    pace = _number(form.after_days, _LONGEST_WAIT), _number(form.most, _MOST_REMINDERS)
    if pace[0] is None or pace[1] is None:
        return refused(request, _NO_PACE, 400)
    wanted = pace[0], pace[1]
    with writing(connections.ledger_conninfo()) as ledger:
        now = Wording((), switches=switches(ledger, "client"))
        own = now.own("reminders", REMINDER, branch_id)
        if own is None or (own.remind_after_days, own.most_reminders) != wanted:
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


class TakingBack(BaseModel):
    """The form: what is said no longer (``told``, ``quiet``, ``reminders``), of which event (none: all) and branch."""

    said: str
    audience: str = "client"
    event: str = ""
    branch: str = ""
    seen: int = 0
    back: str = ""
    token: str = ""


@router.post("/events/take-back")
def take_back(request: Request, user: User, form: Annotated[TakingBack, Form()]) -> RedirectResponse:
    """Let what is more general count again; the same form again changes nothing."""
    text, branch_id = found_event(form.audience, form.event) if form.event else None, id_of(form.branch)
    lead_back(request, way(text if form.back else None, branch_id))
    forms.accepted(request, user, FORM, form.token)
    require_right_to_change(user, text.dag_id if text else CLIENT_DAG)
    said = next((said for said in get_args(Said) if said == form.said), None)
    if said is None or (text is None and said != "quiet"):
        raise HTTPException(400)
    event, audience = text.event if text else None, text.audience if text else "client"
    with writing(connections.ledger_conninfo()) as ledger:
        if Wording((), switches=switches(ledger, audience)).own(said, event, branch_id):
            by = forms.user_name(user)
            versions.take_back(ledger, audience, event, branch_id, said, switched_by=by, seen=form.seen)
    return back(request, text if form.back else None, branch_id)


class Addressing(BaseModel):
    """The form: whether missed calls go to the teams' chats or all to one, and which version was seen."""

    to: str
    branch: str = ""
    seen: int = 0
    token: str = ""


@router.post("/events/calls")
def address_calls(request: Request, user: User, form: Annotated[Addressing, Form()]) -> RedirectResponse:
    """Say which chats hear of missed calls; the same form again changes nothing."""
    lead_back(request, way(None, id_of(form.branch)))
    forms.accepted(request, user, FORM, form.token)
    if form.to not in {"teams", "one"}:
        raise HTTPException(400)
    audience, event = TO_TEAMS
    require_right_to_change(user, event)
    is_on = form.to == "teams"
    with writing(connections.ledger_conninfo()) as ledger:
        own = Wording((), switches=switches(ledger, audience)).own("told", event, None)
        if own is None or own.is_on != is_on:
            by = forms.user_name(user)
            versions.switch(ledger, audience, event, None, switched_by=by, seen=form.seen, is_on=is_on)
    return back(request, None, id_of(form.branch))


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


def _number(written: str, most: int) -> int | None:
    """Return a number from 1 to ``most``; None: it is none."""
    is_number = written.isascii() and written.isdecimal() and len(written) <= len(str(most))
    return int(written) if is_number and 1 <= int(written) <= most else None


def _time(written: str) -> time | None:
    try:
        return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None
