"""Answers to pressed buttons."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from local.telegram_stand_in.entities import utf16_length
from local.telegram_stand_in.ephemeral import TOO_OLD
from local.telegram_stand_in.refusals import bad_request

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Call, Messenger

MOST_TEXT = 200


async def answer_callback_query(messenger: Messenger, call: Call) -> bool:
    """Stop the waiting mark on a pressed button, with a notice or an alert; once for each press."""
    parameters = call.parameters
    query = messenger.store.query(parameters.text("callback_query_id"))
    if query is None or query["bot_id"] != call.bot_id or query["state"] != "waits":
        raise bad_request(TOO_OLD)
    text = parameters.text("text")
    if utf16_length(text) > MOST_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": text, "show_alert": parameters.flag("show_alert"), "url": parameters.text("url")}
    messenger.store.save_query(query | {"state": "answered", "answer": answer, "answered_at": time.time()})
    return True
