"""Sending photos and documents, uploaded with the call or named by what was uploaded before."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.contents import read_caption
from local.telegram_stand_in.methods.sending import accept
from local.telegram_stand_in.pictures import checked_size
from local.telegram_stand_in.refusals import bad_request
from local.telegram_stand_in.request_body import Parameters

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.request_body import Upload
    from local.telegram_stand_in.store import Document

KINDS = ("photo", "document")


async def send_photo(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a picture."""
    media = _media("photo", *_sent_file(messenger, call, "photo"))
    return accept(messenger, call, read_caption(call.parameters) | {"media": media}, what="photos")


async def send_document(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a file."""
    media = _media("document", *_sent_file(messenger, call, "document"))
    return accept(messenger, call, read_caption(call.parameters) | {"media": media}, what="documents")


def read_media(messenger: Messenger, call: Call) -> Document:
    """Return the content that the ``media`` of an edit describes: its file, and its caption."""
    described = call.parameters.structure("media")
    prefix = "can't parse InputMedia"
    if not isinstance(described, dict):
        raise bad_request("there is no media in the request" if described is None else f"{prefix}: expected an Object")
    kind = described.get("type")
    if kind not in KINDS:
        raise bad_request(f'{prefix}: type "{kind}" is unsupported')
    inside = Parameters(described, call.parameters.files)
    content = read_caption(inside)
    if not inside.text("media"):
        raise bad_request(f"{prefix}: media not found")
    return content | {"media": _media(kind, *_file(messenger, inside, inside.text("media")))}


def _sent_file(messenger: Messenger, call: Call, field: str) -> tuple[str, str, bytes]:
    reference = call.parameters.text(field) or f"attach://{field}"
    if reference == f"attach://{field}" and field not in call.parameters.files:
        raise bad_request(f"there is no {field} in the request")
    return _file(messenger, call.parameters, reference)


def _file(messenger: Messenger, parameters: Parameters, reference: str) -> tuple[str, str, bytes]:
    """Return the number, name and content of the file that a reference names, and keep it if it is new."""
    upload = parameters.files.get(reference.removeprefix("attach://"))
    if upload is not None:
        return _kept(messenger, upload)
    known = messenger.store.file(reference)
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return reference, known[0], known[2]


def _kept(messenger: Messenger, upload: Upload) -> tuple[str, str, bytes]:
    if not upload.content:
        raise bad_request("file must be non-empty")
    file_id = f"BQACAgIAAx{secrets.token_urlsafe(24)}"
    messenger.store.save_file(file_id, upload.name, upload.mime, upload.content)
    return file_id, upload.name, upload.content


def _media(kind: str, file_id: str, name: str, content: bytes) -> Document:
    """Return the media of a message, and how a Message shows it."""
    described: dict[str, Any] = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}
    media: Document = {"kind": kind, "file_id": file_id, "name": name, "size": len(content)}
    if kind == "document":
        return media | {"shown": {"document": described | {"file_name": name}}}
    width, height = checked_size(content)
    return media | {"shown": {"photo": [described | {"width": width, "height": height}]}}
