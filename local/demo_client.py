"""A client of the demo: opens the bot by a link from the CRM's card, shares the number, asks, and is answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import psycopg

from local.demo_error import DemoError
from local.telegram_stand_in.control_client import ControlClient
from sancrm_notifications.text.phones import e164

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.demo_services import Services
    from local.progress import Progress

Found = TypeVar("Found")
DAG_ID = "client_bot"
CLIENT = 5_000_001
PATIENCE_SECONDS = 90.0
_REGION = "RU"
LOOK_SECONDS = 0.3
# Somebody whose number is nobody else's, with a repair that is not closed; always the same one.
_SOMEBODY = """
    select customer_id, min(phones.phone), min(repairs.code)
    from reporting.repairs
    inner join reporting.customer_phones as phones using (customer_id)
    where
        repairs.status_group in ('in_work', 'ready', 'diagnostics')
        and phones.is_current
        and not exists (
            select 1 from reporting.customer_phones as others
            where others.phone_digits = phones.phone_digits and others.customer_id <> phones.customer_id
        )
    group by customer_id
    having count(*) = 1
    order by customer_id
    limit %s
"""
_IS_LISTENED = "select username from notifications.listeners where lease_until > clock_timestamp() and username <> ''"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the demo CRM with one repair."""

    customer_id: int
    phone: str
    """As Telegram shares it: digits with the country code."""
    code: str


def switch_on(services: Services) -> None:
    """Have the bot listened to; it begins while other things are done.

    :raises DemoError: Airflow does not know the DAG
    """
    api = services.api()
    _until(lambda: api.parsed_at(DAG_ID), "Airflow has not read the DAG client_bot", services)
    api.unpause(DAG_ID)
    api.trigger(DAG_ID)


def ask_the_bot(services: Services, progress: Progress) -> str:
    """Play a client's first minutes with the bot; return what was answered, on one line.

    :raises DemoError: nobody listens, or an answer does not come
    """
    customer = the_client(services)
    with progress.step("waiting until somebody listens to the bot"):
        wait_for_listener(services)
    with progress.step("letting a client bind and ask"):
        return Phone(services).first_minutes(customer)


def the_client(services: Services) -> Customer:
    """Return who the client on the chats' page is.

    :raises DemoError: the demo CRM has nobody who could be
    """
    (customer,) = customers(services.crm, 1)
    return customer


class Phone:
    """A client's phone."""

    def __init__(self, services: Services, client: int = CLIENT) -> None:
        """``client`` is the number of the account."""
        self._stand_in = ControlClient(services.chat_url.rstrip("/"))
        self._services = services
        self._client = client

    def first_minutes(self, customer: Customer) -> str:
        """Open a link from the CRM's card, consent, share the number and ask; return the answer."""
        link = self._services.api().invite(customer.customer_id)
        is_new = self._client not in [person["id"] for person in self._stand_in.people()]
        if is_new:
            self._stand_in.add_person(self._client, "Клиент", last_name="мастерской", phone_number=customer.phone)
        answer = self._answer(lambda: self._stand_in.start(self._client, parse_qs(urlsplit(link).query)["start"][0]))
        # The question for consent is a message of its own, a second behind the first answer; it is asked once.
        for data, next_one in (("me:yes", "consent" if is_new else ""), ("consent", "")):
            asked = [one for one in answer if data in str(one["buttons"])]
            if asked:
                number = asked[-1]["message_id"]
                answer = self._answer(partial(self._stand_in.press, self._client, number, data), next_one)
        self._answer(lambda: self._stand_in.share_contact(self._client, customer.phone), customer.code)
        answer = self._answer(lambda: self._stand_in.write(self._client, "/status"), customer.code)
        return " · ".join(answer[-1]["text"].split("\n")[:3])

    def _answer(self, act: Callable[[], object], words: str = "") -> list[dict[str, Any]]:
        """Do something and return what the bot has written since, as soon as these words are in it, or on a button."""
        known = len(self._stand_in.messages(self._client))
        act()

        def new() -> list[dict[str, Any]]:
            since = [one for one in self._stand_in.messages(self._client)[known:] if one["sender"] is None]
            return since if any(words in f"{one['text']} {one['buttons']}" for one in since) else []

        return _until(new, f"the bot has not answered with {words or 'anything'}", self._services)


def customers(crm: str, count: int) -> list[Customer]:
    """Return this many customers with a number of their own and one open repair.

    :raises DemoError: the demo CRM has fewer
    """
    with psycopg.connect(crm) as connection:
        found = connection.execute(_SOMEBODY, [count]).fetchall()
    if len(found) < count:
        raise DemoError(f"The demo CRM has {len(found)} customers with an own number and one open repair, not {count}.")
    return [Customer(customer_id, e164(phone, _REGION) or phone, code) for customer_id, phone, code in found]


def wait_for_listener(services: Services) -> None:
    """Wait until somebody listens to the bot.

    :raises DemoError: nobody does
    """
    _until(lambda: _is_listened(services.ledger), "nobody listens to the bot", services)


def _is_listened(ledger: str) -> bool:
    with psycopg.connect(ledger) as connection:
        try:
            return connection.execute(_IS_LISTENED).fetchone() is not None
        except psycopg.errors.UndefinedTable:  # nothing was ever stored
            return False


def _until(look: Callable[[], Found], missing: str, services: Services) -> Found:
    given_up_at = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        services.require_alive()
        if time.monotonic() > given_up_at:
            raise DemoError(f"{missing} within {PATIENCE_SECONDS:.0f} seconds: see {services.logs}.")
        time.sleep(LOOK_SECONDS)
    return found
