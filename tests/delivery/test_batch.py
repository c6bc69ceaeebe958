"""A batch arrives once, in order, within the limits, and the ledger says so."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.ledger.storing import Batch
from sancrm_notifications.text.buttons import Button
from tests.desk import DAY, SCALE, STAFF, report

if TYPE_CHECKING:
    from tests.desk import Desk

CENTRE = -1002
JITTER = 0.02  # seconds between the moment of sending and the stand-in's look at its clock


def test_messages_arrive_in_order_and_once(desk: Desk) -> None:
    desk.store(report("branch:1", "<b>Первый</b>"), report("branch:2", "Второй"), report("network", "Сводка"))

    assert desk.deliver() == {"sent": 3}
    assert desk.deliver() == {"sent": 3}

    assert desk.texts() == ["Первый", "Второй", "Сводка"]


def test_storing_again_after_delivery_sends_nothing_new(desk: Desk) -> None:
    desk.store(report("branch:1", "Было"))
    desk.deliver()

    stored = desk.store(report("branch:1", "Стало"), report("branch:2", "Новый"))
    desk.deliver()

    assert (stored.stored, stored.already_sent) == (1, 1)
    assert desk.texts() == ["Было", "Новый"]


def test_storing_again_before_delivery_renews_the_text(desk: Desk) -> None:
    desk.store(report("network", "Строка\n" * 2000))
    desk.store(report("network", "Коротко"))

    desk.deliver()

    assert desk.texts() == ["Коротко"]


def test_a_report_rings_or_not_and_carries_its_buttons(desk: Desk) -> None:
    button = Button("Открыть в CRM", "https://crm.example.com/repairs/7")
    desk.store(report("branch:1", silent=True, buttons=((button,),)), report("network"))

    desk.deliver()

    quiet, ringing = desk.stand_in.messages(STAFF)
    assert (quiet["is_silent"], ringing["is_silent"]) == (True, False)
    assert quiet["buttons"][0][0]["url"] == button.url


def test_a_backfill_is_silent(desk: Desk) -> None:
    late = Batch("profitability_daily", "2026-11-01", "late", timedelta(days=30), is_backfill=True)
    desk.store(report("network", "Сводка"), batch=late)

    desk.deliver(late)

    assert [message["is_silent"] for message in desk.stand_in.messages(STAFF)] == [True]


def test_twenty_five_messages_to_a_group_keep_its_limits(desk: Desk) -> None:
    desk.store(*(report(f"branch:{number}", f"Отчёт {number}") for number in range(25)))

    desk.deliver()

    calls = desk.stand_in.requests("sendMessage")
    arrived = [call["arrived_at"] for call in calls]
    assert [call["status"] for call in calls] == [200] * 25
    assert min(b - a for a, b in itertools.pairwise(arrived)) >= SCALE - JITTER
    assert min(b - a for a, b in zip(arrived, arrived[20:], strict=False)) >= 60 * SCALE - JITTER
    assert desk.texts() == [f"Отчёт {number}" for number in range(25)]


def test_chats_are_served_side_by_side_and_the_summary_comes_last(desk: Desk) -> None:
    desk.stand_in.create_chat(CENTRE, "Центр")
    desk.chats["branch:1"] = CENTRE
    desk.store(
        *(report(f"part:{number}", f"Центр {number}", destination="branch:1") for number in range(8)),
        report("branch:2", "Север"),
        report("network", "Сводка", closes_batch=True),
    )

    desk.deliver()

    accepted = [message["text"] for message in desk.stand_in.messages()]
    assert sorted(accepted[:-1]) == sorted(["Север", *(f"Центр {number}" for number in range(8))])
    assert accepted[-1] == "Сводка"
    assert accepted.index("Север") < accepted.index("Центр 7")


def test_the_summary_goes_out_and_names_the_report_whose_chat_is_gone(desk: Desk) -> None:
    desk.stand_in.create_chat(CENTRE, "Центр")
    desk.stand_in.kick(CENTRE)
    desk.chats["branch:1"] = CENTRE
    desk.store(
        report("Центральный", "Центр", destination="branch:1"),
        report("branch:2", "Север"),
        report("network", "Сводка", closes_batch=True),
    )

    assert desk.deliver() == {"parked": 1, "sent": 2}

    north, summary = desk.texts()
    assert north == "Север"
    assert summary == "Сводка\n\nНе доставлены отчёты: Центральный (бот удалён из чата)."


def test_what_was_parked_is_sent_when_the_task_runs_again_after_the_cause_is_gone(desk: Desk) -> None:
    desk.stand_in.kick(STAFF)
    desk.store(report("branch:1", "Первый"), report("branch:2", "Второй"))
    assert desk.deliver() == {"parked": 2}
    assert len(desk.stand_in.requests("sendMessage")) == 1, "a chat that is gone is not hammered"

    desk.stand_in.admit(STAFF)

    assert desk.deliver() == {"sent": 2}
    assert desk.texts() == ["Первый", "Второй"]


def test_a_message_past_its_end_of_use_is_shown_as_expired(desk: Desk) -> None:
    stale = Batch("missed_calls", "2026-11-20", "stale", timedelta(seconds=-1))
    desk.store(report("repair:1"), batch=stale)

    assert desk.deliver(stale) == {"expired": 1}
    assert desk.stand_in.messages(STAFF) == []


def test_two_deliveries_of_one_batch_send_each_message_once(desk: Desk) -> None:
    desk.store(*(report(f"branch:{number}", f"Отчёт {number}") for number in range(15)))

    async def both() -> None:
        await asyncio.gather(desk.delivering(run_id="one"), desk.delivering(run_id="two"))

    asyncio.run(both())

    assert desk.texts() == [f"Отчёт {number}" for number in range(15)]
    assert len(desk.stand_in.requests("sendMessage")) == 15


def test_two_batches_to_one_chat_are_not_interleaved(desk: Desk) -> None:
    week = Batch("profitability_weekly", "2026-W47", "week", timedelta(days=30))
    desk.store(*(report(f"branch:{number}", "день") for number in range(6)))
    desk.store(*(report(f"branch:{number}", "неделя") for number in range(6)), batch=week)

    async def both() -> None:
        await asyncio.gather(desk.delivering(DAY), desk.delivering(week))

    asyncio.run(both())

    texts = desk.texts()
    assert sorted(texts) == ["день"] * 6 + ["неделя"] * 6
    assert texts in (["день"] * 6 + ["неделя"] * 6, ["неделя"] * 6 + ["день"] * 6)


def test_a_backfill_lets_a_current_batch_go_first(desk: Desk) -> None:
    late = Batch("profitability_daily", "2026-11-01", "late", timedelta(days=30), is_backfill=True)
    desk.store(*(report(f"branch:{number}", "давно") for number in range(18)), batch=late)
    desk.store(report("branch:1", "сегодня"), report("network", "сегодня"))

    async def both() -> None:
        backfill = asyncio.create_task(desk.delivering(late))
        await desk.until(lambda: len(desk.texts()) >= 3)
        await asyncio.gather(backfill, desk.delivering(DAY))

    asyncio.run(both())

    texts = desk.texts()
    first = texts.index("сегодня")
    assert texts[first : first + 2] == ["сегодня", "сегодня"]
    assert first < 10, "the current batch waited for the backfill"
    assert texts.count("давно") == 18


@pytest.mark.parametrize("rich", [True, False])
def test_the_summary_is_rich_where_the_server_knows_it(desk: Desk, *, rich: bool) -> None:
    desk.stand_in.set_bot_api_version("10.3" if rich else "9.0")
    summary = report("network", "Сводка " * 900, rich_html="<h3>Сводка</h3><p>таблица</p>", closes_batch=True)
    desk.store(summary)
    assert len(desk.rows("select 1 from notifications.messages")) == 2, "the HTML form takes two parts"

    states = desk.deliver()

    if rich:
        assert states == {"sent": 1, "covered": 1}
        assert [message["rich"] is not None for message in desk.stand_in.messages(STAFF)] == [True]
    else:
        assert states == {"sent": 2}
        assert desk.texts()[1].endswith("Часть 2 из 2")


def test_a_server_that_does_not_know_rich_messages_is_asked_once_a_day(desk: Desk) -> None:
    desk.stand_in.set_bot_api_version("9.0")
    for period in ("2026-11-20", "2026-11-21"):
        batch = Batch("profitability_daily", period, period, timedelta(days=30))
        desk.store(report("network", "Сводка", rich_html="<p>Сводка</p>"), batch=batch)
        desk.deliver(batch)

    assert desk.texts() == ["Сводка", "Сводка"]
    assert len(desk.stand_in.requests("sendRichMessage")) == 1
