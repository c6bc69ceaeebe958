"""What only shows when a request is slow or refused again and again: turns are kept, nothing is hammered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications import delivery
from sancrm_notifications.delivery import PostponedError
from sancrm_notifications.ledger import sending
from sancrm_notifications.ledger.storing import Batch
from tests.delivery.conftest import DAY, report

if TYPE_CHECKING:
    from tests.delivery.conftest import Desk


def test_a_method_that_the_server_never_knows_is_an_outage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_BACKOFF_SECONDS", (0.02, 0.02, 0.02))
    desk.store(report("branch:1", "Первый"))
    desk.stand_in.plan_fault("status", method="sendMessage", status=404)

    with pytest.raises(PostponedError):
        desk.deliver()

    assert len(desk.stand_in.requests("sendMessage")) == 3
    assert set(desk.states().values()) == {"stored"}


def test_a_slow_answer_does_not_let_another_batch_in_between(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TURN_LEASE", timedelta(seconds=0.3))
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
