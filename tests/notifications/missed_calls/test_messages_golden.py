"""Missed calls as they were read and found right; TDLib says that they can be sent."""

from __future__ import annotations

import pytest

from sancrm_notifications.notifications.missed_calls.messages import message
from sancrm_notifications.notifications.missed_calls.routing import FOR_ALL
from sancrm_notifications.text.buttons import stored
from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import split
from tests.notifications.missed_calls.cases import CASES
from tests.tdlib import shown_text, utf16_length


def read(name: str) -> str:
    """Return the message as a reviewer reads it: text, then buttons."""
    case = CASES[name]
    written = message(case.subject, case.day, case.entries, case.style, destination=FOR_ALL, silent=False)
    buttons = [
        " ".join(f"[ {button['text']} ] {button.get('url') or button['callback_data']}" for button in row)
        for row in stored(written.buttons)
    ]
    return "\n".join([written.html, *(["", *buttons] if buttons else [])])


@pytest.mark.parametrize("name", CASES)
def test_messages_are_as_they_were_reviewed(golden, name):
    golden.check(f"{name}.txt", read(name))


@pytest.mark.parametrize("name", CASES)
def test_every_message_can_be_sent_in_one_part(name):
    case = CASES[name]
    (part,) = split(
        message(case.subject, case.day, case.entries, case.style, destination=FOR_ALL, silent=False).html, PART_LIMIT
    )
    assert utf16_length(shown_text(part)) <= PART_LIMIT
