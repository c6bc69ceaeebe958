"""Clients of the bot: links that bind them, who is bound and how it stands, and why one has heard nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from sancrm_notifications import connections
from sancrm_notifications.ledger import clients
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.notifications.client_statuses.rules import NOTIFICATION
from sancrm_notifications.pages import explaining, forms
from sancrm_notifications.pages.inviting import LARGEST_ID, bot_username, customer_id_of, invite, qr_picture
from sancrm_notifications.pages.rendering import page, sentence
from sancrm_notifications.pages.rights import MissingRightError, Rights, User, rights_over
from sancrm_notifications.pages.unheard import PROOFS, STATES
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.markup import beginning

router = APIRouter()
DAG_ID = "client_bot"
FORM = "clients"
_LONGEST = 60
_NOT_ASKED = "Это не похоже ни на номер ремонта, ни на телефон. Напишите, например, A-12841 или +7 912 345-67-89."


@router.get("/clients", response_class=HTMLResponse)
def show_clients(
    request: Request, user: User, state: str = "", links_before: str = "", before: str = ""
) -> HTMLResponse:
    """Show the links that wait or went wrong, and the bindings, newest first."""
    rights = _readable(user)
    chosen = state if state in STATES else ""
    with reading(connections.ledger_conninfo()) as connection:
        invitations = clients.invitations(connection, _id(links_before))
        bindings = clients.bindings(connection, chosen or None, _id(before))
    values: dict[str, Any] = {
        "invitations": invitations,
        "bindings": bindings,
        "state": chosen,
        "states": STATES,
        "proofs": PROOFS,
        "username": bot_username(),
        "may_invite": DAG_ID in rights.editable,
        "token": forms.token(user, FORM),
    }
    return page(request, "clients.html", values)


class WantedLink(BaseModel):
    """The form: for whom a link is to be made."""

    customer_id: str = ""
    token: str = ""


@router.post("/clients", response_class=HTMLResponse)
def make_link(request: Request, user: User, form: Annotated[WantedLink, Form()]) -> HTMLResponse:
    """Make a link and show it this once; the same form again shows the same link."""
    sent = forms.accepted(request, user, FORM, form.token)
    _require_right_to_invite(user)
    customer_id = customer_id_of(form.customer_id)
    invited = invite(customer_id, forms.user_name(user), forms.secret_of(sent, f"invitation/{customer_id}"))
    return page(request, "invitation.html", {"invited": invited, "picture": qr_picture(invited.link)})


class Wanted(BaseModel):
    """What a program sends."""

    model_config = ConfigDict(extra="forbid")

    customer_id: int = Field(ge=1, le=LARGEST_ID)


@router.post("/clients/invitations")
def make_invitation(request: Request, user: User, wanted: Wanted) -> JSONResponse:
    """Make a link for a program, such as the CRM's card: JSON in, JSON out, each time another link."""
    forms.accepted(request, user, FORM, "")
    _require_right_to_invite(user)
    invited = invite(wanted.customer_id, forms.user_name(user))
    said = {"link": invited.link, "expires_at": invited.expires_at.isoformat()}
    return JSONResponse(said, 201, {"Cache-Control": "no-store"})


class Doubt(BaseModel):
    """The form: whom somebody asks about, a repair's number or a phone."""

    about: str = ""
    token: str = ""


@router.post("/clients/why", response_class=HTMLResponse)
def explain(request: Request, user: User, form: Annotated[Doubt, Form()]) -> HTMLResponse:
    """Say step by step why a client heard nothing, showing nothing personal but what was typed."""
    forms.accepted(request, user, FORM, form.token)
    rights = _readable(user)
    typed = beginning(form.about.strip(), _LONGEST)
    may_read_events = NOTIFICATION in rights_over(user, [NOTIFICATION]).readable
    chains = explaining.explained(typed, time_zone(), may_read_events=may_read_events)
    if chains is None:
        return sentence(request, _NOT_ASKED, 400, way_on="clients")
    may_invite = DAG_ID in rights.editable
    values = {"typed": typed, "chains": chains, "may_invite": may_invite, "token": forms.token(user, FORM)}
    return page(request, "why.html", values)


def _readable(user: Any) -> Rights:  # noqa: ANN401 - each auth manager has its own user
    rights = rights_over(user, [DAG_ID])
    if DAG_ID not in rights.readable:
        raise MissingRightError("read", [DAG_ID])
    return rights


def _require_right_to_invite(user: Any) -> None:  # noqa: ANN401
    if DAG_ID not in _readable(user).editable:
        raise MissingRightError("edit", [DAG_ID])


def _id(written: str) -> int | None:
    """Return where a page begins; what is no id begins at the first."""
    is_id = written.isascii() and written.isdecimal() and len(written) < len(str(LARGEST_ID))
    return int(written) if is_id else None
