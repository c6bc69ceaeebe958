"""One message: as its chat shows it, each request made for it, each correction, and what follows from it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.ledger import known, log
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages.consequences import consequence
from sancrm_notifications.pages.decisions import DECISIONS, fits
from sancrm_notifications.pages.figure_words import Correction, corrections
from sancrm_notifications.pages.rendering import page
from sancrm_notifications.pages.rights import MissingRightError, User, rights_over

router = APIRouter()
_NO_TEXT: dict[str, Any] = {"html": None, "rich_html": None, "picture": None, "label": "", "buttons": []}


@router.get("/messages/{message_id}", response_class=HTMLResponse)
def show_message(request: Request, user: User, message_id: int) -> HTMLResponse:
    """Show everything that is kept of a message, as far as this user may see it."""
    if not 0 < message_id < 2**63:
        raise HTTPException(404)
    with reading(connections.ledger_conninfo()) as connection:
        message = log.opened(connection, message_id)
        branches, titles = known.branch_names(connection), known.chat_titles(connection)
    if message is None:
        raise HTTPException(404)
    rights = rights_over(user, [message["dag_id"]])
    if not rights.may_read(message):
        raise MissingRightError("read", [message["dag_id"]])
    may_act = rights.may_act_on(message)
    has_text = rights.may_read_text_of(message)
    values: dict[str, Any] = {
        "message": message if has_text else {**message, **_NO_TEXT},
        "has_text": has_text,
        "corrections": _corrections(message) if has_text else [],
        "consequence": consequence(message),
        "branches": branches,
        "titles": titles,
        "decisions": {name: words for name, words in DECISIONS.items() if may_act and fits(name, message)},
    }
    return page(request, "message.html", values)


def _corrections(message: dict[str, Any]) -> list[Correction]:
    return corrections(message["revisions"], message["figures"])
