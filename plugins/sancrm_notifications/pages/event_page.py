"""One event: its switch, quiet hours and texts; and one text: written, previewed, sent to oneself, its versions."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, get_args

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from sancrm_notifications import connections
from sancrm_notifications.event_texts import REMINDER
from sancrm_notifications.events.wording import Occasion
from sancrm_notifications.ledger import samples as ledger_samples
from sancrm_notifications.ledger import versions
from sancrm_notifications.ledger.reading import reading, writing
from sancrm_notifications.ledger.versions import TextPlace, TextVersion
from sancrm_notifications.ledger.wording import Said, switches
from sancrm_notifications.notifications.pickup_reminders.rules import pace_of
from sancrm_notifications.pages import chat_addresses, event_samples, event_words, forms
from sancrm_notifications.pages.events_page import (
    FORM,
    Asked,
    back,
    branch_names,
    found_event,
    id_of,
    read_wordings,
    readable,
    require_right_to_change,
    texts_of,
    way,
    written,
)
from sancrm_notifications.pages.inviting import NO_BOT, bot_username, qr_picture
from sancrm_notifications.pages.links import query_string
from sancrm_notifications.pages.rendering import lead_back, page
from sancrm_notifications.pages.rights import MissingRightError, User
from sancrm_notifications.pages.security import FormError
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.template import LONGEST_SOURCE, TemplateError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from markupsafe import Markup

    from sancrm_notifications.event_texts import EventText
    from sancrm_notifications.events.wording import Wording
    from sancrm_notifications.ledger.wording import StoredText
    from sancrm_notifications.pages.event_samples import Rendered
    from sancrm_notifications.pages.rights import Rights
    from sancrm_notifications.text.template import Template

router = APIRouter()
_LONGEST_STATUS = 200
_DOINGS = frozenset({"look", "save", "send", "withdraw", "restore"})
_NEWER = (
    "Пока вы писали, этот текст изменил кто-то другой: его версия первая в списке ниже, ваша стоит в поле."
    " Ничего не сохранено. Чтобы заменить его версию своей, сохраните ещё раз."
)
_TOO_OLD = (
    "Страница была открыта дольше часа, и её форма устарела. Ничего не сделано, ваши слова стоят в поле:"
    " нажмите ещё раз."
)


@router.get("/events/{audience}/{event}", response_class=HTMLResponse)
def show_event(
    request: Request, user: User, audience: str, event: str, asked: Annotated[Asked, Query()]
) -> HTMLResponse:
    """Show how an event stands for the network or a branch, and all its texts."""
    text = found_event(audience, event)
    rights = _readable(user, text)
    branch_id = id_of(asked.branch)
    with reading(connections.ledger_conninfo()) as connection:
        wordings = read_wordings(connection)
        seen = {
            said: versions.newest_switch(connection, text.audience, text.event, branch_id, said)
            for said in get_args(Said)
        }
        wording = wordings[text.audience]
        reminding = wording.reminding(text.event, branch_id)
        history = [
            each
            for each in reversed(switches(connection, text.audience))
            if each.event == text.event and each.branch_id == branch_id
        ]
        values: dict[str, Any] = {
            "text": text,
            "title": event_words.title(text),
            "audience": event_words.AUDIENCES[text.audience],
            "branch_id": branch_id,
            "branches": branch_names(connection, wordings),
            "wording": wording,
            "pace": pace_of(reminding) if text.event == REMINDER else None,
            "reminding": reminding,
            "stored": texts_of(text, wordings, branch_id),
            "statuses": versions.statuses_seen(connection) if text.is_status else [],
            "typed": asked,
            "history": history[: versions.PAGE],
            "seen": seen["told"],
            "quiet_seen": seen["quiet"],
            "pace_seen": seen["reminders"],
            "may_change": text.dag_id in rights.editable,
            "token": forms.token(user, FORM),
        }
    return page(request, "event.html", values)


class WantedText(BaseModel):
    """The address: which text of the event, and which of its versions."""

    branch: str = ""
    from_status: str = ""
    to_status: str = ""
    before: str = ""


@router.get("/events/{audience}/{event}/text", response_class=HTMLResponse)
def show_text(
    request: Request, user: User, audience: str, event: str, wanted: Annotated[WantedText, Query()]
) -> HTMLResponse:
    """Show one text with what it may name and its versions; whoever may change it gets a field to write in."""
    text = found_event(audience, event)
    rights = _readable(user, text)
    place = _place(text, wanted.branch, wanted.from_status, wanted.to_status)
    return _editor(request, user, _Edited(text, place, rights), before=id_of(wanted.before))


class Written(BaseModel):
    """The form: a text, where it counts, which version was seen, and what to do."""

    do: str
    source: str = Field("", max_length=20 * LONGEST_SOURCE)
    branch: str = ""
    from_status: str = ""
    to_status: str = ""
    seen: int = 0
    version: int = 0
    token: str = ""


@router.post("/events/{audience}/{event}/text")
def write(request: Request, user: User, audience: str, event: str, form: Annotated[Written, Form()]) -> Any:  # noqa: ANN401 - a page or a redirection
    """Preview a text, save it, send it to oneself, take it back, or return to an earlier version."""
    text = found_event(audience, event)
    require_right_to_change(user, text.dag_id)
    if form.do not in _DOINGS:
        raise HTTPException(400)
    place = _place(text, form.branch, form.from_status, form.to_status)
    edited = _Edited(text, place, _readable(user, text), form.source.replace("\r\n", "\n"), form.seen)
    lead_back(request, f"{way(text, None)}/text{query_string(_address(place))}")
    try:
        sent = forms.accepted(request, user, FORM, form.token)
    except FormError as refused:
        if not refused.is_stale:
            raise
        # Whoever has written for longer than an hour gets a new form with the words in it.
        return _editor(request, user, replace(edited, source=edited.source or None, notice=_TOO_OLD), status=403)
    if form.do == "withdraw":
        return _save(request, user, replace(edited, source=None), None, form.seen)
    if form.do == "restore":
        with reading(connections.ledger_conninfo()) as connection:
            version = versions.text_version(connection, place, form.version)
        if version is None or version.source is None:
            raise HTTPException(404)
        edited = replace(edited, source=version.source)
    try:
        template = parse(edited.source or "", text.names)
    except TemplateError as fault:
        return _editor(request, user, replace(edited, fault=str(fault)), status=400)
    match form.do:
        case "look":
            chosen = chat_addresses.readable_settings()[0]
            samples = event_samples.read_samples(text, place)
            shown = event_samples.previews(text, template, samples, chosen, time_zone())
            return _editor(request, user, replace(edited, previews=shown, is_silent=samples.is_silent))
        case "send":
            return _send(request, user, edited, template, forms.secret_of(sent, f"sample/{edited.source}"))
        case _:
            return _save(request, user, edited, edited.source, form.seen)


@dataclass(frozen=True, slots=True)
class _Edited:
    """A text on its page: ``source`` is what stands in the field, None: what counts now.

    ``seen`` is the version over which it is written, None: the newest.  What was only looked at must not take a
    version for seen that somebody else has saved meanwhile.
    """

    text: EventText
    place: TextPlace
    rights: Rights
    source: str | None = None
    seen: int | None = None
    fault: str = ""
    notice: str = ""
    previews: list[Rendered] | None = None
    is_silent: bool = False
    sample: _Sample | None = None


@dataclass(frozen=True, slots=True)
class _Sample:
    """The link under which the bot shows what a text says of examples, its picture, and until when."""

    link: str
    picture: Markup
    expires_at: datetime
    html: str


def _save(request: Request, user: Any, edited: _Edited, source: str | None, seen: int) -> Any:  # noqa: ANN401
    try:
        with writing(connections.ledger_conninfo()) as ledger:
            versions.write_text(ledger, edited.place, source, written_by=forms.user_name(user), seen=seen)
    except versions.StaleError:
        return _editor(request, user, replace(edited, notice=_NEWER, seen=None), status=409)
    return back(request, edited.text, edited.place.branch_id)


def _send(request: Request, user: Any, edited: _Edited, template: Template, token: str) -> HTMLResponse:  # noqa: ANN401
    """Keep what the text says of the examples, and show the link under which the bot tells it to whoever opens it."""
    username = bot_username()
    if username is None:
        return _editor(request, user, replace(edited, notice=NO_BOT), status=409)
    html = template.render({name: said.example for name, said in edited.text.names.items()})
    with writing(connections.ledger_conninfo()) as ledger:
        expires_at = ledger_samples.keep(ledger, token, html, forms.user_name(user))
    # Source: https://core.telegram.org/api/links#bot-links
    link = f"https://t.me/{username}?start={token}"
    # The text stays in the field: nobody gets back to what stood there by the browser's own way back.
    return _editor(request, user, replace(edited, sample=_Sample(link, qr_picture(link), expires_at, html)))


def _editor(
    request: Request,
    user: Any,  # noqa: ANN401
    edited: _Edited,
    *,
    before: int | None = None,
    status: int = 200,
) -> HTMLResponse:
    with reading(connections.ledger_conninfo()) as connection:
        newest = versions.newest_text(connection, edited.place)
        listed = versions.text_versions(connection, edited.place, before)
        wordings = read_wordings(connection)
        branches = branch_names(connection, wordings)
    present, newest_id = (newest.source, newest.text_id) if newest else (None, 0)
    # Without an own text it is the more general one that goes out, and that one begins with.
    counts = _counting(wordings[edited.text.audience], edited.place)
    source = edited.source
    if source is None:
        source = counts.source if counts else edited.text.shipped.source
    values = {
        "text": edited.text,
        "place": edited.place,
        "where": _address(edited.place),
        "title": event_words.title(edited.text),
        "audience": event_words.AUDIENCES[edited.text.audience],
        "sample": edited.sample,
        "branches": branches,
        "source": source,
        "present": present,
        "general": None if present is not None else counts,
        "seen": newest_id if edited.seen is None else edited.seen,
        "newest_id": newest_id,
        "fault": edited.fault,
        "notice": edited.notice,
        "previews": edited.previews,
        "is_silent": edited.is_silent,
        "versions": [(version, list(_difference(version))) for version in listed[: versions.PAGE]],
        "next_before": listed[versions.PAGE - 1].text_id if len(listed) > versions.PAGE else None,
        "may_change": edited.text.dag_id in edited.rights.editable,
        "names": event_words.names(edited.text),
        "longest": LONGEST_SOURCE,
        "token": forms.token(user, FORM),
    }
    return page(request, "event_text.html", values, status)


def _readable(user: Any, text: EventText) -> Rights:  # noqa: ANN401
    rights = readable(user)
    if text.dag_id not in rights.readable:
        raise MissingRightError("read", [text.dag_id])
    return rights


def _place(text: EventText, branch: str, from_status: str, to_status: str) -> TextPlace:
    """Return what a text is the text of; only a status has transitions."""
    first, last = from_status.strip() or None, to_status.strip() or None
    if (first or last) and not text.is_status:
        raise HTTPException(400)
    if max(len(first or ""), len(last or "")) > _LONGEST_STATUS:
        raise HTTPException(400)
    return TextPlace(text.audience, text.event, id_of(branch), first, last)


def _address(place: TextPlace) -> dict[str, str]:
    """Return a text as the part of an address behind the path names it."""
    statuses = {"from_status": place.from_status or "", "to_status": place.to_status or ""}
    return {"branch": written(place.branch_id), **statuses}


def _counting(wording: Wording, place: TextPlace) -> StoredText | None:
    """Return the office's text that goes out where this one would: itself, or a more general one; None: none does."""
    return wording.text(Occasion(place.event, place.branch_id, place.from_status, place.to_status))


def _difference(version: TextVersion) -> Iterator[tuple[str, bool]]:
    """Return the lines that a version has changed; whether each is the new one's."""
    for line in difflib.ndiff((version.former or "").splitlines(), (version.source or "").splitlines()):
        if line[0] in "+-":
            yield line[2:], line[0] == "+"
