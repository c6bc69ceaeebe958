"""How long a customer has waited, in words; and that a digest always fits one message, whatever was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.notifications.missed_calls.figures import DIGEST_REPAIRS, waits
from sancrm_notifications.notifications.missed_calls.lines import waiting_text
from sancrm_notifications.notifications.missed_calls.messages import message
from sancrm_notifications.notifications.missed_calls.routing import FOR_ALL
from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import split
from tests.notifications.missed_calls.cases import FRIDAY, LONG, RUSSIA, STYLE, called, entry, marked
from tests.tdlib import shown_text, utf16_length

if TYPE_CHECKING:
    from sancrm_notifications.notifications.missed_calls.lines import Style

FAR = replace(STYLE, links=CardLinks(f"http://crm/{'a' * 190}", f"/{'b' * 180}/{{code}}"))
MARKS = "е" + "\u0301" * 500
SPACE = "\N{NO-BREAK SPACE}"


def waiting_words(day: date, since_on: date | None, first_notified_on: date | None) -> str:
    """Return how long a customer had waited on a day, in words."""
    (wait,) = waits(day, [since_on], [first_notified_on], RUSSIA)
    return waiting_text(wait, day)


@pytest.mark.parametrize(
    ("day", "since_on", "words"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), "Ждёт звонка с сегодняшнего дня"),
        # a message of Friday that is edited on Monday
        (date(2026, 11, 20), date(2026, 11, 23), "Ждёт звонка с 23 ноября"),
        (date(2026, 11, 20), date(2026, 11, 19), "Ждёт звонка 1 рабочий день"),
        (date(2026, 11, 23), date(2026, 11, 20), "Ждёт звонка 1 рабочий день"),
        (date(2026, 11, 20), date(2026, 11, 17), "Ждёт звонка 3 рабочих дня"),
        (date(2026, 11, 20), date(2026, 11, 12), "Ждёт звонка 6 рабочих дней"),
        # a holiday on Wednesday; a moved working Saturday, with the Monday off that it was moved for
        (date(2026, 11, 5), date(2026, 11, 3), "Ждёт звонка 1 рабочий день"),
        (date(2025, 11, 5), date(2025, 10, 31), "Ждёт звонка 2 рабочих дня"),
        # by hand on a day off
        (date(2026, 11, 22), date(2026, 11, 20), "Ждёт звонка с 20 ноября"),
    ],
)
def test_a_wait_is_told_in_working_days(day: date, since_on: date, words: str) -> None:
    assert waiting_words(day, since_on, None).replace(SPACE, " ") == words


@pytest.mark.parametrize(
    ("first_notified_on", "words"),
    [
        (None, "Как долго ждёт звонка, неизвестно"),
        (date(2026, 11, 19), "Ждёт звонка не менее 1 рабочего дня"),
        (date(2026, 11, 17), "Ждёт звонка не менее 3 рабочих дней"),
        (date(2026, 10, 21), "Ждёт звонка не менее 21 рабочего дня"),
    ],
)
def test_a_wait_of_unknown_beginning_is_at_least_since_the_first_telling(
    first_notified_on: date | None, words: str
) -> None:
    assert waiting_words(FRIDAY, None, first_notified_on).replace(SPACE, " ") == words


@pytest.mark.parametrize(
    ("day", "since_on", "first_notified_on", "words"),
    [
        # told as «Подбор» since the 18th, «Готов» today
        (date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 18), "Ждёт звонка не менее 2 рабочих дней"),
        (date(2026, 11, 20), date(2026, 11, 19), date(2026, 11, 18), "Ждёт звонка не менее 2 рабочих дней"),
        (date(2026, 11, 20), date(2026, 11, 17), date(2026, 11, 18), "Ждёт звонка 3 рабочих дня"),
        # by hand on both days off
        (date(2026, 11, 22), date(2026, 11, 22), date(2026, 11, 21), "Ждёт звонка по меньшей мере с 21 ноября"),
    ],
)
def test_a_wait_is_never_shorter_than_it_has_been_told(
    day: date, since_on: date, first_notified_on: date, words: str
) -> None:
    assert waiting_words(day, since_on, first_notified_on).replace(SPACE, " ") == words


@pytest.mark.parametrize(
    ("waiting", "is_further", "title"),
    [
        (2, True, "Ещё ждут звонка: 2 ремонта"),
        (1, True, "Ещё ждёт звонка: 1 ремонт"),
        (2, False, "Ждут звонка: 2 ремонта"),
        (1, False, "Ждёт звонка: 1 ремонт"),
        (0, True, "Снято с обзвона: 2 ремонта"),
    ],
)
def test_a_digests_title_agrees_with_how_many_wait(waiting: int, is_further: bool, title: str) -> None:
    entries = [entry(n) if n < waiting else called(entry(n)) for n in range(2)]
    html = message("digest:1", FRIDAY, entries, STYLE, destination=FOR_ALL, silent=False, is_further=is_further).html
    assert html.split("\n")[0].replace(SPACE, " ") == f"<b>{title}</b>"


def test_a_branch_is_named_by_a_repair_that_is_still_there() -> None:
    moved = entry(1, branch_id=7)
    assert moved.card is not None
    moved = replace(moved, card=replace(moved.card, branch_id=8, branch_name="Северный"))
    headings = [
        message("digest:1", FRIDAY, [moved, other], STYLE, destination=FOR_ALL, silent=False)
        .html.split("\n\n")[1]
        .replace(SPACE, " ")
        for other in (entry(2, branch_id=7), replace(called(entry(2, branch_id=7)), card=None))
    ]
    assert headings == ["<b>Центральный</b>", "<b>Филиал № 7</b>"]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("8 912 345 67 89, 8 913 222 33 44, 8 914 222 33 44", "8 912 345 67 89, 8 913 222 33 44,…"),
        ("жена: 8 912 345-67-89, звонить после шести вечера", "жена: 8 912 345-67-89, звонить после ше…"),
        ("спросить Имя Отчество из бухгалтерии: 8 912 345-67-89", "спросить Имя Отчество из бухгалтерии:…"),
    ],
)
def test_a_crowded_digest_ends_a_phone_between_numbers(typed: str, shown: str) -> None:
    crowd = [entry(n, customer_phone=typed, customer_name=LONG, status=LONG, device_model=LONG) for n in range(10)]
    html = message("digest:1", FRIDAY, crowd, FAR, destination=FOR_ALL, silent=False).html
    assert f" · {shown}\n" in html


@pytest.mark.parametrize("style", [STYLE, FAR])
@pytest.mark.parametrize("typed", [LONG, MARKS, "👩🏽‍🔧" * 300, "&<>\"'" * 900, "ש" * 3_000])
def test_a_digest_of_anything_is_one_message(style: Style, typed: str) -> None:
    values: dict[str, Any] = {
        "code": typed,
        "branch_name": typed,
        "status": typed,
        "device_category": typed,
        "customer_name": typed,
        "customer_phone": typed,
    }
    entries = [entry(10**15 + n, branch_id=n, times=200, **values) for n in range(DIGEST_REPAIRS)]
    for told in (entries, [called(each) for each in entries], [marked(each, typed) for each in entries]):
        written = message("digest:1", FRIDAY, told, style, destination=FOR_ALL, silent=False)
        (part,) = split(written.html, PART_LIMIT)
        assert utf16_length(shown_text(part)) <= PART_LIMIT
        assert part.count(f"{10**15}") >= 1


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_text_of_people_can_be_sent(name: str, phone: str, device: str) -> None:
    told = entry(customer_name=name, customer_phone=phone, device_model=device, code=name, branch_name=device)
    for entries in ([told], [told, called(told)], [called(told)]):
        for part in split(
            message("repair:1", FRIDAY, entries, STYLE, destination=FOR_ALL, silent=False).html, PART_LIMIT
        ):
            assert shown_text(part).strip()
