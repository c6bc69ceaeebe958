"""What delivery adds to a part fits beside it: each note keeps within its own limit, their sum within Telegram's."""

from __future__ import annotations

from sancrm_notifications.text.delivery_notes import mark_repeat, mark_replacing, name_missing
from sancrm_notifications.text.limits import (
    MESSAGE_LIMIT,
    MISSING_LIMIT,
    NUMBER_LIMIT,
    PART_LIMIT,
    WARNING_LIMIT,
)
from sancrm_notifications.text.markup import split, visible_length


def test_a_message_is_what_telegram_takes_and_a_part_is_what_the_ledger_has_always_stored() -> None:
    assert (MESSAGE_LIMIT, PART_LIMIT) == (4096, 3500)
    assert PART_LIMIT + 2 * WARNING_LIMIT + NUMBER_LIMIT + MISSING_LIMIT == MESSAGE_LIMIT


def test_each_warning_fits() -> None:
    assert 0 < visible_length(mark_repeat("")) <= WARNING_LIMIT
    assert 0 < visible_length(mark_replacing("")) <= WARNING_LIMIT


def test_the_longest_list_of_missing_reports_fits() -> None:
    for characters in range(1, 60):
        missing = [("Ф" * characters, "")] * 100_000
        assert visible_length(name_missing("", missing)) <= MISSING_LIMIT


def test_the_parts_number_fits_for_any_text_that_anybody_writes() -> None:
    assert visible_length("\n\n<i>Часть 999 из 1000</i>") <= NUMBER_LIMIT
    assert len(split("слово " * 50_000, PART_LIMIT)) < 100
