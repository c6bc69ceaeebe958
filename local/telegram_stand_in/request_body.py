"""Parameters of a call, however they were sent: query, urlencoded, JSON or multipart."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile

from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Parameters:
    """What a call was given: values by name, and files."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a value as text; '' when it is missing."""
        value = self.values.get(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return whether a switch is on ("true", "yes", "1", whatever the case)."""
        return self.text(name).lower() in ("true", "yes", "1")

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number; what is no number is the default, as the real server has it."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def structure(self, name: str) -> object:
        """Return a JSON value, which forms carry as text; None when it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None


async def read_parameters(request: Request) -> Parameters:
    """Read the query and the body; the body wins."""
    parameters = Parameters(dict(request.query_params))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        parameters.values |= _json_object(await request.body())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await request.form()
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                mime = value.content_type or "application/octet-stream"
                parameters.files[name] = Upload(value.filename or name, mime, await value.read())
            else:
                parameters.values[name] = value
    _check_encoding(parameters.values)
    return parameters


def _check_encoding(values: dict[str, Any]) -> None:
    """Refuse half of a surrogate pair, which JSON can carry and UTF-8 cannot."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse request JSON object") from None
    return value
