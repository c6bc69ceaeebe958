"""Which text and which switch counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from sancrm_notifications.events.quiet_hours import QuietHours
from sancrm_notifications.events.wording import Occasion, Wording
from sancrm_notifications.ledger.wording import StoredText, Switch
from sancrm_notifications.text.template import Name, TemplateError

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def text(text_id: int, event: str = "ready", **where: Any) -> StoredText:
    places = {"branch_id": None, "from_status": None, "to_status": None, **where}
    return StoredText(text_id, event, **places, source="x", written_by="admin", written_at=NOW)


def switch(switch_id: int, event: str | None = "ready", **said: Any) -> Switch:
    usual = {"branch_id": None, "is_on": None, "quiet_from": None, "quiet_until": None, "switched_at": NOW}
    return Switch(switch_id, event, **{**usual, **said})


def test_a_branch_goes_before_the_network_and_a_transition_before_any_status():
    texts = [
        text(1),
        text(2, to_status="Готов"),
        text(3, from_status="Подбор", to_status="Готов"),
        text(4, branch_id=7),
        text(5, event="in_work"),
    ]
    wording = Wording({"ready"}, texts)

    def chosen(*occasion: Any) -> int | None:
        found = wording.text(Occasion(*occasion))
        return found.text_id if found else None

    assert chosen("ready", 8, "В работе", "Оплачен") == 1
    assert chosen("ready", 8, "В работе", "Готов") == 2
    assert chosen("ready", 8, "Подбор", "Готов") == 3
    assert chosen("ready", 7, "Подбор", "Готов") == 4
    assert chosen("refused", 7) is None


def test_what_is_older_than_the_switching_on_is_not_told():
    wording = Wording({"ready"}, switches=[switch(1, "on_hold", is_on=True), switch(2, is_on=True)])
    assert not wording.is_told("on_hold", None, NOW - HOUR)
    assert wording.is_told("on_hold", None, NOW)
    # It was on already: to say so again takes nothing back.
    assert wording.is_told("ready", None, NOW - HOUR)
    off_and_on = [switch(1, is_on=False), switch(2, is_on=True, switched_at=NOW + HOUR)]
    assert not Wording({"ready"}, switches=off_and_on).is_told("ready", None, NOW)
    assert Wording({"ready"}, switches=off_and_on).is_told("ready", None, NOW + HOUR)


def test_a_branchs_own_switch_counts_however_old_it_is():
    said = [switch(1, branch_id=7, is_on=False), switch(2, is_on=True, switched_at=NOW + HOUR)]
    wording = Wording({"ready"}, switches=said)
    assert not wording.is_told("ready", 7, NOW + 2 * HOUR)
    assert wording.is_told("ready", 8, NOW + 2 * HOUR)


def test_quiet_hours_are_the_networks_a_branchs_or_an_events():
    said = [
        switch(1, None, quiet_from=time(20), quiet_until=time(10)),
        switch(2, "ready", quiet_from=time(21), quiet_until=time(8)),
    ]
    wording = Wording({"ready"}, switches=said)
    assert wording.quiet_hours("ready", 7) == QuietHours(time(21), time(8))
    assert wording.quiet_hours("in_work", 7) == QuietHours(time(20), time(10))
    assert Wording({"ready"}).quiet_hours("ready", 7) == QuietHours()


def test_a_text_is_read_once_however_many_hear_it_and_a_fault_is_the_same_for_all():
    names = {"code": Name("text", "Номер.", "A-1")}
    good, faulty = replace(text(1), source="{{ code }}"), replace(text(2), source="{{ gone }}")
    wording = Wording(frozenset(), [good, faulty])
    assert wording.template(good, names) is wording.template(good, names)
    for _ in range(2):
        with pytest.raises(TemplateError, match="нет значения gone"):
            wording.template(faulty, names)


def test_what_is_taken_back_counts_no_longer_and_what_is_more_general_does():
    said = [
        switch(1, is_on=True),
        switch(2, branch_id=7, is_on=False),
        switch(3, None, quiet_from=time(20), quiet_until=time(10)),
        switch(4, None, branch_id=7, quiet_from=time(21), quiet_until=time(8)),
        switch(5, "ready", branch_id=7, quiet_from=time(1), quiet_until=time(2)),
        switch(6, "ready", branch_id=7, remind_after_days=5, most_reminders=1),
    ]
    back = [
        switch(7, branch_id=7, takes_back="told"),
        switch(8, "ready", branch_id=7, takes_back="quiet"),
        switch(9, "ready", branch_id=7, takes_back="reminders"),
    ]
    before, after = (Wording(frozenset(), switches=versions) for versions in (said, said + back))
    assert [each.is_on("ready", 7) for each in (before, after)] == [False, True]
    hours = [each.quiet_hours("ready", 7) for each in (before, after)]
    assert hours == [QuietHours(time(1), time(2)), QuietHours(time(21), time(8))]
    assert [each.reminding("ready", 7) is None for each in (before, after)] == [False, True]
    owns = [[each.own(said, "ready", 7) is None for said in ("told", "quiet", "reminders")] for each in (before, after)]
    assert owns == [[False] * 3, [True] * 3]
    network = Wording(frozenset(), switches=[*said, *back, switch(10, None, branch_id=7, takes_back="quiet")])
    assert network.quiet_hours("ready", 7) == QuietHours(time(20), time(10))
    again = Wording(frozenset(), switches=[*said, *back, switch(11, branch_id=7, is_on=False)])
    assert not again.is_on("ready", 7)


def test_what_was_off_until_it_was_taken_back_is_told_from_then_on():
    said = [
        switch(1, is_on=True, switched_at=NOW - 3 * HOUR),
        switch(2, branch_id=7, is_on=False, switched_at=NOW - 2 * HOUR),
        switch(3, branch_id=7, takes_back="told", switched_at=NOW),
    ]
    wording = Wording(frozenset(), switches=said)
    assert not wording.is_told("ready", 7, NOW - HOUR)
    assert wording.is_told("ready", 7, NOW)
    assert wording.is_told("ready", 8, NOW - HOUR)


def test_a_branch_that_was_on_before_the_network_is_told_since_it_was_on():
    said = [switch(1, branch_id=7, is_on=True), switch(2, is_on=True, switched_at=NOW + 2 * HOUR)]
    wording = Wording(frozenset(), switches=said)
    assert wording.is_told("ready", 7, NOW + HOUR)
    assert not wording.is_told("ready", 8, NOW + HOUR)
