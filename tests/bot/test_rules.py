"""What proves whom, decided without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.bot.commands import COMMANDS, Command, command_of
from sancrm_notifications.bot.rules import CONFIRMED_FOR, is_code, is_night, own_number, proven, written_code
from sancrm_notifications.ledger.bindings import Binding
from sancrm_notifications.text.phones import e164, shared_number, typed_endings

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
phones = st.sampled_from(["79000000001", "79000000002"])
customers = st.integers(1, 9)
confirmed = st.sampled_from([NOW, NOW - CONFIRMED_FOR + timedelta(seconds=1), NOW - CONFIRMED_FOR])
contacts = st.builds(Binding, st.just(1), st.just("contact"), phones, st.none(), confirmed, confirmed)
links = st.builds(Binding, st.just(2), st.just("link"), st.none(), customers, confirmed, confirmed)
codes = st.builds(Binding, st.just(3), st.just("code"), phones, customers, confirmed, confirmed)


@given(st.lists(contacts | links | codes), st.dictionaries(phones, st.frozensets(customers)))
def test_every_proven_customer_has_a_proof_of_its_own(
    bindings: list[Binding], customers_of: dict[str, frozenset[int]]
) -> None:
    state = proven(bindings, customers_of, NOW)
    for customer in state.customers:
        assert any(
            (binding.proof == "link" and binding.customer_id == customer)
            or (
                customer in customers_of.get(binding.phone or "", ())
                and (
                    (binding.proof == "code" and binding.customer_id == customer)
                    or (
                        binding.proof == "contact"
                        and len(customers_of[binding.phone or ""]) <= 5
                        and NOW - binding.confirmed_at < timedelta(days=365)
                    )
                )
            )
            for binding in bindings
        )
    for phone in state.crowded:
        assert len(customers_of[phone]) > 5


@given(
    st.sampled_from(["79123456789", "+375291234567", "88812345678"]) | st.text("0123456789+ ", max_size=16),
    st.none() | st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
def test_only_the_own_contact_in_a_private_chat_is_a_number(
    shared: str, owner_id: int | None, sender_id: int, is_private: bool, is_forwarded: bool
) -> None:
    number = own_number(
        shared=shared, owner_id=owner_id, sender_id=sender_id, is_private=is_private, is_forwarded=is_forwarded
    )
    if number is not None:
        assert is_private
        assert not is_forwarded
        assert owner_id == sender_id
        assert number.isdigit()
        assert not number.startswith("888")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("A-12841", ("A", "12841")),
        ("а 12841", ("A", "12841")),
        ("А12841", ("A", "12841")),
        ("№ 12841", ("", "12841")),
        ("TL2-00841.", ("TL2", "841")),
        ("ремонт готов", None),
        ("A-", None),
        ("12841 и 12842", None),
    ],
)
def test_a_code_as_people_type_it(typed: str, code: tuple[str, str] | None) -> None:
    assert written_code(typed) == code


def test_a_code_fits_with_its_prefix_or_without() -> None:
    assert is_code("А-12841", "A", "12841")
    assert is_code("A-12841", "", "12841")
    assert not is_code("B-12841", "A", "12841")
    assert not is_code("A-12841", "A", "1284")
    assert not is_code("Без номера", "", "12841")


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("8 (912) 345-67-89", "79123456789"),
        ("912 345 67 89", "79123456789"),
        ("+375 29 123-45-67", "375291234567"),
        ("+7 495 123-45-67 доб. 12", None),
        ("000", None),
    ],
)
def test_what_was_typed_is_compared_as_e164(typed: str, digits: str | None) -> None:
    assert e164(typed, "RU") == digits
    if digits is not None:
        assert "".join(filter(str.isdigit, typed))[-10:] in typed_endings(digits, "RU")


@pytest.mark.parametrize("shared", ["88812345678", "+888 1234 5678", "", "abc", "١٢٣٤٥٦٧٨٩٠١"])
def test_what_is_nobodys_number(shared: str) -> None:
    assert shared_number(shared) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start abc_-1", Command("start", "abc_-1")),
        ("/Status@Some_Bot A-1", Command("status", "A-1")),
        ("/status@other_bot", None),
        ("  Сколько стоит? ", Command("cost")),
        ("счёт", Command("cost")),
        ("статус " * 20, None),
        ("сроки сдачи квартальной отчётности", None),
    ],
)
def test_commands_and_words(text: str, command: Command | None) -> None:
    assert command_of(text, "some_bot") == command


def test_commands_are_what_telegram_takes() -> None:
    for commands in COMMANDS.values():
        for name, words in commands:
            assert name.isascii()
            assert name.islower()
            assert 1 <= len(words) <= 256


@pytest.mark.parametrize(("hour", "night"), [(21, False), (22, True), (3, True), (8, True), (9, False)])
def test_the_night(hour: int, night: bool) -> None:
    assert is_night(NOW.replace(hour=hour)) is night
