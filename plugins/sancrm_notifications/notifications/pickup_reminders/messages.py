"""What a client is reminded of, and what a person is asked before very many are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.events.client_buttons import collecting
from sancrm_notifications.events.client_words import line, values
from sancrm_notifications.events.repair_words import code_of
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.events.client_words import View
    from sancrm_notifications.text.template import Template

_CODES_SHOWN = 30


def message(
    repairs: Sequence[RepairFacts],
    destination: str,
    view: View,
    text: Template,
    *,
    event: str,
    text_id: int | None = None,
) -> Message:
    """Return the reminder of one repair, or of several that wait at one branch, in the words of a text.

    ``text_id`` is the version of the office's text; None: it is the one that ships.

    :raises TemplateError: with these values nothing is left of the text, or too much
    """
    first = repairs[0]
    named = {**values(first, view), "tools": "\n".join(line(repair, view) for repair in repairs)}
    return Message(
        subject=f"repair:{first.repair_id}",
        destination=destination,
        label=code_of(first),
        html=text.render(named),
        buttons=collecting(first.repair_id),
        figures={"event": event, "repair_ids": [repair.repair_id for repair in repairs], "text_id": text_id},
    )


def question(repairs: Sequence[RepairFacts], clients: int) -> str:
    """Return what a person is asked before many clients are reminded at once, as Markdown without names."""
    codes = sorted(code_of(repair) for repair in repairs)
    shown = ", ".join(codes[:_CODES_SHOWN]) + (" и другие" if len(codes) > _CODES_SHOWN else "")
    people = counted(clients, "клиенту", "клиентам", "клиентам")
    return (
        f"Сегодня напоминание пришло бы сразу **{people}**: готовых ремонтов, за которыми не пришли, {len(codes)}."
        f" Напомнить?\n\n{shown}\n\n*Approve*: сообщения уйдут не спеша. *Reject*, или без ответа сутки: об этих"
        " ремонтах не напомним никогда."
    )
