"""What is told of a repair whose status changed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.events.rules import Transition, transition
from sancrm_notifications.ledger.feeds import NotifiedStatus

STATUSES = st.sampled_from(["Новый", "В работе", "Готов", "Выдан"])


def notified(status: str, former: str | None = None) -> NotifiedStatus:
    return NotifiedStatus(1, status, None, former, "period", datetime(2026, 11, 25, tzinfo=UTC))


def test_back_where_it_was_is_nothing():
    assert transition(None, "В работе", "В работе") is None
    assert transition(notified("В работе"), "Готов", "В работе") is None


def test_only_the_last_of_several_is_told_from_what_was_told_last():
    assert transition(None, "Новый", "Готов") == Transition("Новый", "Готов")
    assert transition(notified("Диагностика", "Новый"), "В работе", "Готов") == Transition("Диагностика", "Готов")


def test_told_and_then_set_back_is_said_to_be_so():
    assert transition(notified("Готов", "В работе"), "Готов", "В работе") == Transition("Готов", "В работе", True)


@given(st.lists(STATUSES, min_size=1, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_whatever_is_told_the_last_word_is_the_repairs_own(statuses, settled):
    """Statuses come one after the other; some last, others are passed by."""
    known, told = None, []
    first_former, present = "Новый", "Новый"
    for status, lasts in zip(statuses, settled, strict=False):
        present = status
        if lasts:
            change = transition(known, first_former, present)
            if change is not None:
                told.append(change)
                known = notified(change.status, change.former_status)
            first_former = present
    for earlier, later in itertools.pairwise(told):
        assert later.former_status == earlier.status
    assert all(change.former_status != change.status for change in told)
