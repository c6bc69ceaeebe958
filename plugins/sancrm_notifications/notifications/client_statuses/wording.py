"""The texts of client statuses: which there are out of the box, and which values they may name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sancrm_notifications.text.repair_statuses import STATUSES
from sancrm_notifications.text.template import Name, Template, parse

NAMES = {
    "code": Name("text", "Номер ремонта, как на квитанции.", "A-12841"),
    "tool": Name("text", "Инструмент: вид, марка и модель.", "Шуруповёрт Makita DF333D"),
    "status": Name("text", "Статус словами для клиента.", "в ремонте"),
    "to_pay": Name("text", "Сколько осталось заплатить; пусто, если нечего или неизвестно.", "1 200 ₽"),
    "due": Name("text", "К какому дню обещали, с предлогом; пусто, если срок прошёл.", "до пятницы, 27 ноября"),
    "warranty": Name("text", "Последний день гарантии.", "14 мая 2027"),
    "branch": Name("text", "Название мастерской.", "Тула, ул. Ленина"),
    "address": Name("text", "Адрес мастерской.", "ул. Ленина, 5, вход со двора"),
    "opening_hours": Name("text", "Часы работы мастерской.", "ежедневно 9:00–19:00"),
    "phone": Name("text", "Телефон мастерской.", "+7 487 230-00-07"),
    "company": Name("text", "Название компании из настроек.", "Инструмент-Сервис"),
    "tools": Name("text", "Готовые инструменты по строке на каждый: только в тексте о нескольких.", "• A-12841"),
    "comment": Name("text", "Что написал сотрудник: только в тексте о комментарии.", "Деталь приехала, ставим."),
}
"""By name; in a text everything that the CRM does not know is empty."""

SHIPPED_ON = frozenset({"created", "comment", "set_back", "in_work", "ready", "refused", "closed_success"})
"""What is told out of the box: of the other groups of statuses a client may ask."""
CAN_BE_TOLD = frozenset(STATUSES) - {"new"}
"""Groups of statuses that can be told: of a new repair it is told that it was taken in."""
EVENTS = SHIPPED_ON | CAN_BE_TOLD | {"several_ready"}
"""All events that can have a text of the office's own."""
_TEXTS = Path(__file__).with_name("texts")


@cache
def default_text(event: str) -> Template:
    """Return the text of an event as it ships."""
    return parse((_TEXTS / f"{event}.html").read_text(encoding="utf-8"), NAMES)
