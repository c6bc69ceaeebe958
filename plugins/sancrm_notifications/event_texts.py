"""Every event whose text and switch people may change: whose DAG it is, what a text may name, how it ships."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.notifications.client_statuses import rules as client_rules
from sancrm_notifications.notifications.client_statuses import wording as of_clients
from sancrm_notifications.notifications.missed_calls import rules as call_rules
from sancrm_notifications.notifications.pickup_reminders import rules as reminder_rules
from sancrm_notifications.notifications.pickup_reminders import wording as of_reminders
from sancrm_notifications.notifications.staff_events import rules as staff_rules
from sancrm_notifications.notifications.staff_events import wording as of_staff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sancrm_notifications.ledger.wording import Audience
    from sancrm_notifications.text.template import Name, Template

CLIENT_DAG = client_rules.NOTIFICATION
"""Who may edit it may say what holds for all events of clients."""
DAGS = (client_rules.NOTIFICATION, reminder_rules.NOTIFICATION, staff_rules.NOTIFICATION)
"""The DAGs that tell events: who may edit one may change what it says."""
REMINDER = of_reminders.REMINDER
TO_TEAMS: tuple[Audience, str] = ("staff", call_rules.NOTIFICATION)
"""A switch of no event: missed calls go to the teams' chats, or all to one, as it ships."""


@dataclass(frozen=True, slots=True)
class EventText:
    """One event as an audience hears of it, out of the box.

    ``names`` are the values that its text may name.  ``is_status``: it may have a text for each transition;
    ``has_switch``: it can be told or not by itself.
    """

    audience: Audience
    event: str
    dag_id: str
    names: Mapping[str, Name]
    default_text: Callable[[str], Template]
    is_shipped_on: bool
    is_status: bool = False
    has_switch: bool = True

    @property
    def shipped(self) -> Template:
        """Its text as it ships."""
        return self.default_text(self.event)


def _of_client(event: str) -> EventText:
    has_switch = event != client_rules.SEVERAL_READY
    return EventText(
        "client",
        event,
        client_rules.NOTIFICATION,
        of_clients.NAMES,
        of_clients.default_text,
        is_shipped_on=event in of_clients.SHIPPED_ON or not has_switch,
        is_status=event in of_clients.CAN_BE_TOLD or event == client_rules.SET_BACK,
        has_switch=has_switch,
    )


def _of_reminder(event: str) -> EventText:
    return EventText(
        "client",
        event,
        reminder_rules.NOTIFICATION,
        of_reminders.NAMES,
        of_reminders.default_text,
        is_shipped_on=True,
        has_switch=event == REMINDER,
    )


def _of_staff(event: str) -> EventText:
    return EventText(
        "staff",
        event,
        staff_rules.NOTIFICATION,
        of_staff.NAMES,
        of_staff.default_text,
        is_shipped_on=True,
        is_status=event == "status",
    )


EVENTS: Mapping[tuple[str, str], EventText] = {
    (text.audience, text.event): text
    for text in (
        *map(_of_client, sorted(of_clients.EVENTS)),
        *map(_of_reminder, sorted(of_reminders.EVENTS)),
        *map(_of_staff, sorted(of_staff.SHIPPED_ON)),
    )
}
"""All of them, by audience and event."""
