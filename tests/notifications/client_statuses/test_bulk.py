"""Very many clients at once: only these wait for a person, and what nobody releases is never told."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowSkipException

from sancrm_notifications.ledger.brakes import refuse
from sancrm_notifications.notifications.client_statuses import tasks
from tests.bot.crm import add_repair
from tests.notifications.workshop import ANNA, Workshop

ABOVE = 3
FIRST, FIRST_REPAIR = 201, 20_001


@pytest.fixture
def workshop(open_workshop) -> Workshop:
    """A workshop whose office is asked above three clients, with six bound ones in work, and Anna."""
    opened: Workshop = open_workshop(tasks, bulk_above=ABOVE)
    with psycopg.connect(opened.crm) as crm:
        for number in range(6):
            add_repair(crm, FIRST_REPAIR + number, 500 + number)
    for number in range(6):
        opened.bind(FIRST + number, customer_id=500 + number)
    opened.bind(ANNA, customer_id=1)
    return opened


def close(workshop: Workshop, *numbers: int) -> None:
    """Hand repairs out, all at once."""
    for number in numbers:
        workshop.move(FIRST_REPAIR + number, "Выдан", "closed_success")


def told(workshop: Workshop) -> int:
    """Return how many of the six have been told something."""
    return sum(bool(workshop.texts(FIRST + number)) for number in range(6))


def asked(workshop: Workshop, brakes: list[int]) -> Any:
    """Return the context of a run that asks about these brakes."""
    return {**workshop._context(None), "params": {"brake_ids": brakes}}


def test_only_the_many_wait_and_everybody_else_is_told(workshop):
    close(workshop, *range(6))
    workshop.move(12841, "Готов", "ready")
    brakes = workshop.run()["brakes"]
    assert len(brakes) == 1
    assert told(workshop) == 0
    assert "готов" in workshop.texts(ANNA)[0]
    workshop.run()
    assert told(workshop) == 0

    question = tasks.describe(asked(workshop, brakes))
    assert "**6**" in question
    assert "A-20001" in question
    assert "Фамилия" not in question


def test_the_many_are_counted_across_looks(workshop):
    close(workshop, 0, 1, 2)
    assert workshop.run()["brakes"] == []
    assert told(workshop) == 3
    close(workshop, 3)
    assert len(workshop.run()["brakes"]) == 1
    assert told(workshop) == 3


def test_what_is_released_is_told_once_if_it_is_still_true(workshop):
    close(workshop, *range(6))
    brakes = workshop.run()["brakes"]
    workshop.move(FIRST_REPAIR, "В работе", "in_work", former="Выдан")
    workshop.look()
    delivery = tasks.release(asked(workshop, brakes))
    assert delivery["is_backfill"] is True
    workshop.deliver(delivery)
    assert told(workshop) == 5
    workshop.run()
    assert told(workshop) == 5
    with pytest.raises(AirflowSkipException):
        tasks.describe(asked(workshop, brakes))
    assert tasks.release(asked(workshop, brakes))["messages"] == 0


def test_what_is_released_at_night_is_told_in_the_morning_without_asking_again(workshop, set_time):
    from datetime import time

    close(workshop, *range(6))
    brakes = workshop.run()["brakes"]
    set_time(time(23))
    assert tasks.release(asked(workshop, brakes))["put_off"] == 6
    set_time(time(9))
    workshop.ledger("update notifications.seen_events set due_at = now() - interval '1 second' where outcome is null")
    assert workshop.run()["brakes"] == []
    assert told(workshop) == 6


def test_what_a_person_refuses_is_never_told_and_what_comes_after_is(workshop):
    close(workshop, *range(6))
    brakes = workshop.run()["brakes"]
    assert refuse(workshop.desk.conninfo, brakes) == 6
    assert workshop.outcomes() == {"refused": 6}
    assert tasks.release(asked(workshop, brakes))["messages"] == 0
    workshop.run()
    assert told(workshop) == 0
    assert workshop.run()["brakes"] == []

    workshop.move(FIRST_REPAIR, "В работе", "in_work", former="Выдан")
    workshop.run()
    assert told(workshop) == 1


def test_a_refusal_that_comes_after_the_release_changes_nothing(workshop):
    close(workshop, *range(6))
    brakes = workshop.run()["brakes"]
    delivery = tasks.release(asked(workshop, brakes))
    assert refuse(workshop.desk.conninfo, brakes) == 0
    workshop.deliver(delivery)
    assert told(workshop) == 6


def test_what_nobody_has_released_by_the_next_day_is_never_told(workshop):
    close(workshop, *range(6))
    brakes = workshop.run()["brakes"]
    workshop.ledger("update notifications.brakes set opened_at = opened_at - interval '26 hours'")
    workshop.run()
    assert workshop.outcomes() == {"refused": 6}
    assert tasks.release(asked(workshop, brakes))["messages"] == 0
    assert told(workshop) == 0
