"""The texts of staff events: which there are out of the box, and which values they may name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sancrm_notifications.text.template import Name, Template, parse

NAMES = {
    "code": Name("text", "Номер ремонта.", "A-12841"),
    "tool": Name("text", "Инструмент: вид, марка и модель.", "Шуруповёрт Makita DF333D"),
    "status": Name("text", "Статус, как он называется в CRM.", "Готов"),
    "former": Name("text", "Статус до того.", "В работе"),
    "branch": Name("text", "Название мастерской.", "Тула, ул. Ленина"),
    "comment": Name("text", "Что написал клиент.", "Когда можно забрать?"),
}
"""By name; in a text everything that the CRM does not know is empty. No money: it is no business of a team's chat."""

SHIPPED_ON = frozenset({"created", "status", "comment"})
_TEXTS = Path(__file__).with_name("texts")


@cache
def default_text(event: str) -> Template:
    """Return the text of an event as it ships."""
    return parse((_TEXTS / f"{event}.html").read_text(encoding="utf-8"), NAMES)
