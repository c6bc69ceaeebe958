"""Old texts are forgotten; what can still be sent keeps its text, and what was told is still told once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from sancrm_notifications.ledger import erasing
from sancrm_notifications.ledger.erasing import Erased, erase
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.revising import Revised, Revision, revise
from sancrm_notifications.ledger.storing import Stored, store
from tests.ledger.look import rows
from tests.ledger.test_storing import BUTTON, DAY, LONG, PREVIEW, report

KEEP = timedelta(days=30)
SENDABLE = ["stored", "sending", "parked", "held"]
INBOX = "insert into notifications.inbox"
SETTLED = ["sent", "covered", "expired"]


def age(ledger: str, days: float, where: str = "true") -> None:
    """Let days pass since everything, or what this condition holds for, was stored and sent."""
    shift = (
        "update notifications.messages set stored_at = stored_at - %(ago)s::interval,"
        " sent_at = sent_at - %(ago)s::interval, expires_at = expires_at - %(ago)s::interval where "
    )
    rows(ledger, shift + where, ago=timedelta(days=days))


def bring(ledger: str, state: str, where: str = "true") -> None:
    """Bring messages into a state, as sending does."""
    sent = ", sent_at = clock_timestamp(), telegram_message_id = message_id, sent_revision = revision"
    change = f"update notifications.messages set state = %(state)s{sent if state == 'sent' else ''} where {where}"
    rows(ledger, change, state=state)


def texts(ledger: str) -> list[tuple[Any, ...]]:
    """Return what is left of the texts, in the order of storing."""
    found = rows(ledger, "select html, rich_html, buttons from notifications.messages order by message_id")
    return [tuple(row.values()) for row in found]


def states(ledger: str) -> list[str]:
    """Return the states, in the order of storing."""
    return [row["state"] for row in rows(ledger, "select state from notifications.messages order by message_id")]


@pytest.mark.parametrize("state", SETTLED)
def test_a_settled_message_loses_its_text_and_keeps_what_is_known_of_it(ledger: str, state: str) -> None:
    store(ledger, DAY, [report(rich_html="<p>Отчёт</p>", buttons=((BUTTON,),), figures={"revenue_kopecks": 100})])
    bring(ledger, state)
    age(ledger, 31)
    kept = "to_jsonb(message) - array['html', 'rich_html', 'buttons'] as kept"
    before = rows(ledger, f"select {kept} from notifications.messages as message")

    assert erase(ledger, KEEP) == Erased(texts=1, previews=0)

    assert texts(ledger) == [(None, None, [])]
    assert rows(ledger, f"select {kept} from notifications.messages as message") == before
    assert before[0]["kept"]["figures"] == {"revenue_kopecks": 100}


@pytest.mark.parametrize("state", SETTLED)
def test_a_younger_text_stays(ledger: str, state: str) -> None:
    store(ledger, DAY, [report()])
    bring(ledger, state)
    age(ledger, 29)
    assert erase(ledger, KEEP) == Erased(0, 0)
    assert erase(ledger, timedelta(days=28)) == Erased(1, 0)


@pytest.mark.parametrize("state", SENDABLE)
def test_what_can_still_be_sent_keeps_its_text_however_old(ledger: str, state: str) -> None:
    store(ledger, replace(DAY, keep=timedelta(days=90)), [report()])
    bring(ledger, state)
    age(ledger, 60)
    assert erase(ledger, KEEP) == Erased(0, 0)
    assert texts(ledger) == [("<b>Отчёт</b>", None, [])]


@pytest.mark.parametrize(("state", "settled"), [("stored", "expired"), ("parked", "expired"), ("held", "held")])
def test_what_waits_past_its_end_of_use_is_settled_by_the_way(ledger: str, state: str, settled: str) -> None:
    store(ledger, DAY, [report()])
    bring(ledger, state)
    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(1, 0)
    assert states(ledger) == [settled]
    assert texts(ledger) == [(None, None, [])]


def test_what_is_under_way_keeps_its_text_even_past_its_end_of_use(ledger: str) -> None:
    store(ledger, DAY, [report()])
    bring(ledger, "sending")
    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(0, 0)


def test_a_message_is_erased_when_no_part_of_it_can_be_sent_any_more(ledger: str) -> None:
    store(ledger, replace(DAY, keep=timedelta(days=90)), [report(LONG), report(subject="network")])
    bring(ledger, "sent", "subject = 'network' or part = 1")
    bring(ledger, "parked", "subject <> 'network' and part > 1")
    age(ledger, 60)

    assert erase(ledger, KEEP) == Erased(1, 0)
    assert [html is None for html, *_ in texts(ledger)] == [False, False, False, True]

    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(3, 0)


def test_a_message_of_which_a_part_is_under_way_keeps_the_others_texts(ledger: str) -> None:
    store(ledger, DAY, [report(LONG)])
    bring(ledger, "sent")
    bring(ledger, "sending", "part = 3")
    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(0, 0)


def test_what_the_rich_form_has_said_today_keeps_its_text_today(ledger: str) -> None:
    store(ledger, DAY, [report(LONG, rich_html="<p>Отчёт</p>")])
    bring(ledger, "covered", "part > 1")
    age(ledger, 31)
    bring(ledger, "sent", "part = 1")
    assert erase(ledger, KEEP) == Erased(0, 0)


def test_a_pending_edit_keeps_its_text_and_an_erased_message_can_be_edited(ledger: str) -> None:
    store(ledger, DAY, [report(LONG, rich_html="<p>Было</p>")])
    bring(ledger, "sent", "part = 1")
    bring(ledger, "covered", "part > 1")
    age(ledger, 60)
    assert erase(ledger, KEEP) == Erased(3, 0)

    new = report(LONG.replace("отчёта", "сводки"), rich_html="<p>Стало</p>", figures={"revenue_kopecks": 1})
    assert revise(ledger, DAY, [Revision(DAY.period, new)]) == Revised(edited=1)

    assert states(ledger) == ["stored", "covered", "covered"]
    written = texts(ledger)
    assert all("сводки" in html for html, *_ in written)
    assert erase(ledger, KEEP) == Erased(0, 0)
    assert texts(ledger) == written


def test_an_edit_that_came_too_late_leaves_the_message_sent(ledger: str) -> None:
    store(ledger, DAY, [report()])
    bring(ledger, "sent")
    revise(ledger, DAY, [Revision(DAY.period, report("Стало", figures={"revenue_kopecks": 1}))])
    assert states(ledger) == ["stored"]
    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(1, 0)
    assert states(ledger) == ["sent"]


def test_an_edit_of_today_keeps_todays_text(ledger: str) -> None:
    store(ledger, DAY, [report()])
    age(ledger, 60)
    bring(ledger, "sent")
    assert erase(ledger, KEEP) == Erased(0, 0)


def test_storing_again_brings_nothing_back_that_is_in_the_chat(ledger: str) -> None:
    store(ledger, DAY, [report(LONG), report(subject="network")])
    bring(ledger, "sent", "part = 1")
    bring(ledger, "expired", "part > 1")
    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(4, 0)

    assert store(ledger, DAY, [report(LONG), report(subject="network")]) == Stored(0, 4)

    assert states(ledger) == ["sent", "expired", "expired", "sent"]
    assert texts(ledger) == [(None, None, [])] * 4


def test_storing_again_what_never_reached_the_chat_gives_it_a_text_again(ledger: str) -> None:
    store(ledger, DAY, [report("Было")])
    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(1, 0)
    assert store(ledger, DAY, [report("Стало")]) == Stored(1, 0)
    assert texts(ledger) == [("Стало", None, [])]
    assert states(ledger) == ["stored"]


@pytest.mark.parametrize("state", ["stored", "sending", "parked"])
def test_the_ledger_itself_refuses_a_message_to_be_sent_without_a_text(ledger: str, state: str) -> None:
    store(ledger, DAY, [report()])
    bring(ledger, "sent")
    rows(ledger, "update notifications.messages set html = null")
    with pytest.raises(psycopg.errors.CheckViolation, match="messages_have_text_until_settled"):
        bring(ledger, state)


def test_previews_go_when_they_are_past_their_end_or_old(ledger: str) -> None:
    for name, days in (("past", 1), ("old", 90), ("new", 90)):
        store(ledger, replace(PREVIEW, name=f"preview/{name}", keep=timedelta(days=days)), [report()])
    age(ledger, 31, "batch <> 'preview/new'")
    assert erase(ledger, KEEP) == Erased(texts=0, previews=2)
    assert [row["batch"] for row in rows(ledger, "select batch from notifications.messages")] == ["preview/new"]


def test_a_large_ledger_is_erased_portion_by_portion(ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "PORTION", 3)
    store(ledger, DAY, [report(subject=f"branch:{number}") for number in range(8)])
    bring(ledger, "sent")
    age(ledger, 31)
    assert erase(ledger, KEEP) == Erased(8, 0)
    assert erase(ledger, KEEP) == Erased(0, 0)


def test_a_message_that_another_process_holds_is_left_for_the_next_night(ledger: str) -> None:
    store(ledger, DAY, [report(subject="branch:1"), report(subject="branch:2")])
    bring(ledger, "sent")
    age(ledger, 31)
    with psycopg.connect(ledger) as other:
        other.execute("select 1 from notifications.messages where subject = 'branch:1' for update")
        assert erase(ledger, KEEP) == Erased(1, 0)
    assert erase(ledger, KEEP) == Erased(1, 0)


def test_only_texts_that_are_old_enough_are_looked_at(ledger: str) -> None:
    """The index answers, however long the history is."""
    statement = query("erase_texts").decode()
    values = {"keep": "'30 days'", "reached": "'-infinity'", "most": "10"}
    for name, value in values.items():
        statement = statement.replace(f"%({name})s", value)
    with psycopg.connect(ledger) as connection:
        connection.execute("set enable_seqscan = off")
        row = connection.execute(f"explain (format json) {statement}".encode()).fetchone()
    assert "messages_with_text" in json.dumps(row)


@pytest.mark.parametrize(
    ("left", "is_forgotten"),
    [
        ("", True),
        ("insert into notifications.bindings (proof, user_id, phone) values ('contact', 700, '7900')", False),
        (f"{INBOX} (bot_id, update_id, kind, state, user_id) values (42, 1, 'm', 'handled', 700)", False),
        ("update notifications.messages set state = 'stored'", False),
        ("update notifications.messages set destination = 'staff'", False),
        ("update notifications.chats set chat_id = '-700'", False),
    ],
)
def test_an_account_of_whom_nothing_is_left_is_forgotten(ledger: str, left: str, *, is_forgotten: bool) -> None:
    rows(ledger, "insert into notifications.chats (bot_id, chat_id) values (42, '700') returning chat_number")
    number = rows(ledger, "select chat_number from notifications.chats")[0]["chat_number"]
    bot = replace(DAY, name="client_bot/42", notification="client_bot")
    store(ledger, bot, [replace(report(), destination=f"chat:{number}")])
    bring(ledger, "sent")
    rows(
        ledger,
        "update notifications.messages set chat_id = '700';"
        " insert into notifications.attempts (attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until)"
        " select gen_random_uuid(), message_id, 42, '700', 'send', now(), now() from notifications.messages",
    )
    if left:
        rows(ledger, left)

    erase(ledger, KEEP)

    known = "select chat_id from notifications.chats where chat_id in ('700', '-700')"
    assert (rows(ledger, known) == []) is is_forgotten
    if is_forgotten:
        assert rows(ledger, "select chat_id from notifications.messages") == [{"chat_id": None}]
        assert rows(ledger, "select chat_id from notifications.attempts") == [{"chat_id": f"chat:{number}"}]
