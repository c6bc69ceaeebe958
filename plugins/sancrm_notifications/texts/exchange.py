"""Texts of events as JSON and back: what is brought in is checked as a whole before anything is written.

Source: docs/events.md, Texts as one file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sancrm_notifications.event_texts import EVENTS
from sancrm_notifications.ledger.wording import Audience, present_texts, write_text
from sancrm_notifications.text.template import TemplateError, parse

if TYPE_CHECKING:
    import psycopg


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
            known = ", ".join(sorted(event for audience, event in EVENTS if audience == self.audience))
            return f"{self.audience} {self.event}: there is no such event, known are {known}"
        try:
            parse(self.text, EVENTS[self.audience, self.event].names)
        except TemplateError as error:
            where = f" of branch {self.branch_id}" if self.branch_id is not None else ""
            return f"{self.audience} {self.event}{where}: {error}"
        return None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    texts: list[_Text]


def exported(ledger: psycopg.Connection) -> str:
    """Return all present texts as JSON, in an order that makes two files easy to compare."""
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
    rows = [text.model_dump(exclude_none=True) for text in sorted(texts, key=lambda text: str(text.place))]
    return json.dumps({"texts": rows}, ensure_ascii=False, indent=2)


def import_texts(ledger: psycopg.Connection, written: str, author: str) -> int:
    """Add a version of each text of the file that is not there in these words; return how many.

    Texts that the file does not have stay as they are.

    :raises ExchangeError: it is no such file, or a text in it cannot be used; nothing was written
    """
    try:
        file = _File.model_validate_json(written)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise ExchangeError("\n".join(lines)) from None
    places = [text.place for text in file.texts]
    faults = [f"{place}: stands there twice" for place in sorted({str(p) for p in places if places.count(p) > 1})]
    faults += [text.fault for text in file.texts if text.fault]
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
    return len(new)
