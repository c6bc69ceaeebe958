"""What a client is told of a repair: one change, several tools that are ready, what holds no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.events.client_buttons import asking, collecting
from sancrm_notifications.events.client_words import line, values
from sancrm_notifications.events.repair_words import LONGEST_COMMENT, code_of
from sancrm_notifications.notifications.client_statuses.rules import READY, SET_BACK, SEVERAL_READY
from sancrm_notifications.notifications.client_statuses.wording import default_text
from sancrm_notifications.text.markup import within
from sancrm_notifications.text.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.crm.event_facts import RepairFacts
    from sancrm_notifications.events.client_buttons import Rows
    from sancrm_notifications.events.client_words import View
    from sancrm_notifications.notifications.client_statuses.rules import Change
    from sancrm_notifications.text.template import Template

WITHDRAWN = "withdrawn"
_COLLECTED = frozenset({READY, SEVERAL_READY})
_LEAVES_QUESTIONS = frozenset({"refused", "on_hold", "comment", SET_BACK})
_CODES_SHOWN = 30


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
    named = {
        **values(first.repair, view),
        "tools": "\n".join(line(change.repair, view) for change in changes) if "tools" in text.used else None,
        "comment": within(comment, LONGEST_COMMENT),
    }
    return Message(
        subject=f"repair:{first.repair.repair_id}",
        destination=destination,
        label=code_of(first.repair),
        html=text.render(named),
        buttons=_buttons(event, first.repair.repair_id),
        figures={
            "event": event,
            "repair_ids": [change.repair.repair_id for change in changes],
            "text_id": text_id,
        },
    )


def withdrawn(change: Change, destination: str, view: View) -> Message:
    """Return what an earlier message about a repair says once it holds no longer."""
    return Message(
        subject=f"repair:{change.repair.repair_id}",
        destination=destination,
        label=code_of(change.repair),
        html=default_text(WITHDRAWN).render(values(change.repair, view)),
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


def _buttons(event: str, repair_id: int) -> Rows:
    if event in _COLLECTED:
        return collecting(repair_id)
    return asking(repair_id) if event in _LEAVES_QUESTIONS else ()
