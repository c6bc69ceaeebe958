"""What a client is told of a repair: the values that a text may name, and the message that they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sancrm_notifications.events.repair_words import LONGEST_COMMENT, code_of, short, tool_of
from sancrm_notifications.notifications.client_statuses.wording import default_text
from sancrm_notifications.text.markup import beginning, bold, value
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.money import MoneyStyle
from sancrm_notifications.text.phones import dialable
from sancrm_notifications.text.repair_statuses import SHORT_STATUSES
from sancrm_notifications.text.russian import day_and_month, tied

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sancrm_notifications.crm.clients import Branch
    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.notifications.client_statuses.rules import Change
    from sancrm_notifications.text.template import Template, TemplateError, Value

WITHDRAWN = "withdrawn"
_CODES_SHOWN = 30
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


def message(
    changes: Sequence[Change],
    destination: str,
    view: View,
    text: Template,
    *,
    event: str,
    comment: str = "",
    text_id: int | None = None,
) -> Message:
    """Return the message about one change, or about several tools that are ready, in the words of a text.

    ``text_id`` is the version of the office's text; None: it is the one that ships.

    :raises TemplateError: with these values nothing is left of the text, or too much
    """
    first = changes[0]
    values = {
        **_values(first.repair, view),
        "tools": "\n".join(_line(change.repair, view) for change in changes),
        "comment": beginning(comment, LONGEST_COMMENT),
    }
    return Message(
        subject=f"repair:{first.repair.repair_id}",
        destination=destination,
        label=code_of(first.repair),
        html=text.render(values),
        figures={
            "event": event,
            "repair_ids": [change.repair.repair_id for change in changes],
            "text_id": text_id,
        },
    )


def unusable(text_id: int, fault: TemplateError) -> Message:
    """Return what the office is told of a text of theirs that no longer works."""
    return Message(
        subject=f"text:{text_id}",
        destination="staff",
        label="Текст для клиентов",
        html=tied(
            f"{bold(f'Текст для клиентов № {text_id} не подошёл')}\n{value(str(fault))}\n\n"
            "Клиенту ушёл текст, который стоит по умолчанию. Исправьте свой или верните тот."
        ),
        figures={"text_id": text_id},
    )


def withdrawn(change: Change, destination: str, view: View) -> Message:
    """Return what an earlier message about a repair says once it holds no longer."""
    return Message(
        subject=f"repair:{change.repair.repair_id}",
        destination=destination,
        label=code_of(change.repair),
        html=default_text(WITHDRAWN).render(_values(change.repair, view)),
        figures={"event": WITHDRAWN, "repair_ids": [change.repair.repair_id]},
    )


def question(repairs: Sequence[RepairFacts]) -> str:
    """Return what a person is asked before many clients are told at once, as Markdown without names."""
    codes = sorted(code_of(repair) for repair in repairs)
    shown = ", ".join(codes[:_CODES_SHOWN]) + (" и другие" if len(codes) > _CODES_SHOWN else "")
    return (
        f"Сразу столько ремонтов сменили статус: **{len(codes)}**. Рассказать их клиентам?\n\n{shown}\n\n"
        "*Approve*: сообщения уйдут не спеша, остальные их не ждут. *Reject*, или без ответа сутки: клиенты об этом не"
        " узнают никогда."
    )


def _values(repair: RepairFacts, view: View) -> dict[str, Value]:
    branch = view.branch
    due = view.day(repair.due_at) if repair.due_at else None
    return {
        "code": code_of(repair),
        "tool": tool_of(repair),
        "status": SHORT_STATUSES.get(repair.status_group or ""),
        "to_pay": _sum(repair, view),
        "due": _until(due) if due and due >= view.now.date() else None,
        "warranty": _written(repair.warranty_until),
        "branch": short(branch.name) if branch else None,
        "address": short(branch.address) if branch else None,
        "opening_hours": short(branch.opening_hours) if branch else None,
        "phone": _phone(branch, view.region),
        "company": view.company,
    }


def _line(repair: RepairFacts, view: View) -> str:
    amount = _sum(repair, view)
    return "• " + ", ".join(filter(None, [code_of(repair), tool_of(repair), amount and f"к оплате {amount}"]))


def _sum(repair: RepairFacts, view: View) -> str | None:
    kopecks = repair.to_pay_kopecks
    if not kopecks or kopecks < 0:
        return None
    return MoneyStyle.for_amounts([kopecks], whole_roubles=view.whole_roubles).text(kopecks)


def _phone(branch: Branch | None, region: str) -> str | None:
    typed = short(branch.phone) if branch else None
    return _readable(typed, region) if typed else None


# Thousands of messages of few branches: to read a number takes longer than to write the rest of a message.
@lru_cache(maxsize=1000)
def _readable(typed: str, region: str) -> str:
    return dialable(typed, region) or typed


def _until(day: date) -> str:
    return f"до {_DAYS[day.weekday()]}, {day_and_month(day)}"


def _written(day: date | None) -> str | None:
    return f"{day_and_month(day)} {day.year}" if day else None
