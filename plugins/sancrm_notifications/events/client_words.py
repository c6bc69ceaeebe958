"""A repair in the words of a message to its client: the values that a text may name, as the branch would say them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sancrm_notifications.events.repair_words import code_of, short, tool_of
from sancrm_notifications.text.markup import bold, value
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.money import MoneyStyle
from sancrm_notifications.text.phones import dialable
from sancrm_notifications.text.repair_statuses import SHORT_STATUSES
from sancrm_notifications.text.russian import day_and_month, tied
from sancrm_notifications.text.template import Name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sancrm_notifications.crm.clients import Branch
    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.text.template import TemplateError, Value

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
}
"""By name; in a text everything that the CRM does not know is empty."""
_DAYS = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")


@dataclass(frozen=True, slots=True)
class View:
    """What a message is written for: the local moment at the branch, and how things are shown."""

    now: datetime
    branch: Branch | None
    region: str
    company: str | None = None
    whole_roubles: bool = False

    def day(self, moment: datetime) -> date:
        """Return the branch's local day of a moment."""
        return moment.astimezone(self.now.tzinfo).date()


def unusable(text_id: int, fault: TemplateError) -> Message:
    """Return what the office is told of a text of theirs that no longer works."""
    return Message(
        subject=f"text:{text_id}",
        destination="staff",
        label="Текст для клиентов",
        html=tied(
            f"{bold(f'Текст для клиентов № {text_id} не подошёл')}\n{value(str(fault))}\n\n"
            "Клиенту ушёл текст, который стоит по умолчанию."
            " Исправьте свой или уберите его: страница «События и тексты» в Airflow."
        ),
        figures={"text_id": text_id},
    )


def values(repair: RepairFacts, view: View) -> dict[str, Value]:
    """Return what a text may name of a repair."""
    due = view.day(repair.due_at) if repair.due_at else None
    return {
        "code": code_of(repair),
        "tool": tool_of(repair),
        "status": SHORT_STATUSES.get(repair.status_group or ""),
        "to_pay": _sum(repair, view),
        "due": _until(due) if due and due >= view.now.date() else None,
        "warranty": _written(repair.warranty_until),
        **_of_branch(view.branch, view.region),
        "company": view.company,
    }


def line(repair: RepairFacts, view: View) -> str:
    """Return one line about a repair that stands among others."""
    amount = _sum(repair, view)
    return "• " + ", ".join(filter(None, [code_of(repair), tool_of(repair), amount and f"к оплате {amount}"]))


def _sum(repair: RepairFacts, view: View) -> str | None:
    kopecks = repair.to_pay_kopecks
    if not kopecks or kopecks < 0:
        return None
    return MoneyStyle.for_amounts([kopecks], whole_roubles=view.whole_roubles).text(kopecks)


# Thousands of messages of few branches: to read a number takes longer than to write the rest of a message.
@lru_cache(maxsize=1000)
def _of_branch(branch: Branch | None, region: str) -> Mapping[str, Value]:
    phone = short(branch.phone) if branch else None
    return {
        "branch": short(branch.name) if branch else None,
        "address": short(branch.address) if branch else None,
        "opening_hours": short(branch.opening_hours) if branch else None,
        "phone": phone and (dialable(phone, region) or phone),
    }


def _until(day: date) -> str:
    return f"до {_DAYS[day.weekday()]}, {day_and_month(day)}"


def _written(day: date | None) -> str | None:
    return f"{day_and_month(day)} {day.year}" if day else None
