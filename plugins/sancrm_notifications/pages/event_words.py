"""What the pages call the events of repairs, and which of them stand in one row of the table, in Russian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.event_texts import EVENTS, EventText

if TYPE_CHECKING:
    from sancrm_notifications.text.template import Name

AUDIENCES = {"client": "Клиенту", "staff": "Сотрудникам"}
_TITLES = {
    ("client", "created"): "Ремонт принят",
    ("client", "diagnostics"): "На диагностике",
    ("client", "to_do"): "Ждёт очереди на ремонт",
    ("client", "in_work"): "Взяли в работу",
    ("client", "on_hold"): "Приостановлен",
    ("client", "ready"): "Готов",
    ("client", "refused"): "Ремонта не будет",
    ("client", "closed_success"): "Выдан",
    ("client", "closed_failure"): "Выдан без ремонта",
    ("client", "set_back"): "Статус вернули назад",
    ("client", "several_ready"): "Готовы сразу несколько",
    ("client", "pickup_reminder"): "Готов, но не забрали",
    ("client", "several_reminders"): "Не забрали сразу несколько",
    ("client", "comment"): "Мастерская написала клиенту",
    ("staff", "created"): "Ремонт принят",
    ("staff", "status"): "Статус сменился",
    ("staff", "comment"): "Клиент написал",
}
# What has no switch of its own, and the event whose switch it follows.
_TOLD_WITH = {"several_ready": "ready", "several_reminders": "pickup_reminder"}
# In all other texts these are empty.
_ONLY_IN = {"tools": frozenset(_TOLD_WITH), "comment": frozenset({"comment"})}
_ROWS = (
    (("client", "created"), ("staff", "created")),
    (None, ("staff", "status")),
    *(
        (("client", event), None)
        for event in (
            "diagnostics", "to_do", "in_work", "on_hold", "ready", "several_ready", "pickup_reminder",
            "several_reminders", "refused", "closed_success", "closed_failure", "set_back", "comment",
        )
    ),
    (None, ("staff", "comment")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: what happens, and who may hear of it; None: this audience hears of it otherwise or not."""

    title: str
    client: EventText | None
    staff: EventText | None

    @property
    def is_each_status(self) -> bool:
        """Tell whether staff hear here of what clients hear of status by status."""
        return self.client is None and self.staff is not None and self.staff.is_status


def rows() -> list[Row]:
    """Return the table's rows in the order in which a repair lives."""
    found = []
    for client, staff in _ROWS:
        title = _TITLES[client or staff or ("", "")]
        found.append(Row(title, EVENTS.get(client) if client else None, EVENTS.get(staff) if staff else None))
    return found


def title(text: EventText) -> str:
    """Return what an event is called; one without a name here keeps its id."""
    return _TITLES.get((text.audience, text.event), text.event)


def told_with(text: EventText) -> str:
    """Return what the event is called whose switch decides about one that has none of its own."""
    return _TITLES[text.audience, _TOLD_WITH[text.event]]


def names(text: EventText) -> dict[str, Name]:
    """Return the values that say something in this event's text."""
    return {name: said for name, said in text.names.items() if text.event in _ONLY_IN.get(name, {text.event})}
