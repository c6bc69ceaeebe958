"""What a text would say: of the latest repairs to which the event has happened, and of two that nobody would make up.

The CRM is asked as the page on clients asks it: for a few seconds, and where it does not answer the page says so.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException

from sancrm_notifications import connections, databases
from sancrm_notifications.crm import event_facts
from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.crm.clients import Branch
from sancrm_notifications.crm.event_facts import RepairFacts
from sancrm_notifications.crm.event_samples import Sample, SampleEvent, WantedEvents, latest
from sancrm_notifications.events.clients import Clients
from sancrm_notifications.events.repair_words import code_of
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.notifications.client_statuses import messages as of_clients
from sancrm_notifications.notifications.client_statuses.rules import READY, SEVERAL_READY, Change
from sancrm_notifications.notifications.pickup_reminders import messages as of_reminders
from sancrm_notifications.notifications.pickup_reminders import wording as reminder_words
from sancrm_notifications.notifications.staff_events import messages as of_staff
from sancrm_notifications.notifications.staff_events.rules import StaffEvent
from sancrm_notifications.text.repair_statuses import STATUSES
from sancrm_notifications.text.template import TemplateError
from sancrm_notifications.time_limit import in_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sancrm_notifications.event_texts import EventText
    from sancrm_notifications.ledger.versions import TextPlace
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message
    from sancrm_notifications.text.template import Template

log = logging.getLogger(__name__)

MOST = 5
_SECONDS = 3
_CRM = databases.Use(
    f"{databases.APPLICATION} pages", is_reading=True, statement_seconds=2, lock_seconds=2, connect_seconds=2
)
_SEVERAL = frozenset({SEVERAL_READY, reminder_words.SEVERAL})
_OF_READY = _SEVERAL | {reminder_words.REMINDER}
_NOWHERE = -1
_HOSTILE = '<b>Ударник</b> & «Ко» "люкс" \N{HAMMER AND WRENCH} שלום {{ code }} '
_HOSTILE_BRANCH = Branch(_NOWHERE, _HOSTILE, is_active=True, phone=_HOSTILE, address=_HOSTILE, opening_hours=_HOSTILE)
_HOSTILE_REPAIR = RepairFacts(
    repair_id=1,
    number=1,
    code="<i>A-1</i> & \N{WRENCH}",
    branch_id=_NOWHERE,
    customer_id=None,
    status=_HOSTILE,
    status_group=None,
    device_category=_HOSTILE * 10,
    device_brand=_HOSTILE,
    device_model=None,
    to_pay_kopecks=10**17,
    due_at=datetime(2099, 12, 31, tzinfo=UTC),
    warranty_until=None,
)
_BARE_REPAIR = RepairFacts(
    repair_id=12841,
    number=12841,
    code=None,
    branch_id=None,
    customer_id=None,
    status="",
    status_group=None,
    device_category=None,
    device_brand=None,
    device_model=None,
    to_pay_kopecks=None,
    due_at=None,
    warranty_until=None,
)
_MADE_UP = SampleEvent(0, 0, datetime(2026, 1, 1, tzinfo=UTC), None, None)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a text says of one repair: ``message``, or ``fault``: why it says nothing."""

    title: str
    message: Message | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Samples:
    """Repairs of the CRM, newest first; ``is_silent``: it does not answer, or shows no events."""

    found: Sequence[Sample]
    branches: Mapping[int, Branch]
    is_silent: bool = False


def read_samples(text: EventText, place: TextPlace) -> Samples:
    """Return the latest repairs that a text of this place would have been written about."""
    wanted = wanted_events(text, place)

    def read() -> Samples:
        with databases.connect(connections.source_conninfo(), _CRM) as crm:
            return Samples(latest(crm, wanted, MOST), event_facts.branches(crm))

    try:
        # A server that is frozen takes no note of a statement's own limit.
        return in_time(_SECONDS, read)
    except (psycopg.Error, TimeoutError, AirflowNotFoundException) as error:
        log.warning("the CRM shows no repairs to preview a text with: %s", type(error).__name__)
        return Samples([], {}, is_silent=True)


def wanted_events(text: EventText, place: TextPlace) -> WantedEvents:
    """Return the CRM's events of which this text tells."""
    if not text.is_status and text.event not in _OF_READY:
        by = "staff" if text.audience == "client" else "customer"
        is_comment = text.event == "comment"
        return WantedEvents(
            text.event,
            author=by if is_comment else None,
            for_customers=is_comment and text.audience == "client",
        )
    group = READY if text.event in _OF_READY else text.event
    return WantedEvents(
        "status",
        from_status=place.from_status,
        to_status=place.to_status,
        status_group=group if group in STATUSES else None,
    )


def previews(text: EventText, template: Template, samples: Samples, settings: Settings, zone: str) -> list[Rendered]:
    """Return what a text would say, of each repair and of what is made up; ``zone`` is where branches have none."""
    setting = _Setting({**samples.branches, _NOWHERE: _HOSTILE_BRANCH}, settings, zone)
    write = partial(_client_message if text.audience == "client" else _staff_message, text, template, setting)
    made_up = [
        ("Проверка: в данных знаки, которые ломают разметку", Sample(_MADE_UP, _HOSTILE_REPAIR, _HOSTILE * 60)),
        ("Проверка: о ремонте в CRM почти ничего не записано", Sample(_MADE_UP, _BARE_REPAIR)),
    ]
    named = [(_title(sample), [sample]) for sample in samples.found]
    if text.event in _SEVERAL and samples.found:
        named = [(f"{len(samples.found)} последних, как если бы они были одного клиента", list(samples.found))]
    found: list[Rendered] = []
    for title, about in [*named, *((title, [sample]) for title, sample in made_up)]:
        try:
            found.append(Rendered(title, write(about)))
        except TemplateError as fault:
            found.append(Rendered(title, None, fault.cause))
    return found


def _title(sample: Sample) -> str:
    event = sample.event
    moved = " → ".join(filter(None, (event.old_status, event.new_status)))
    return f"{code_of(sample.repair)}{f': {moved}' if moved else ''}"


@dataclass(frozen=True, slots=True)
class _Setting:
    """What messages are written with; ``zone`` is where branches have none of their own."""

    branches: Mapping[int, Branch]
    settings: Settings
    zone: str


def _client_message(text: EventText, template: Template, setting: _Setting, samples: Sequence[Sample]) -> Message:
    clients = Clients(
        now=datetime.now(UTC),
        settings=setting.settings,
        zone=setting.zone,
        branches=setting.branches,
        bearers={},
        unwilling=frozenset(),
        bindings=(),
        wording=Wording(()),
    )
    view = clients.view(samples[0].repair.branch_id)
    if text.event in reminder_words.EVENTS:
        repairs = [sample.repair for sample in samples]
        return of_reminders.message(repairs, "client:0", view, template, event=text.event)
    changes = [
        Change(text.event, sample.repair, (), "", sample.event.recorded_at, sample.event.old_status)
        for sample in samples
    ]
    return of_clients.message(changes, "client:0", view, template, event=text.event, comment=samples[0].comment)


def _staff_message(text: EventText, template: Template, setting: _Setting, samples: Sequence[Sample]) -> Message:
    (sample,) = samples
    chosen = setting.settings
    links = CardLinks(chosen.crm_base_url, chosen.repair_card_path) if chosen.crm_base_url else None
    event = StaffEvent(text.event, sample.repair, (), "", sample.event.old_status)
    return of_staff.message(event, of_staff.View(setting.branches, links), template, comment=sample.comment)
