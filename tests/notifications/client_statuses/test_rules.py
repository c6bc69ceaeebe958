"""Which changes are told, and which of them together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sancrm_notifications.crm.event_facts import RepairFacts
from sancrm_notifications.ledger.feeds import NotifiedStatus, SeenEvent
from sancrm_notifications.notifications.client_statuses.rules import READY, SET_BACK, changes, together

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


def repair(repair_id: int = 1, status: str = "Готов", group: str | None = READY, branch_id: int = 7) -> RepairFacts:
    facts: dict[str, Any] = dict.fromkeys(RepairFacts.__slots__)
    known = {"repair_id": repair_id, "status": status, "status_group": group, "branch_id": branch_id}
    return RepairFacts(**{**facts, **known})


def event(number: int, kind: str = "status", repair_id: int = 1, **values: Any) -> SeenEvent:
    at = NOW + timedelta(minutes=number)
    usual = {"old_status": "В работе", "new_status": "Готов", "author": "staff", "is_for_customer": False}
    return SeenEvent(number, at, repair_id, kind, **{**usual, **values}, happened_at=at)


def notified(status: str, group: str, former: str | None = None) -> NotifiedStatus:
    return NotifiedStatus(1, status, group, former, "1@x", NOW)


def test_statuses_of_one_repair_are_one_change_whose_key_is_the_last_events():
    told, outcomes = changes([event(2, old_status="Новый"), event(1)], {1: repair()}, {})
    (change,) = told
    assert (change.event, change.former_status, change.period) == (READY, "В работе", event(2).period)
    assert set(change.keys) == {event(1).key, event(2).key}
    assert outcomes == {}


def test_another_status_of_the_group_that_was_told_is_nothing_new_for_the_client():
    known = {1: notified("Готов", READY)}
    told, outcomes = changes([event(1)], {1: repair(status="Готов, оплачен")}, known)
    assert (told, outcomes) == ([], {event(1).key: "nothing_new"})


def test_a_repair_that_the_crm_no_longer_has_and_a_status_without_words_are_told_to_nobody():
    assert changes([event(1)], {}, {}) == ([], {event(1).key: "nobody"})
    assert changes([event(1)], {1: repair(group=None)}, {}) == ([], {event(1).key: "no_words"})


def test_what_was_told_and_is_set_back_names_the_message_that_holds_no_longer():
    known = {1: notified("Готов", READY, former="В работе")}
    (change,), _ = changes([event(1)], {1: repair(status="В работе", group="in_work")}, known)
    assert (change.event, change.withdrawn) == (SET_BACK, known[1])


def test_tools_that_are_ready_are_together_by_branch_and_the_rest_alone():
    due = [event(number, repair_id=number) for number in (1, 2, 3, 4)]
    repairs = {1: repair(1), 2: repair(2), 3: repair(3, branch_id=8), 4: repair(4, "В работе", "in_work")}
    told, _ = changes(due, repairs, {4: notified("Новый", "new")})
    groups = [sorted(change.repair.repair_id for change in group) for group in together(told)]
    assert sorted(groups) == [[1, 2], [3], [4]]
