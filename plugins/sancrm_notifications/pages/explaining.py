"""Finds out what CRM and ledger know of the client that a repair's number or a phone leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sancrm_notifications import connections
from sancrm_notifications.bot.rules import MOST_CUSTOMERS, is_code, written_code
from sancrm_notifications.ledger import clients as ledger_clients
from sancrm_notifications.ledger import event_outcomes
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.ledger.wording import switches
from sancrm_notifications.notifications.client_statuses.rules import NOTIFICATION
from sancrm_notifications.pages import chat_addresses, crm_questions, repair_news
from sancrm_notifications.pages.repair_news import RepairNews
from sancrm_notifications.pages.unheard import (
    Chain,
    Known,
    Step,
    chain_of,
    of_crowded_phone,
    of_unknown_phone,
)
from sancrm_notifications.pages.words import moment
from sancrm_notifications.text.phones import e164

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.crm.clients import Clients, Customer, NumberedRepair, Repair

_NO_REPAIR = "Ремонта с таким номером в CRM нет: проверьте его по квитанции."
_AMBIGUOUS = "Ремонтов с таким номером несколько: напишите его вместе с буквой, как на квитанции."
_NO_CUSTOMER = "К ремонту в CRM не привязан клиент: сообщать некому. Укажите клиента в CRM."
_REPAIR = "Ремонт с таким номером в CRM есть."
_NOT_FOR_YOU = f"Что было с его изменениями, видит тот, кому в Airflow можно читать DAG {NOTIFICATION}."
_SHOWN_DAYS = timedelta(days=60)
_MOST_REPAIRS = 3
_EVENTS_OF_ONE, _EVENTS_OF_EACH = 6, 3


@dataclass(frozen=True, slots=True)
class _Found:
    """A customer as the CRM knows it: valid numbers, and those of them that too many customers have."""

    customer_id: int
    customer: Customer | None
    phones: frozenset[str]
    crowded: frozenset[str]
    repairs: tuple[NumberedRepair | Repair, ...] = ()
    """The one that was asked about, or the newest."""


def explained(typed: str, zone: str, *, may_read_events: bool = True) -> list[Chain] | None:
    """Return the steps about each client that is meant; None: what was typed is neither a number nor a phone.

    ``zone`` (IANA name) is where times are said; without ``may_read_events`` nothing is said of a repair's changes.

    :raises SilentError: the CRM does not answer
    :raises psycopg.Error: the ledger cannot be read
    """
    region = chat_addresses.readable_settings()[0].phone_region
    explaining = _Explaining(region, zone, may_read_events)
    phone = e164(typed, region)
    if phone is not None:
        return explaining.about_phone(phone)
    code = written_code(typed)
    return None if code is None else [explaining.about_repair(code)]


@dataclass(frozen=True, slots=True)
class _Explaining:
    region: str
    zone: str
    may_read_events: bool

    def about_repair(self, code: tuple[str, str]) -> Chain:
        async def questions(crm: Clients) -> Step | _Found:
            repairs = [repair for repair in await crm.repairs_by_number(code[1]) if is_code(repair.code, *code)]
            if len(repairs) != 1:
                return Step("stop", _AMBIGUOUS if repairs else _NO_REPAIR)
            customer_id = repairs[0].customer_id
            if customer_id is None:
                return Step("stop", _NO_CUSTOMER)
            return replace(await _find(crm, customer_id), repairs=tuple(repairs))

        found = crm_questions.asked(questions, self.region)
        if isinstance(found, Step):
            return Chain([found])
        with reading(connections.ledger_conninfo()) as ledger:
            chain = self._chain(ledger, found)
        return replace(chain, steps=[Step("ok", _REPAIR), *chain.steps])

    def about_phone(self, phone: str) -> list[Chain]:
        async def questions(crm: Clients) -> list[_Found] | int:
            bearers = (await crm.customers_of([phone]))[phone]
            if len(bearers) > MOST_CUSTOMERS:
                return len(bearers)
            return [await _with_repairs(crm, await _find(crm, customer_id)) for customer_id in sorted(bearers)]

        found = crm_questions.asked(questions, self.region)
        with reading(connections.ledger_conninfo()) as ledger:
            if isinstance(found, int):
                return [of_crowded_phone(found, ledger_clients.bindings_of(ledger, None, [phone]), self._when)]
            if not found:
                return [of_unknown_phone(ledger_clients.bindings_of(ledger, None, [phone]), self._when)]
            return [self._chain(ledger, each) for each in found]

    def _when(self, at: datetime) -> str:
        return moment(at, self.zone)

    def _chain(self, ledger: psycopg.Connection[DictRow], found: _Found) -> Chain:
        known = _known(ledger, found)
        if found.customer is None or not self.may_read_events:
            chain = chain_of(known, self._when)
            unsaid = [] if found.customer is None else [Step("note", _NOT_FOR_YOU)]
            return replace(chain, steps=[*chain.steps, *unsaid])
        feed = event_outcomes.feed_standing(ledger, NOTIFICATION)
        news = repair_news.Known(feed, known.bindings, switches(ledger, "client"), self.zone)
        chain = chain_of(replace(known, unwatched=repair_news.unwatched(news)), self._when)
        repairs = {repair.code: repair_news.about_repair(repair, news) for repair in _news(ledger, found, known)}
        return replace(chain, repairs=repairs)


async def _find(crm: Clients, customer_id: int) -> _Found:
    customer = await crm.customer(customer_id)
    phones = await crm.phones_of(customer_id)
    bearers = await crm.customers_of(phones)
    crowded = frozenset(phone for phone, customers in bearers.items() if len(customers) > MOST_CUSTOMERS)
    return _Found(customer_id, customer, phones, crowded)


async def _with_repairs(crm: Clients, found: _Found) -> _Found:
    """Add the repairs whose status has changed last."""
    repairs = await crm.repairs_of([found.customer_id], datetime.now(UTC) - _SHOWN_DAYS)
    latest = sorted(repairs, key=lambda repair: repair.status_changed_at or repair.created_at, reverse=True)
    return replace(found, repairs=tuple(latest[:_MOST_REPAIRS]))


def _known(ledger: psycopg.Connection[DictRow], found: _Found) -> Known:
    bindings = ledger_clients.bindings_of(ledger, found.customer_id, found.phones)
    # A code's number leads to one of its customers only.
    own = [binding for binding in bindings if binding.customer_id in {None, found.customer_id}]
    return Known(
        found.customer_id,
        found.customer,
        found.phones,
        found.crowded,
        own,
        ledger_clients.last_invitation(ledger, found.customer_id),
        ledger_clients.last_message(ledger, [binding.binding_id for binding in own]),
    )


def _news(ledger: psycopg.Connection[DictRow], found: _Found, known: Known) -> list[RepairNews]:
    """Return the repairs with their latest events: of one more of them than of several."""
    most = _EVENTS_OF_ONE if len(found.repairs) == 1 else _EVENTS_OF_EACH
    repair_ids = [repair.repair_id for repair in found.repairs]
    binding_ids = [binding.binding_id for binding in known.bindings]
    events = event_outcomes.latest_events(ledger, NOTIFICATION, repair_ids, binding_ids, most)
    return [
        RepairNews(
            repair.code,
            repair.branch_id,
            repair.status_group,
            repair.status_changed_at,
            events.get(repair.repair_id, ()),
        )
        for repair in found.repairs
    ]
