"""Finds out what CRM and ledger know of the client that a repair's number or a phone leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications import connections
from sancrm_notifications.bot.rules import MOST_CUSTOMERS, is_code, written_code
from sancrm_notifications.ledger import clients as ledger_clients
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import chat_addresses, crm_questions
from sancrm_notifications.pages.unheard import (
    Chain,
    Known,
    Step,
    chain_of,
    of_crowded_phone,
    of_unknown_phone,
)
from sancrm_notifications.text.phones import e164

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.crm.clients import Clients, Customer
    from sancrm_notifications.pages.unheard import Clock

_NO_REPAIR = "Ремонта с таким номером в CRM нет: проверьте его по квитанции."
_AMBIGUOUS = "Ремонтов с таким номером несколько: напишите его вместе с буквой, как на квитанции."
_NO_CUSTOMER = "К ремонту в CRM не привязан клиент: сообщать некому. Укажите клиента в CRM."
_REPAIR = "Ремонт с таким номером в CRM есть."


@dataclass(frozen=True, slots=True)
class _Found:
    """A customer as the CRM knows it: valid numbers, and those of them that too many customers have."""

    customer_id: int
    customer: Customer | None
    phones: frozenset[str]
    crowded: frozenset[str]


def explained(typed: str, when: Clock) -> list[Chain] | None:
    """Return the steps about each client that is meant; None: what was typed is neither a number nor a phone.

    :raises SilentError: the CRM does not answer
    :raises psycopg.Error: the ledger cannot be read
    """
    region = chat_addresses.readable_settings()[0].phone_region
    phone = e164(typed, region)
    if phone is not None:
        return _about_phone(phone, region, when)
    code = written_code(typed)
    return None if code is None else [_about_repair(code, region, when)]


def _about_repair(code: tuple[str, str], region: str, when: Clock) -> Chain:
    async def questions(crm: Clients) -> Step | _Found:
        repairs = [repair for repair in await crm.repairs_by_number(code[1]) if is_code(repair.code, *code)]
        if len(repairs) != 1:
            return Step("stop", _AMBIGUOUS if repairs else _NO_REPAIR)
        customer_id = repairs[0].customer_id
        return Step("stop", _NO_CUSTOMER) if customer_id is None else await _find(crm, customer_id)

    found = crm_questions.asked(questions, region)
    if isinstance(found, Step):
        return Chain([found])
    with reading(connections.ledger_conninfo()) as ledger:
        chain = chain_of(_known(ledger, found), when)
    return Chain([Step("ok", _REPAIR), *chain.steps], chain.customer_id)


def _about_phone(phone: str, region: str, when: Clock) -> list[Chain]:
    async def questions(crm: Clients) -> list[_Found] | int:
        bearers = (await crm.customers_of([phone]))[phone]
        if len(bearers) > MOST_CUSTOMERS:
            return len(bearers)
        return [await _find(crm, customer_id) for customer_id in sorted(bearers)]

    found = crm_questions.asked(questions, region)
    with reading(connections.ledger_conninfo()) as ledger:
        if isinstance(found, int):
            return [of_crowded_phone(found, ledger_clients.bindings_of(ledger, None, [phone]), when)]
        if not found:
            return [of_unknown_phone(ledger_clients.bindings_of(ledger, None, [phone]), when)]
        return [chain_of(_known(ledger, each), when) for each in found]


async def _find(crm: Clients, customer_id: int) -> _Found:
    customer = await crm.customer(customer_id)
    phones = await crm.phones_of(customer_id)
    bearers = await crm.customers_of(phones)
    crowded = frozenset(phone for phone, customers in bearers.items() if len(customers) > MOST_CUSTOMERS)
    return _Found(customer_id, customer, phones, crowded)


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
