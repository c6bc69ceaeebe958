"""Sending photos and documents, uploaded with the call or named by what was uploaded before."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.contents import read_caption
from local.telegram_stand_in.methods.sending import accept
from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger
    from local.telegram_stand_in.request_body import Upload


async def send_photo(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a picture."""
    file_id, name, size = _file(messenger, call, "photo")
    photo = {"file_id": file_id, "file_unique_id": file_id, "width": 1280, "height": 720, "file_size": size}
    media = {"kind": "photo", "file_id": file_id, "name": name, "size": size, "shown": {"photo": [photo]}}
    return accept(messenger, call, read_caption(call.parameters) | {"media": media}, what="photos")


async def send_document(messenger: Messenger, call: Call) -> dict[str, Any]:
    """Send a file."""
    file_id, name, size = _file(messenger, call, "document")
    document = {"file_id": file_id, "file_unique_id": file_id, "file_name": name, "file_size": size}
    media = {"kind": "document", "file_id": file_id, "name": name, "size": size, "shown": {"document": document}}
    return accept(messenger, call, read_caption(call.parameters) | {"media": media}, what="documents")


def _file(messenger: Messenger, call: Call, field: str) -> tuple[str, str, int]:
    """Return the number, name and size in bytes of the file a call sends."""
    reference = call.parameters.text(field)
    upload = call.parameters.files.get(reference.removeprefix("attach://") if reference else field)
    if upload is not None:
        return _kept(messenger, upload)
    if not reference:
        raise bad_request(f"there is no {field} in the request")
    known = messenger.store.file(reference)
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return reference, known[0], len(known[2])


def _kept(messenger: Messenger, upload: Upload) -> tuple[str, str, int]:
    if not upload.content:
        raise bad_request("file must be non-empty")
    file_id = f"BQACAgIAAx{secrets.token_urlsafe(24)}"
    messenger.store.save_file(file_id, upload.name, upload.mime, upload.content)
    return file_id, upload.name, len(upload.content)
