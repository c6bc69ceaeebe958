"""Groups and ages are exactly those that plain counting gives, whoever waits and since whenever."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import sancrm_notifications
from sancrm_notifications.notifications.missed_calls.figures import DIGEST_REPAIRS, Wait, groups, waits
from tests.notifications.missed_calls.cases import FRIDAY, RUSSIA

PLUGINS = Path(sancrm_notifications.__file__).parents[1]
DAYS = st.none() | st.dates(FRIDAY - timedelta(days=800), FRIDAY + timedelta(days=4))
BIGGEST = 2**63 - 1


def working_days_after(since_on: date, day: date) -> int:
    return sum(RUSSIA.is_working(since_on + timedelta(days=n)) for n in range(1, (day - since_on).days + 1))


@given(st.lists(st.integers(1, 60) | st.just(BIGGEST), unique=True), st.sets(st.integers(1, 60)), st.integers(0, 25))
@example([], set(), 20)
@example([BIGGEST, BIGGEST - 1], {BIGGEST - 2}, 0)
def test_the_first_stand_alone_and_the_rest_in_tens_in_their_order(
    waiting: list[int], notified: set[int], alone: int
) -> None:
    new = [repair_id for repair_id in waiting if repair_id not in notified]
    rest = [tuple(new[start : start + DIGEST_REPAIRS]) for start in range(alone, len(new), DIGEST_REPAIRS)]
    singles = [(repair_id,) for repair_id in new[:alone]] + [tens for tens in rest if len(tens) == 1]
    assert groups(waiting, notified, alone) == (*singles, *(tens for tens in rest if len(tens) > 1))


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=12))
@example([(None, None)])
@example([(date(2024, 2, 29), date(2025, 1, 1))])
def test_a_wait_is_counted_from_the_earlier_day_that_is_known(days: list[tuple[date | None, date | None]]) -> None:
    found = waits(FRIDAY, [since for since, _ in days], [first for _, first in days], RUSSIA)
    for (since_on, first_notified_on), wait in zip(days, found, strict=True):
        known = [day for day in (since_on, first_notified_on) if day is not None]
        if not known:
            assert wait == Wait(None)
            continue
        is_at_least = first_notified_on is not None and (since_on is None or first_notified_on < since_on)
        assert wait == Wait(min(known), working_days_after(min(known), FRIDAY), is_at_least)


@pytest.mark.parametrize("module", ["tasks", "rules", "drafts", "messages"])
def test_pandas_is_loaded_only_where_messages_are_written(module: str) -> None:
    program = f"import sys, sancrm_notifications.notifications.missed_calls.{module}; print('pandas' in sys.modules)"
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(PLUGINS)})
    assert answer.stdout.strip() == "False"
