"""Texts and switches of events as JSON and back: what is brought in is checked as a whole before it is written.

Source: docs/events.md, Texts and switches as one file.
"""

from __future__ import annotations

import json
from datetime import time  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sancrm_notifications.event_texts import EVENTS, REMINDER, TO_TEAMS
from sancrm_notifications.ledger.wording import Audience, Switch, present_texts, switch, switches, write_text
from sancrm_notifications.text.template import TemplateError, parse

if TYPE_CHECKING:
    import psycopg


_SAID = ("is_on", "quiet_hours", "reminders")


class ExchangeError(ValueError):
    """The file cannot be brought in; the text says why, a line for each fault."""


class _Text(BaseModel):
    """One text as it stands in the file; what is not said is any branch or status."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audience: Audience
    event: str
    branch_id: int | None = None
    from_status: str | None = None
    to_status: str | None = None
    text: str = Field(min_length=1)

    @property
    def place(self) -> tuple[Any, ...]:
        """What it is the text of."""
        return self.audience, self.event, self.branch_id, self.from_status, self.to_status

    @property
    def fault(self) -> str | None:
        """Why it cannot be used, in a line; None: it can."""
        if (self.audience, self.event) not in EVENTS:
            return _unknown(self.audience, self.event)
        try:
            parse(self.text, EVENTS[self.audience, self.event].names)
        except TemplateError as error:
            where = f" of branch {self.branch_id}" if self.branch_id is not None else ""
            return f"{self.audience} {self.event}{where}: {error}"
        return None


class _Switch(BaseModel):
    """One thing that is said: whether an event is told, quiet hours (from, until), or reminders (days, number)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audience: Audience
    event: str | None = None
    branch_id: int | None = None
    is_on: bool | None = None
    quiet_hours: tuple[time, time] | None = None
    reminders: tuple[Annotated[int, Field(ge=1, le=60)], Annotated[int, Field(ge=1, le=3)]] | None = None

    @property
    def place(self) -> tuple[Any, ...]:
        """What it is said of."""
        said = [name for name in _SAID if getattr(self, name) is not None]
        return self.audience, self.event, self.branch_id, *said

    @property
    def value(self) -> Any:  # noqa: ANN401 - one of three
        """What is said."""
        return next((getattr(self, name) for name in _SAID if getattr(self, name) is not None), None)

    @property
    def fault(self) -> str | None:
        """Why it cannot be used, in a line; None: it can."""
        place = self.audience, self.event or ""
        about, is_of_calls = EVENTS.get(place), place == TO_TEAMS
        if self.event is not None and about is None and not is_of_calls:
            return _unknown(self.audience, self.event)
        has_switch = is_of_calls or (about is not None and about.has_switch)
        faults = {
            f"says none or several of {', '.join(_SAID)}; each is an entry of its own": self._says() != 1,
            "it cannot be switched by itself": self.is_on is not None and not has_switch,
            "it is switched for the whole network": is_of_calls and self.branch_id is not None,
            "quiet hours are the clients'": self.quiet_hours is not None and self.audience != "client",
            f"reminders are those of client {REMINDER}": self.reminders is not None and place != ("client", REMINDER),
        }
        words = next((words for words, is_one in faults.items() if is_one), None)
        return None if words is None else f"{self.audience} {self.event or 'all events'}: {words}"

    def _says(self) -> int:
        return sum(getattr(self, said) is not None for said in _SAID)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: list[_Text]
    switches: list[_Switch] = []


def _named(place: tuple[Any, ...]) -> str:
    """Return a place in words: what it is of, without what is not said."""
    return " ".join(str(part) for part in place[1:] if part is not None)


def _unknown(audience: str, event: str) -> str:
    known = ", ".join(sorted(event for whose, event in [*EVENTS, TO_TEAMS] if whose == audience))
    return f"{audience} {event}: there is no such event, known are {known}"


def exported(ledger: psycopg.Connection) -> str:
    """Return all present texts and switches as JSON, in an order that makes two files easy to compare."""
    texts = [
        _Text(
            audience=audience,
            event=text.event,
            branch_id=text.branch_id,
            from_status=text.from_status,
            to_status=text.to_status,
            text=text.source,
        )
        for audience in get_args(Audience)
        for text in present_texts(ledger, audience)
    ]
    file = _File(
        texts=sorted(texts, key=lambda text: str(text.place)),
        switches=sorted(_present_switches(ledger).values(), key=lambda said: str(said.place)),
    )
    return json.dumps(file.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=2)


def import_texts(ledger: psycopg.Connection, written: str, author: str) -> tuple[int, int]:
    """Add a version of each text and switch of the file that is not there so; return how many of both.

    What the file does not have stays as it is.

    :raises ExchangeError: it is no such file, or a text in it cannot be used; nothing was written
    """
    try:
        file = _File.model_validate_json(written)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors()]
        raise ExchangeError("\n".join(lines)) from None
    entries: list[_Text | _Switch] = [*file.texts, *file.switches]
    places = [(type(entry).__name__, *entry.place) for entry in entries]
    faults = [f"{_named(place)}: stands there twice" for place in dict.fromkeys(places) if places.count(place) > 1]
    faults += [entry.fault for entry in entries if entry.fault]
    if faults:
        raise ExchangeError("\n".join(faults))
    known = {
        (audience, text.event, text.branch_id, text.from_status, text.to_status): text.source
        for audience in get_args(Audience)
        for text in present_texts(ledger, audience)
    }
    new = [text for text in file.texts if known.get(text.place) != text.text]
    for text in new:
        write_text(
            ledger,
            text.audience,
            text.event,
            text.text,
            written_by=author,
            branch_id=text.branch_id,
            from_status=text.from_status,
            to_status=text.to_status,
        )
    present = _present_switches(ledger)
    said = [each for each in file.switches if each.place not in present or present[each.place].value != each.value]
    for each in said:
        switch(
            ledger,
            each.audience,
            each.event,
            switched_by=author,
            branch_id=each.branch_id,
            is_on=each.is_on,
            quiet_hours=each.quiet_hours,
            reminders=each.reminders,
        )
    return len(new), len(said)


def _present_switches(ledger: psycopg.Connection) -> dict[tuple[Any, ...], _Switch]:
    """Return what was said last of each place, and not taken back."""
    newest = {
        (audience, each.place, each.said): each
        for audience in get_args(Audience)
        for each in switches(ledger, audience)
    }
    found = (_said(audience, each) for (audience, *_), each in newest.items() if each.takes_back is None)
    return {said.place: said for said in found}


def _said(audience: Audience, each: Switch) -> _Switch:
    quiet = None if each.quiet_from is None or each.quiet_until is None else (each.quiet_from, each.quiet_until)
    pace = None
    if each.remind_after_days is not None and each.most_reminders is not None:
        pace = (each.remind_after_days, each.most_reminders)
    return _Switch(
        audience=audience,
        event=each.event,
        branch_id=each.branch_id,
        is_on=each.is_on,
        quiet_hours=quiet,
        reminders=pace,
    )
