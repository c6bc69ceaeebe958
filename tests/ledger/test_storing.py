"""What is told to whom is written down once, whole, and renewed only until it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.ledger.storing import Batch, Stored, store
from sancrm_notifications.text.buttons import Button
from sancrm_notifications.text.message import Message
from tests.ledger.look import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = Batch("profitability_daily", "2026-11-20", "profitability_daily/2026-11-20", timedelta(days=30))
PREVIEW = replace(DAY, name=f"preview/{DAY.name}/manual__1", is_preview=True, dag_id="profitability_daily")
BUTTON = Button("Открыть в CRM", "https://crm.example.com/repairs/7")
LONG = "Строка отчёта.\n" * 600


def report(html: str = "<b>Отчёт</b>", subject: str = "branch:7", **more: Any) -> Message:
    """Return a branch's report."""
    return Message(subject, more.pop("destination", "branch:7"), "Центральный", html, **more)


def messages(ledger: str, columns: str = "key, html") -> list[tuple[Any, ...]]:
    """Return what is stored, in the order of storing."""
    found = rows(ledger, f"select {columns} from notifications.messages order by message_id")
    return [tuple(row.values()) for row in found]


def put(ledger: str, state: str) -> None:
    """Bring every message but the previews into a state."""
    rows(ledger, "update notifications.messages set state = %(state)s where state <> 'preview'", state=state)


def test_the_key_says_what_is_told_to_whom(ledger: str) -> None:
    store(ledger, DAY, [report(), report(subject="network", destination="reports")])
    assert messages(ledger, "key") == [
        ("profitability_daily/2026-11-20/branch:7/branch:7/1",),
        ("profitability_daily/2026-11-20/network/reports/1",),
    ]


def test_the_key_says_nothing_of_the_run_or_the_batch(ledger: str) -> None:
    alone = replace(DAY, name=f"{DAY.name}/branch:7", run_id="manual__2", is_backfill=True)
    assert store(ledger, DAY, [report("Было")]) == Stored(1, 0)
    assert store(ledger, alone, [report("Стало")]) == Stored(1, 0)
    assert messages(ledger, "batch, html, run_id, silent") == [(alone.name, "Стало", "manual__2", True)]


def test_a_long_text_is_stored_in_numbered_parts_with_the_buttons_under_the_last(ledger: str) -> None:
    store(ledger, DAY, [report(LONG, rich_html="<p>Отчёт</p>", buttons=((BUTTON,),))])

    stored = messages(ledger, "key, part, parts, html, rich_html, buttons")

    count = len(stored)
    assert count == 3
    assert [key for key, *_ in stored] == [f"{DAY.name}/branch:7/branch:7/{part}" for part in (1, 2, 3)]
    assert [(part, parts) for _, part, parts, *_ in stored] == [(1, 3), (2, 3), (3, 3)]
    assert [html.rsplit("\n\n", 1)[1] for _, _, _, html, *_ in stored] == [
        f"<i>Часть {part} из 3</i>" for part in (1, 2, 3)
    ]
    assert [rich for *_, rich, _ in stored] == ["<p>Отчёт</p>", None, None]
    assert [buttons for *_, buttons in stored] == [[], [], [[{"text": BUTTON.text, "url": BUTTON.url}]]]


def test_a_short_text_is_stored_as_it_is(ledger: str) -> None:
    store(ledger, DAY, [report("<b>Отчёт</b>", rich_html="<p>Отчёт</p>", buttons=((BUTTON,),))])
    assert messages(ledger, "part, parts, html, rich_html, jsonb_array_length(buttons)") == [
        (1, 1, "<b>Отчёт</b>", "<p>Отчёт</p>", 1)
    ]


def test_a_message_without_a_text_is_refused_and_nothing_is_stored(ledger: str) -> None:
    with pytest.raises(ValueError, match="branch:8"):
        store(ledger, DAY, [report(), report(" <b></b>\n", subject="branch:8")])
    assert messages(ledger) == []


def test_a_batch_is_stored_whole_or_not_at_all(ledger: str) -> None:
    def broken() -> Iterator[Message]:
        yield report()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store(ledger, DAY, broken())
    assert messages(ledger) == []


def test_figures_are_kept_as_they_are(ledger: str) -> None:
    figures = {"profit_kopecks": -(10**17), "repairs_count": 0, "margin": None, "has_costs": True, "kind": "день"}
    store(ledger, DAY, [report(figures=figures)])
    assert messages(ledger, "figures") == [(figures,)]


def test_who_stored_it_and_how_long_it_is_worth_sending_is_kept(ledger: str) -> None:
    batch = replace(DAY, dag_id="profitability_daily", run_id="scheduled__1", unknown_policy="hold")
    store(ledger, batch, [report(silent=True, closes_batch=True)])
    columns = "label, dag_id, run_id, unknown_policy, silent, closes_batch, expires_at - stored_at > '29 days'"
    assert messages(ledger, columns) == [
        ("Центральный", "profitability_daily", "scheduled__1", "hold", True, True, True)
    ]


@pytest.mark.parametrize("state", ["stored", "parked", "expired"])
def test_what_was_not_sent_is_renewed_and_may_be_sent_again(ledger: str, state: str) -> None:
    store(ledger, DAY, [report("Было", figures={"repairs_count": 1})])
    put(ledger, state)
    rows(
        ledger,
        "update notifications.messages set reason = 'chat_gone', reason_for_staff = 'чат не найден', plain = true,"
        " not_before = now(), expires_at = now(), possible_repeats = 1",
    )

    assert store(ledger, DAY, [report("Стало", figures={"repairs_count": 2})]) == Stored(1, 0)

    columns = "html, figures, state, reason, reason_for_staff, plain, not_before, possible_repeats, expires_at > now()"
    renewed = ("Стало", {"repairs_count": 2}, "stored", None, None, False, None)
    assert messages(ledger, columns) == [(*renewed, 1, True)], "that it may be in the chat already is not forgotten"


