"""Why a client heard nothing: one reason or more whenever nothing can come, and nothing personal in any sentence."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from sancrm_notifications.crm.clients import Customer
from sancrm_notifications.ledger.clients import KnownBinding, KnownInvitation, KnownMessage
from sancrm_notifications.pages.unheard import STATES, Chain, Known, chain_of

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
NAME, PHONE = "Незнамова", "79123456789"
FREE = "Препятствий не видно"

customers = some.builds(Customer, some.just(7), some.just(NAME), some.sampled_from([None, True, False]))
bindings = some.builds(
    KnownBinding,
    some.integers(1, 9),
    some.sampled_from(["contact", "code"]),
    some.just(PHONE),
    some.just(7),
    some.sampled_from(sorted(STATES)),
    some.just(AT),
)
times = some.sampled_from([None, AT])
invitations = some.builds(
    KnownInvitation, some.just(AT), some.just(AT), times, times, some.integers(0, 3), some.booleans()
)
known = some.builds(
    Known,
    some.just(7),
    some.none() | customers,
    some.sampled_from([frozenset(), frozenset([PHONE])]),
    some.sampled_from([frozenset(), frozenset([PHONE])]),
    some.lists(bindings, max_size=3),
    some.none() | invitations,
    some.none() | some.builds(KnownMessage, some.sampled_from(["sent", "parked"]), some.just(AT)),
)


def said(chain: Chain) -> str:
    return " ".join(step.sentence for step in chain.steps)


def is_reached(one: Known) -> bool:
    """Tell whether something can come, as docs/clients.md has it."""

    def works(binding: KnownBinding) -> bool:
        if binding.state != "active":
            return False
        return binding.phone in one.phones if binding.proof == "code" else binding.phone not in one.crowded

    return one.customer is not None and one.customer.messages_allowed is not False and any(map(works, one.bindings))


@given(known)
def test_there_is_a_reason_exactly_where_nothing_can_come(one: Known):
    chain = chain_of(one, lambda at: f"{at:%d.%m}")
    stops = [step for step in chain.steps if step.verdict == "stop"]
    assert bool(stops) != is_reached(one)
    assert (FREE in said(chain)) == is_reached(one)
    assert NAME not in said(chain)
    assert PHONE not in said(chain)
    assert all(step.sentence.endswith(".") for step in chain.steps)


@given(known)
def test_a_link_is_offered_unless_start_is_enough(one: Known):
    chain = chain_of(one, lambda at: f"{at:%d.%m}")
    if one.customer is not None:
        assert (chain.customer_id is None) == ("Ссылка не нужна" in said(chain))
    if is_reached(one):
        assert chain.customer_id == one.customer_id


def test_the_latest_link_is_told_of_whom_nothing_binds():
    customer = Customer(7, NAME, None)
    cases = {
        "ею ещё не воспользовались, она действует до 26.11": KnownInvitation(AT, AT, None, None, 0, is_expired=False),
        "её срок прошёл 26.11": KnownInvitation(AT, AT, None, None, 0, is_expired=True),
        "ею воспользовались 26.11. Её пробовал другой аккаунт: 2\N{NO-BREAK SPACE}раза": KnownInvitation(
            AT, AT, AT, None, 2, is_expired=False
        ),
        "открывший её ответил «Это не я»": KnownInvitation(AT, AT, None, AT, 0, is_expired=False),
    }
    for words, invitation in cases.items():
        chain = chain_of(Known(7, customer, invitation=invitation), lambda at: f"{at:%d.%m}")
        assert words in said(chain)
