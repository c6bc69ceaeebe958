"""Buttons under a message: those that open a web page, and those that ask something of the bot.

What a pressed button sends back comes from the person's side and proves nothing: whoever acts on it looks up in the
ledger what the message was about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Rows = Sequence[Sequence[Mapping[str, str]]]
    """Buttons as the ledger keeps them, row by row: ``text``, and ``url`` or ``callback_data``."""

LONGEST_DATA_BYTES = 64
"""Of what a button sends back. Source: Bot API, InlineKeyboardButton.callback_data."""
_PRESSED = re.compile(r"(?P<action>[a-z_]+):(?P<about>0|[1-9][0-9]{0,18})", re.ASCII)


class Action(StrEnum):
    """What can be asked of the bot by a button; each is handled in ``bot/pressing.py``."""

    CALLED = "called"
    """«Позвонил» under a missed call, about the CRM's id of a repair."""
    COMING = "coming"
    """«Понял, приду» under what can be collected, about the CRM's id of the first repair of the message."""
    CALL_ME = "call_me"
    """«Перезвоните мне» under what a client is told, likewise."""
    ANSWER = "answer"
    """«Ответить клиенту» under what a client wrote, about the number of the comment."""
    SEND = "send"
    """«Отправить» under the answer as the client would read it, about the number of the answer."""
    DROP = "drop"
    """«Не отправлять» under it, likewise."""


@dataclass(frozen=True, slots=True)
class Button:
    """It opens a web page."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ActionButton:
    """It asks the bot to act, about one thing of the CRM or the ledger that has this number.

    It is shown only in a chat whose bot is listened to.
    """

    text: str
    action: Action
    about: int


def stored(rows: Iterable[Iterable[Button | ActionButton]]) -> list[list[dict[str, str]]]:
    """Return buttons as the ledger keeps them.

    :raises ValueError: a number is negative, or longer than Telegram sends back
    """
    return [[_stored(button) for button in row] for row in rows]


def links(rows: Rows) -> list[tuple[str, str]]:
    """Return text and address of the buttons that open a page: what a channel without buttons can say."""
    return [(button["text"], button["url"]) for row in rows for button in row if "url" in button]


def without_actions(rows: Rows) -> list[list[Mapping[str, str]]]:
    """Return what is left of buttons where nobody listens; a row that had nothing else is gone."""
    kept = [[button for button in row if "url" in button] for row in rows]
    return [row for row in kept if row]


def without_action(rows: Rows, action: Action, about: int) -> list[list[Mapping[str, str]]]:
    """Return what is left of buttons when one has been pressed and is of no more use."""
    done = _data(action, about)
    kept = [[button for button in row if button.get("callback_data") != done] for row in rows]
    return [row for row in kept if row]


def pressed(data: str) -> tuple[Action, int] | None:
    """Return what a button asks, and about which number; None: no button of ours sends this back."""
    found = _PRESSED.fullmatch(data)
    if found is None or found["action"] not in set(Action):
        return None
    return Action(found["action"]), int(found["about"])


def _stored(button: Button | ActionButton) -> dict[str, str]:
    if isinstance(button, Button):
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": _data(button.action, button.about)}


def _data(action: Action, about: int) -> str:
    data = f"{action}:{about}"
    if about < 0 or len(data.encode()) > LONGEST_DATA_BYTES:
        raise ValueError(f"a button cannot send back {data!r}: a number from 0 in {LONGEST_DATA_BYTES} bytes is wanted")
    return data
