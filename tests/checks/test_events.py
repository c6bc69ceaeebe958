"""What is said of events: nothing before one was switched on, then how each notification stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.ledger.schema import upgrade
from tests.checks.conftest import text

if TYPE_CHECKING:
    from tests.checks.conftest import Site

REACHED = (
    "ok clients who hear of events: of 4 repairs with news within a week, the client of 3 (75 %) was told; of the"
    " others nobody is bound and willing, or the CRM names no customer"
)
FEED = """
    insert into notifications.feeds (feed, switched_on_at, looked_at)
    values ('{feed}', now() - interval '9 days', now() - interval '{ago}')
"""
EVENT = """
    insert into notifications.seen_events (
        feed, event_id, recorded_at, repair_id, kind, is_for_customer, happened_at, due_at, outcome, decided_at
    )
    select
        'client_statuses', number, now(), number, 'status', false, now(), now() - interval '{due}', {outcome},
        case when {outcome} is not null then now() end
    from generate_series({first}, {last}) as number
"""


def said(site: Site, *statements: str) -> list[str]:
    """Change the ledger; return what is said of events."""
    with psycopg.connect(site.ledger) as connection:
        upgrade(connection)
        for statement in statements:
            connection.execute(statement.encode())
    names = ("feed of", "events of", "clients who", "texts of", "very many", "quiet hours")
    return [text(line) for line in site.lines("databases") if line.what.startswith(names)]


def on(feed: str = "client_statuses", ago: str = "3 seconds") -> str:
    return FEED.format(feed=feed, ago=ago)


def events(first: int, last: int, outcome: str | None = None, due: str = "0 minutes") -> str:
    return EVENT.format(first=first, last=last, due=due, outcome=f"'{outcome}'" if outcome else "null::text")


def test_nothing_is_said_of_what_nobody_has_switched_on(site: Site) -> None:
    assert said(site) == []


@pytest.mark.parametrize("feed", ["client_statuses", "staff_events"])
def test_how_events_are_known_is_said(site: Site, feed: str) -> None:
    nothing = said(site, on(feed))[0]
    assert nothing.startswith("FAIL feed of events: the CRM shows no reporting.repair_events, and no indexes lead to")
    site.run_in_crm("create index on reporting.repairs (created_at)")
    site.run_in_crm("create index on reporting.repairs (status_changed_at)")
    assert said(site)[0].startswith(
        "note feed of events: the CRM shows no reporting.repair_events: the status that was told last is compared with"
        " the present one, so there are no comments, and of several changes only the last is told → show the view"
    )
    site.run_in_crm(
        "create table reporting.repair_events (event_id bigint, repair_id bigint, kind text, occurred_at timestamptz,"
        " recorded_at timestamptz, old_status text, new_status text, author text, comment text,"
        " is_for_customer boolean)"
    )
    assert said(site)[0] == "ok feed of events: reporting.repair_events is read"


def test_reminders_need_no_feed(site: Site) -> None:
    assert said(site, on("pickup_reminders"))[0].startswith("ok events of pickup_reminders")


def test_events_that_are_told_are_in_order(site: Site) -> None:
    site.run_in_crm("alter table reporting.branches add column time_zone text")
    site.run_in_crm("insert into reporting.branches values (8, 'Калуга', 'K', true, 'Asia/Omsk')")
    quiet = """
        insert into notifications.switches (audience, event, branch_id, quiet_from, quiet_until, switched_by)
        values ('client', null, 8, '21:00', '08:30', 'anna')
    """
    assert said(site, on(), events(1, 3, "notified"), events(4, 4, "nobody"), events(5, 5, "no_words"), quiet)[2:] == [
        REACHED,
        "ok quiet hours of branches: 22:00 to 09:00 in Europe/Moscow: branches 7",
        "ok quiet hours of branches: 21:00 to 08:30 in Asia/Omsk: branches 8",
    ]


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ([on(ago="3 hours")], "note events of client_statuses: the CRM was looked at 3 h ago → unpause the DAG"),
        ([on("staff_events", "11 minutes")], "note events of staff_events: the CRM was looked at 11 min ago → unpause"),
        ([on("pickup_reminders", "1 day")], "ok events of pickup_reminders: nothing is overdue"),
        ([on()], "ok events of client_statuses: the CRM was looked at "),
        ([on()], "ok clients who hear of events: no news for clients within a week"),
        (
            [on(), events(1, 2, due="25 minutes")],
            "FAIL events of client_statuses: what should be told waits for 2",
        ),
        ([on(), events(1, 2, "nobody")], "note clients who hear of events: of 2 repairs with news within a week, the"),
    ],
)
def test_each_state_is_a_sentence(site: Site, statements: list[str], words: str) -> None:
    found = said(site, *statements)
    assert [line for line in found if line.startswith(words)], found


def test_texts_that_no_longer_work_are_named_with_line_and_cause(site: Site) -> None:
    write = """
        insert into notifications.texts (audience, event, branch_id, source, written_by) values
            ('client', 'ready', 7, E'{{ code }}\\n{{ mechanic }}', 'anna'),
            ('staff', 'sold', null, '{{ code }}', 'anna'),
            ('client', 'in_work', null, '{{ code }}', 'anna')
    """
    ready, sold = said(site, write)
    assert ready.startswith(
        "FAIL texts of events: text 1 (client ready, branch 7) does not work, the one that ships goes"
    )
    assert "goes out: строка 2: нет значения mechanic: есть address" in ready
    assert sold.startswith(
        "FAIL texts of events: text 2 (staff sold) does not work, the one that ships goes out: there is"
    )
    assert sold.endswith("no such event any more → correct it on the page events")
    assert said(site, "delete from notifications.texts where text_id < 3") == [
        "ok texts of events: all 1 of the office's own can be used"
    ]


def test_what_waits_for_a_person_is_said_until_somebody_answers(site: Site) -> None:
    brake = """
        insert into notifications.brakes (feed, about, opened_at)
        values ('client_statuses', 'Готов', now() - interval '3 hours')
    """
    behind = "update notifications.seen_events set brake_id = 1"
    found = said(site, on(), events(1, 250, due="3 hours"), brake, behind)
    assert (
        "note very many at once, client_statuses: 250 events (Готов) wait for a person for 3 h → answer the task"
        " approve of client_statuses_bulk; after a day they are never told"
    ) in found
    assert not [line for line in found if line.startswith("FAIL events of")]
    released = said(site, "update notifications.brakes set released_at = now()")
    assert not [line for line in released if "very many" in line]


def test_a_zone_that_there_is_not_is_named(site: Site) -> None:
    site.run_in_crm("alter table reporting.branches add column time_zone text default 'Mars/Olympus'")
    found = [line for line in said(site, on()) if "quiet" in line]
    assert found[0].startswith(
        "FAIL quiet hours of branches: branch 7 has the time zone 'Mars/Olympus', which there is"
    )
    assert found[1] == "ok quiet hours of branches: 22:00 to 09:00 in Europe/Moscow: branches 7"