@pytest.mark.parametrize("state", ["sending", "sent", "held"])
def test_what_was_sent_or_may_have_been_stays_as_it_is(ledger: str, state: str) -> None:
    store(ledger, DAY, [report("Было", figures={"repairs_count": 1})])
    put(ledger, state)
    before = messages(ledger, "*")

    assert store(ledger, DAY, [report("Стало", figures={"repairs_count": 2})]) == Stored(0, 1)

    assert messages(ledger, "*") == before


def test_a_shorter_text_leaves_no_further_parts(ledger: str) -> None:
    store(ledger, DAY, [report(LONG), report(LONG, subject="branch:8", destination="branch:8")])
    store(ledger, replace(DAY, period="2026-11-21"), [report(LONG)])

    assert store(ledger, DAY, [report("Коротко")]) == Stored(1, 0)

    assert messages(ledger, "period, subject, part, parts") == [
        ("2026-11-20", "branch:7", 1, 1),
        *(("2026-11-20", "branch:8", part, 3) for part in (1, 2, 3)),
        *(("2026-11-21", "branch:7", part, 3) for part in (1, 2, 3)),
    ]


def test_a_part_that_was_tried_is_kept_for_history_and_not_sent(ledger: str) -> None:
    store(ledger, DAY, [report(LONG)])
    rows(
        ledger,
        "insert into notifications.attempts (attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until)"
        " select gen_random_uuid(), message_id, 42, '-1001', 'sendMessage', now(), now() from notifications.messages"
        " where part = 2",
    )
    put(ledger, "parked")

    store(ledger, DAY, [report("Коротко")])
    assert messages(ledger, "part, html, state")[0] == (1, "Коротко", "stored")
    assert messages(ledger, "part, state")[1:] == [(2, "covered")]

    store(ledger, DAY, [report(LONG)])
    assert sorted(messages(ledger, "part, parts, state")) == [(part, 3, "stored") for part in (1, 2, 3)]


def test_the_rest_of_a_message_that_has_begun_is_queued_again_with_its_own_text(ledger: str) -> None:
    store(ledger, DAY, [report(LONG)])
    rows(ledger, "update notifications.messages set state = case part when 1 then 'sent' else 'expired' end")
    before = messages(ledger, "part, html")
    alone = replace(DAY, name=f"{DAY.name}/branch:7", run_id="manual__2")

    assert store(ledger, alone, [report(LONG.replace("отчёта", "другого отчёта") * 2)]) == Stored(2, 1)

    assert messages(ledger, "part, html") == before
    queued = (alone.name, "manual__2", "stored")
    assert messages(ledger, "batch, run_id, state") == [(DAY.name, None, "sent"), queued, queued]


def test_what_the_rich_form_has_said_is_not_said_again(ledger: str) -> None:
    store(ledger, DAY, [report(LONG, rich_html="<p>Отчёт</p>")])
    rows(ledger, "update notifications.messages set state = case part when 1 then 'sent' else 'covered' end")
    before = messages(ledger, "*")

    assert store(ledger, DAY, [report(LONG * 2, rich_html="<p>Отчёт</p>")]) == Stored(0, 3)

    assert messages(ledger, "*") == before


def test_a_preview_is_written_apart_and_marked(ledger: str) -> None:
    store(ledger, PREVIEW, [report()])
    assert messages(ledger, "key, batch, state") == [
        (f"preview/{DAY.name}/manual__1/branch:7/branch:7/1", PREVIEW.name, "preview")
    ]


@pytest.mark.parametrize("state", ["stored", "sending", "sent", "covered", "held", "parked", "expired"])
def test_a_preview_leaves_the_real_message_alone(ledger: str, state: str) -> None:
    store(ledger, DAY, [report(LONG)])
    put(ledger, state)
    before = messages(ledger, "*")

    assert store(ledger, PREVIEW, [report("Просмотр")]) == Stored(1, 0)

    assert messages(ledger, "*")[: len(before)] == before
    assert messages(ledger, "html")[len(before) :] == [("Просмотр",)]


def test_the_real_message_leaves_a_preview_alone_and_is_not_hindered_by_it(ledger: str) -> None:
    store(ledger, PREVIEW, [report(LONG)])
    before = messages(ledger, "*")

    assert store(ledger, DAY, [report("Отчёт")]) == Stored(1, 0)

    assert messages(ledger, "*")[: len(before)] == before
    assert messages(ledger, "html, state")[len(before) :] == [("Отчёт", "stored")]


def test_a_preview_written_again_replaces_its_own_and_no_other_runs(ledger: str) -> None:
    other = replace(PREVIEW, name=f"preview/{DAY.name}/manual__2")
    store(ledger, PREVIEW, [report(LONG), report(subject="network")])
    store(ledger, other, [report("Другой")])

    store(ledger, PREVIEW, [report("Снова")])

    assert messages(ledger, "batch, html") == [(other.name, "Другой"), (PREVIEW.name, "Снова")]


def test_a_preview_past_its_end_of_use_goes_when_the_next_comes(ledger: str) -> None:
    store(ledger, replace(PREVIEW, name="preview/old", keep=timedelta(seconds=-1)), [report()])
    store(ledger, replace(DAY, keep=timedelta(seconds=-1)), [report()])
    store(ledger, PREVIEW, [report()])
    assert messages(ledger, "batch") == [(DAY.name,), (PREVIEW.name,)]
