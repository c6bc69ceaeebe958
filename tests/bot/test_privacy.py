"""Nobody learns of another's repair, whatever people, phones, links and buttons do in whichever order."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sancrm_notifications.ledger import invitations
from tests.bot.crm import add_repair, create_everything
from tests.bot.phone import Bot, Person

if TYPE_CHECKING:
    import psycopg

    from sancrm_notifications.bot.response import Response
    from tests.conftest import Databases

ACCOUNTS = (101, 102)
NUMBERS = ("79000000001", "79000000002", "79000000003")
CUSTOMERS = range(1, 9)
"""At first the first two numbers are one customer's each, and the third is six customers'."""
REPAIR = re.compile(r"\d{5}")

account = st.sampled_from(ACCOUNTS)
number = st.sampled_from(NUMBERS)
customer = st.sampled_from(CUSTOMERS)
ACTIONS = st.one_of(
    # Twice: what is hidden shows when two accounts have shown one number.
    st.tuples(st.just("share"), account, number),
    st.tuples(st.just("share"), account, number),
    st.tuples(st.just("share_anothers"), account, number),
    st.tuples(st.just("link"), account, customer, st.sampled_from(["me:yes", "me:no", "nothing"])),
    st.tuples(st.just("old_link"), account),
    st.tuples(st.just("phone"), customer, number, st.booleans()),
    st.tuples(st.just("code"), account, customer),
    st.tuples(st.just("press"), account, customer, st.sampled_from(["status", "cost", "terms", "x"])),
    st.tuples(st.just("say"), account, st.just("/status")),
    st.tuples(st.just("say"), account, st.sampled_from(["/contacts", "/mydata", "Сроки", "ау"])),
    st.tuples(st.just("leave"), account, st.sampled_from(["notme:yes", "delete:yes"])),
)


@dataclass
class World:
    """What has really happened: the oracle, written from the design and not from the code."""

    bearer: dict[str, int] = field(default_factory=dict)
    number_of: dict[int, str] = field(default_factory=dict)
    linked: dict[int, set[int]] = field(default_factory=dict)
    coded: dict[int, set[int]] = field(default_factory=dict)
    phones: set[tuple[int, str]] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)

    def customers_with(self, phone: str) -> set[int]:
        return {who for who, has in self.phones if has == phone}

    def shares(self, user: int, phone: str) -> None:
        if self.bearer.get(phone) != user or self.number_of.get(user) != phone:
            self.coded[user] = set()
        former = self.bearer.get(phone)
        if former is not None and former != user:
            self.coded[former] = set()
            self.number_of.pop(former, None)
        self.bearer[phone], self.number_of[user] = user, phone

    def tries_code(self, user: int, who: int) -> None:
        phone = self.number_of.get(user)
        # It may open this customer only; whether the bot had asked for a code at all is stricter still.
        if phone and who in self.customers_with(phone):
            self.coded.setdefault(user, set()).add(who)

    def leaves(self, user: int) -> None:
        for had in (self.linked, self.coded):
            had.pop(user, None)
        self.number_of.pop(user, None)

    def allowed(self, user: int) -> set[int]:
        phone = self.number_of.get(user)
        bearers = self.customers_with(phone) if phone else set()
        own = bearers if len(bearers) <= 5 else set()
        return own | self.linked.get(user, set()) | (self.coded.get(user, set()) & bearers)


def shown(response: Response) -> set[int]:
    """Return the customers whose repairs an answer names anywhere, buttons included."""
    said = str(response)
    return {int(digits) - 20_000 for digits in REPAIR.findall(said) if int(digits) - 20_000 in CUSTOMERS}


Heard = tuple[int, "Response"] | None


class Actions:
    """Each does one thing, notes it in the oracle, and returns who heard what."""

    def __init__(self, bot: Bot, world: World) -> None:
        self.bot = bot
        self.world = world

    def share(self, user: int, phone: str) -> Heard:
        self.world.shares(user, phone)
        return user, Person(self.bot, user, number=phone).shares()

    def share_anothers(self, user: int, phone: str) -> Heard:
        return user, Person(self.bot, user, number=phone).shares(contact={"user_id": 999})

    def link(self, user: int, who: int, data: str) -> Heard:
        token = invitations.make(self.bot.ledger, who, "office").token
        self.world.tokens.append(token)
        asked = Person(self.bot, user).says(f"/start {token}")
        if data == "nothing":
            return user, asked
        if data == "me:yes":
            self.world.linked.setdefault(user, set()).add(who)
        return user, Person(self.bot, user).presses(data)

    def old_link(self, user: int) -> Heard:
        tokens = self.world.tokens
        return (user, Person(self.bot, user).says(f"/start {tokens[-1]}")) if tokens else None

    def phone(self, who: int, phone: str, has: bool) -> Heard:
        self.bot.change(f"delete from reporting.customer_phones where customer_id = {who} and phone = '{phone}'")
        self.world.phones.discard((who, phone))
        if has:
            self.bot.change(f"insert into reporting.customer_phones values ({who}, '{phone}', true, '{phone[-10:]}')")
            self.world.phones.add((who, phone))
        return None

    def code(self, user: int, who: int) -> Heard:
        self.world.tries_code(user, who)
        return user, Person(self.bot, user).says(f"A-{20_000 + who}")

    def press(self, user: int, who: int, question: str) -> Heard:
        return user, Person(self.bot, user).presses(f"r:{20_000 + who}:{question}")

    def say(self, user: int, text: str) -> Heard:
        return user, Person(self.bot, user).says(text)

    def leave(self, user: int, data: str) -> Heard:
        self.world.leaves(user)
        return user, Person(self.bot, user).presses(data)


def fill(connection: psycopg.Connection) -> None:
    """One repair for each of the customers."""
    create_everything(connection)
    for who in CUSTOMERS:
        add_repair(connection, 20_000 + who, who)


@pytest.fixture(scope="module")
def shared_bot(databases: Databases) -> Bot:
    """One bot for all histories; each begins by emptying it."""
    from tests.desk import _upgraded

    ledger = databases.create(databases.template("ledger", _upgraded))
    return Bot(ledger, databases.create(databases.template("private_crm", fill)))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@example(history=[("share", 101, NUMBERS[0]), ("share", 102, NUMBERS[0]), ("say", 101, "/status")])
@example(history=[("share", 101, NUMBERS[0]), ("share", 101, NUMBERS[1]), ("say", 101, "/status")])
@example(history=[("share", 101, NUMBERS[0]), ("phone", 1, NUMBERS[0], False), ("press", 101, 1, "status")])
@given(history=st.lists(ACTIONS, min_size=4, max_size=14))
def test_nobody_learns_of_anothers_repair(shared_bot: Bot, history: list[tuple[Any, ...]]) -> None:
    shared_bot.change(
        "truncate notifications.bindings, notifications.invitations, notifications.dialogs, notifications.code_tries,"
        " notifications.comments, notifications.replies",
        is_crm=False,
    )
    shared_bot.change("truncate reporting.customer_phones")
    world = World()
    actions = Actions(shared_bot, world)
    for who in CUSTOMERS:
        actions.phone(who, NUMBERS[min(who, 3) - 1], True)
    for action in history:
        heard = getattr(actions, action[0])(*action[1:])
        if heard is not None:
            user, response = heard
            assert shown(response) <= world.allowed(user), action


def test_the_oracle_would_see_it(shared_bot: Bot) -> None:
    shared_bot.change("truncate notifications.bindings cascade", is_crm=False)
    shared_bot.change("truncate reporting.customer_phones")
    shared_bot.change("insert into reporting.customer_phones values (3, '89000000001', true, '9000000001')")
    response = Person(shared_bot, 101, number=NUMBERS[0]).shares()
    assert shown(response) == {3}
    assert World().allowed(101) == set()


def test_no_log_holds_a_name_a_phone_or_a_token(bot: Bot, anna: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = invitations.make(bot.ledger, 1, "office").token
    anna.shares()
    anna.says(f"/start {token}")
    anna.presses("me:yes")
    anna.says("Статус")
    bot.crm = "host=127.0.0.1 port=1 dbname=none"
    with pytest.raises(Exception, match="CRM") as silent:
        anna.says("/status")
    for secret in ("9123456789", "Синицына", "Анна", token):
        assert secret not in caplog.text
        assert secret not in str(silent.value)
