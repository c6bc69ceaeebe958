"""Buttons: those that stay below the keyboard, and those under one message, with what pressing them sends back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Markup = Mapping[str, Any]

SHARE = "Поделиться номером"
ASK_FOR_NUMBER: Markup = {
    "keyboard": [[{"text": SHARE, "request_contact": True}], [{"text": "Контакты"}, {"text": "Помощь"}]],
    "resize_keyboard": True,
    "is_persistent": True,
}
"""For whoever is not bound yet."""
MENU: Markup = {
    "keyboard": [
        [{"text": "Статус"}, {"text": "Стоимость"}],
        [{"text": "Сроки"}, {"text": "Контакты"}, {"text": "Помощь"}],
        [{"text": "Перезвоните мне"}],
    ],
    "resize_keyboard": True,
    "is_persistent": True,
}
"""For a client: plain words, which mean the same as commands."""
NO_BUTTONS: Markup = {"inline_keyboard": []}

CONSENT, NO_CONSENT = "consent", "consent:no"
IT_IS_ME, IT_IS_NOT_ME = "me:yes", "me:no"
NOT_ME, REALLY_NOT_ME = "notme", "notme:yes"
DELETE, KEEP = "delete:yes", "delete:no"

ASK_CONSENT: Markup = {
    "inline_keyboard": [
        [{"text": "Согласен", "callback_data": CONSENT}, {"text": "Не сейчас", "callback_data": NO_CONSENT}],
        [{"text": "Это не я", "callback_data": NOT_ME}],
    ]
}
IS_IT_YOU: Markup = {
    "inline_keyboard": [
        [{"text": "Да, это я", "callback_data": IT_IS_ME}, {"text": "Нет, это не я", "callback_data": IT_IS_NOT_ME}]
    ]
}
ASK_NOT_ME: Markup = {
    "inline_keyboard": [
        [{"text": "Да, это не я", "callback_data": REALLY_NOT_ME}, {"text": "Нет, всё верно", "callback_data": KEEP}]
    ]
}
ASK_DELETE: Markup = {
    "inline_keyboard": [[{"text": "Удалить", "callback_data": DELETE}, {"text": "Оставить", "callback_data": KEEP}]]
}
DATA: Markup = {"inline_keyboard": [[{"text": "Это не я", "callback_data": NOT_ME}]]}


def one_each(buttons: Sequence[tuple[str, str]]) -> Markup:
    """Return buttons below each other: text and what they send back, at most 64 bytes of it."""
    return {"inline_keyboard": [[{"text": text, "callback_data": data}] for text, data in buttons]}


def web_page(text: str, address: str) -> Markup:
    """Return one button that opens a web page."""
    return {"inline_keyboard": [[{"text": text, "url": address}]]}
