"""What only shows when a request is slow or refused again and again: turns are kept, nothing is hammered."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.delivery import attempt
from sancrm_notifications.delivery.attempt import Attempts
from sancrm_notifications.delivery.errors import PostponedError, SendingOffError
from sancrm_notifications.ledger import claiming
from sancrm_notifications.ledger.storing import Batch
from sancrm_notifications.settings import Settings
from tests.desk import DAY, LIMITS, report

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sancrm_notifications.ledger.recording import Chat, Claimed
    from tests.desk import Desk


def test_a_method_that_the_server_never_knows_is_an_outage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "_BACKOFF_SECONDS", (0.02, 0.02, 0.02))
    desk.store(report("branch:1", "Первый"))
    desk.stand_in.plan_fault("error", method="sendMessage", status=404)

    with pytest.raises(PostponedError):
        desk.deliver()

    assert len(desk.stand_in.requests("sendMessage")) == 3
    assert set(desk.states().values()) == {"stored"}


def test_a_slow_answer_does_not_let_another_batch_in_between(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "TURN_LEASE", timedelta(seconds=0.3))
    week = Batch("profitability_weekly", "2026-W47", "week", timedelta(days=30))
    desk.store(*(report(f"branch:{number}", "день") for number in range(6)))
    desk.store(*(report(f"branch:{number}", "неделя") for number in range(6)), batch=week)
    desk.stand_in.plan_fault("slow", when="after", method="sendMessage", text="день", seconds=1.5, times=1)

    async def both() -> None:
        day = asyncio.create_task(desk.delivering(DAY))
        await desk.until(lambda: len(desk.texts()) >= 1)
        await asyncio.gather(day, desk.delivering(week))

    asyncio.run(both())

    assert desk.texts() == ["день"] * 6 + ["неделя"] * 6


def test_what_is_current_waits_for_a_backfills_request_under_way(desk: Desk) -> None:
    late = Batch("profitability_daily", "2026-11-01", "late", timedelta(days=30), is_backfill=True)
    desk.store(report("branch:1", "давно"), report("branch:2", "давно"), batch=late)
    desk.store(report("branch:1", "сегодня"))
    desk.stand_in.plan_fault("slow", method="sendMessage", text="давно", seconds=1.0, times=1)

    async def both() -> None:
        backfill = asyncio.create_task(desk.delivering(late))
        await desk.until(lambda: bool(desk.rows("select 1 from notifications.attempts")))
        await asyncio.gather(backfill, desk.delivering(DAY))

    asyncio.run(both())

    calls = sorted(desk.stand_in.requests("sendMessage"), key=lambda call: call["arrived_at"])
    assert [call["text"] for call in calls] == ["давно", "сегодня", "давно"]
    assert calls[1]["arrived_at"] >= calls[0]["answered_at"]


def test_a_refused_message_takes_no_place_in_the_groups_minute(desk: Desk) -> None:
    limits = LIMITS.model_copy(update={"group_messages": 3, "group_window_seconds": 60})
    desk.settings = Settings(limits=limits, longest_wait_seconds=30)
    desk.store(*(report(f"branch:{number}", f"Отчёт {number}") for number in range(3)))
    desk.stand_in.plan_fault("flood", method="sendMessage", text="Отчёт 1", retry_after=1, times=1)

    assert desk.deliver() == {"sent": 3}


def test_slow_answers_delay_what_was_reserved_before_they_came(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    look_again = claiming.Ledger.look_again

    async def slowly(ledger: claiming.Ledger, attempt_id: UUID) -> float | None:
        await asyncio.sleep(0.2)
        return await look_again(ledger, attempt_id)

    monkeypatch.setattr(claiming.Ledger, "look_again", slowly)
    desk.settings = _four_at_a_time(bot_window_seconds=1.0)
    desk.store_for_clients(8)
    desk.stand_in.plan_fault("slow", method="sendMessage", seconds=0.4, times=4)

    desk.deliver()

    calls = sorted(desk.stand_in.requests("sendMessage"), key=lambda call: call["arrived_at"])
    ended = min(call["answered_at"] for call in calls[:4])
    assert calls[4]["arrived_at"] - ended >= 0.98


def test_who_is_cancelled_before_a_request_gives_the_claim_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.settings = _four_at_a_time(bot_window_seconds=1.0)
    desk.store_for_clients(8)
    sleeps = asyncio.Event()
    sleep_until = Attempts._sleep_until

    async def sleeping(attempts: Attempts, moment: float, claimed: Claimed) -> bool:
        if moment - time.monotonic() < 0.1:
            return await sleep_until(attempts, moment, claimed)
        # On a busy machine the moment may come before anybody has looked.
        await desk.until(lambda: list(desk.states().values()).count("sent") == 4)
        sleeps.set()
        return await sleep_until(attempts, time.monotonic() + 60, claimed)

    async def cancelled() -> None:
        task = asyncio.create_task(desk.delivering())
        await sleeps.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    monkeypatch.setattr(Attempts, "_sleep_until", sleeping)
    asyncio.run(cancelled())

    assert sorted(desk.states().values()) == ["sent"] * 4 + ["stored"] * 4
    assert len(desk.rows("select 1 from notifications.attempts")) == 4


def _four_at_a_time(bot_window_seconds: float) -> Settings:
    return Settings(limits=LIMITS.model_copy(update={"bot_messages": 4, "bot_window_seconds": bot_window_seconds}))


def test_a_slow_answer_delays_what_follows_in_its_chat(desk: Desk) -> None:
    desk.settings = Settings(limits=LIMITS.model_copy(update={"chat_gap_seconds": 0.5}))
    desk.store(report("branch:1", "Первый"), report("branch:2", "Второй"))
    desk.stand_in.plan_fault("slow", method="sendMessage", text="Первый", seconds=1.0, times=1)

    desk.deliver()

    first, second = desk.stand_in.requests("sendMessage")
    assert second["arrived_at"] - first["answered_at"] >= 0.4


def test_while_another_delivery_speaks_in_many_chats_one_question_serves_them_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims: list[str] = []
    looks: list[int] = []
    claim, free_chats = claiming.Ledger.claim, claiming.Ledger.free_chats

    async def claimed(ledger: claiming.Ledger, chat: Chat) -> claiming.Claim:
        claims.append(chat.chat_id)
        return await claim(ledger, chat)

    async def looked(ledger: claiming.Ledger, chats: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
        looks.append(len(chats))
        return await free_chats(ledger, chats)

    desk.store_for_clients(20)
    desk.stand_in.plan_fault("slow", when="after", method="sendMessage", seconds=1.5)

    async def both() -> list[dict[str, int]]:
        first = asyncio.create_task(desk.delivering())
        await desk.until(lambda: len(desk.stand_in.messages()) == 20)
        monkeypatch.setattr(claiming.Ledger, "claim", claimed)
        monkeypatch.setattr(claiming.Ledger, "free_chats", looked)
        return list(await asyncio.gather(first, desk.delivering()))

    assert asyncio.run(both()) == [{"sent": 20}] * 2
    assert len(desk.stand_in.messages()) == 20
    assert max(looks) == 20
    assert len(looks) <= 12
    # The first's last ones, and for the second the first ones, and at the end one for each chat.
    assert len(claims) <= 60


def test_a_delivery_with_nothing_more_to_say_in_a_chat_lets_others_speak_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kept(ledger: claiming.Ledger, chat: Chat) -> None:
        """Die before the turn is given back."""

    monkeypatch.setattr(claiming.Ledger, "release", kept)
    desk.store(report("branch:1", "Первый"), report("branch:2", "Второй"))
    assert desk.deliver(subjects=("branch:1",)) == {"sent": 1}
    began = time.monotonic()

    assert desk.deliver() == {"sent": 2}

    assert time.monotonic() - began < claiming.TURN_LEASE.total_seconds() / 2


def test_while_the_bot_is_full_one_chat_asks_for_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    claim = claiming.Ledger.claim

    async def noted(ledger: claiming.Ledger, chat: Chat) -> claiming.Claim:
        asked.append(chat.chat_id)
        return await claim(ledger, chat)

    monkeypatch.setattr(claiming.Ledger, "claim", noted)
    desk.settings = Settings(limits=LIMITS.model_copy(update={"bot_messages": 1, "bot_window_seconds": 2}))
    desk.store_for_clients(30)

    with pytest.raises(SendingOffError):
        desk.deliver(is_sending=lambda: len(desk.stand_in.requests("sendMessage")) < 3)

    assert len(desk.stand_in.requests("sendMessage")) == 3
    assert len(asked) < 30
