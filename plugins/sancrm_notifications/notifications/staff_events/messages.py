"""What staff are told of a repair: one message, or the line of a digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.events.repair_words import LONGEST_COMMENT, code_of, short, tool_of
from sancrm_notifications.notifications.staff_events.rules import DIGEST_FROM
from sancrm_notifications.text.buttons import Button
from sancrm_notifications.text.markup import bold, value, within
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.russian import counted, tied
from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sancrm_notifications.crm.card_links import CardLinks
    from sancrm_notifications.crm.clients import Branch
    from sancrm_notifications.notifications.staff_events.rules import StaffEvent
    from sancrm_notifications.text.template import Template, TemplateError, Value


@dataclass(frozen=True, slots=True)
class View:
    """What messages are written with: the branches by id, and where the CRM's cards are, if that is known."""

    branches: Mapping[int, Branch]
    links: CardLinks | None = None


def message(event: StaffEvent, view: View, text: Template, *, comment: str = "", text_id: int | None = None) -> Message:
    """Return the message about one event, in the words of a text.

    :raises TemplateError: with these values nothing is left of the text, or too much
    """
    return Message(
        subject=_subject(event),
        destination=event.destination,
        label=code_of(event.repair),
        html=text.render(_values(event, view, comment)),
        buttons=_buttons(event, view),
        # Only what a client writes asks for somebody.
        silent=event.event != "comment",
        figures={"event": event.event, "repair_ids": [event.repair.repair_id], "text_id": text_id},
    )


def digest(events: Sequence[StaffEvent]) -> Message:
    """Return the message about a burst of events for one team."""
    lines = [f"• {bold(value(code_of(event.repair)))}: {_said(event)}" for event in events]
    news = counted(len(events), "новость", "новости", "новостей")
    # The others of this minute were told one by one before they were so many.
    head = f"За минуту {news} о ремонтах" if len(events) >= DIGEST_FROM else f"И ещё {news} о ремонтах"
    return Message(
        subject=_subject(events[0]),
        destination=events[0].destination,
        label=f"{len(events)} новостей",
        html=tied("\n".join([bold(head), *lines])),
        silent=all(event.event != "comment" for event in events),
        figures={"event": "digest", "repair_ids": [event.repair.repair_id for event in events], "text_id": None},
    )


def unusable(text_id: int, fault: TemplateError) -> Message:
    """Return what staff are told of a text of theirs that no longer works."""
    return Message(
        subject=f"text:{text_id}",
        destination="staff",
        label="Текст для сотрудников",
        html=tied(
            f"{bold(f'Текст для сотрудников № {text_id} не подошёл')}\n{value(str(fault))}\n\n"
            "В чат ушёл текст, который стоит по умолчанию."
            " Исправьте свой или уберите его: страница «События и тексты» в Airflow."
        ),
        figures={"text_id": text_id},
    )


def _subject(event: StaffEvent) -> str:
    return f"repair:{event.repair.repair_id}"


def _said(event: StaffEvent) -> str:
    match event.event:
        case "created":
            return "новый ремонт"
        case "comment":
            return "клиент написал"
        case _:
            return f"«{value(short(event.repair.status) or '—')}»"


def _values(event: StaffEvent, view: View, comment: str) -> dict[str, Value]:
    branch = view.branches.get(event.repair.branch_id) if event.repair.branch_id is not None else None
    return {
        "code": code_of(event.repair),
        "tool": tool_of(event.repair),
        "status": short(event.repair.status),
        "former": short(event.former_status),
        "branch": short(branch.name) if branch else None,
        "comment": within(comment, LONGEST_COMMENT),
    }


def _buttons(event: StaffEvent, view: View) -> tuple[tuple[Button, ...], ...]:
    repair = event.repair
    address = view.links.address(repair.repair_id, repair.number, repair.code) if view.links else None
    if address is None or not can_be_button(address):
        return ()
    return ((Button("Открыть в CRM", address),),)
