"""Several chats, several bots, several tries at once: each message once, the summary last, nobody held up for long."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from local import postgres
from sancrm_notifications.delivery.errors import PostponedError, SendingOffError
from sancrm_notifications.ledger.claiming import Claim, Ledger, Order, Run
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.recording import Chat
from sancrm_notifications.settings import Limits, Settings
from tests.desk import DAY, LIMITS, STAFF, report

if TYPE_CHECKING:
    from tests.conftest import Databases
    from tests.desk import Desk

CENTRE, NORTH = -1002, -1003
DAY_SECONDS = 86400
AN_ATTEMPT_IN_FLIGHT = b"""
    insert into notifications.attempts (attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until)
    select gen_random_uuid(), message_id, 42, '-1001', 'claimed', clock_timestamp(), clock_timestamp() + '1 min'
    from notifications.messages
"""


@pytest.fixture
def spread(desk: Desk) -> Desk:
    """Give two branches chats of their own."""
    for chat, destination in ((CENTRE, "branch:1"), (NORTH, "branch:2")):
        desk.stand_in.create_chat(chat, destination)
        desk.chats[destination] = chat
    return desk


def _store_two_branches_and_summary(desk: Desk) -> None:
    desk.store(
        report("branch:1", "Центр", destination="branch:1"),
        report("branch:2", "Север", destination="branch:2"),
        report("network", "Сводка", closes_batch=True),
    )


def _flood(desk: Desk, chat: int, seconds: int) -> None:
    desk.stand_in.plan_fault("flood", method="sendMessage", chat_id=chat, retry_after=seconds)


def test_of_two_waits_the_shorter_is_told(spread: Desk) -> None:
    _store_two_branches_and_summary(spread)
    _flood(spread, CENTRE, DAY_SECONDS)
    _flood(spread, NORTH, 120)

    with pytest.raises(PostponedError) as raised:
        spread.deliver()

    assert raised.value.seconds == pytest.approx(120, abs=10)


def test_the_summary_waits_outside_the_worker_and_then_names_what_is_missing(spread: Desk) -> None:
    spread.settings = Settings(limits=LIMITS, summary_wait_minutes=2 / 60)
    _store_two_branches_and_summary(spread)
    _flood(spread, CENTRE, DAY_SECONDS)

    with pytest.raises(PostponedError) as raised:
        spread.deliver()
    assert raised.value.seconds == pytest.approx(1, abs=1)
    assert spread.texts() == []

    async def after_the_wait() -> None:
        await asyncio.sleep(2.1)
        await spread.delivering(reopen_parked=False)

    with pytest.raises(PostponedError) as raised:
        asyncio.run(after_the_wait())
    assert raised.value.seconds == pytest.approx(DAY_SECONDS, abs=60)
    assert spread.texts() == ["Сводка\n\nНе доставлены отчёты: branch:1."]


def test_sending_switched_off_stops_a_delivery_under_way(desk: Desk) -> None:
    desk.store(*(report(f"branch:{number}", f"Отчёт {number}") for number in range(5)))

    with pytest.raises(SendingOffError):
        desk.deliver(is_sending=lambda: len(desk.texts()) < 2)

    assert desk.texts() == ["Отчёт 0", "Отчёт 1"]
    assert desk.deliver() == {"sent": 5}


def test_one_branch_alone_leaves_the_days_batch_whole(desk: Desk) -> None:
    centre = report("branch:1", "Центр")
    desk.store(centre, report("branch:2", "Север"), report("network", "Сводка", closes_batch=True))
    desk.store(centre)

    assert desk.deliver(subjects=("branch:1",)) == {"sent": 1}
    assert desk.texts() == ["Центр"]

    assert desk.deliver() == {"sent": 3}
    assert desk.texts() == ["Центр", "Север", "Сводка"]


def test_what_was_parked_is_not_asked_again_by_a_retry(desk: Desk) -> None:
    desk.store(report("branch:1", "Центр"))
    desk.stand_in.restrict(STAFF)
    desk.deliver()

    assert desk.deliver(reopen_parked=False) == {"parked": 1}
    assert len(desk.stand_in.requests("sendMessage")) == 1


def test_two_bots_at_once_send_each_message_once(desk: Desk) -> None:
    desk.stand_in.add_token("43:OTHER")
    desk.store(*(report(f"branch:{number}", f"Отчёт {number}") for number in range(12)))

    async def both() -> None:
        await asyncio.gather(desk.delivering(), desk.delivering(token="43:OTHER"))

    asyncio.run(both())

    assert sorted(desk.texts()) == sorted(f"Отчёт {number}" for number in range(12))
    sent = desk.rows("select 1 from notifications.attempts where result = 'sent'")
    assert len(sent) == 12


def test_the_bots_own_limit_holds_over_many_chats_and_two_deliveries(desk: Desk) -> None:
    desk.settings = Settings(limits=Limits(chat_gap_seconds=0, bot_messages=5, bot_window_seconds=0.5))
    desk.stand_in.set_rates(enforced=False)
    desk.store_for_clients(20)

    async def both() -> None:
        await asyncio.gather(desk.delivering(run_id="one"), desk.delivering(run_id="two"))

    asyncio.run(both())

    arrived = [call["arrived_at"] for call in desk.stand_in.requests("sendMessage")]
    assert len(arrived) == 20
    assert min(b - a for a, b in zip(arrived, arrived[5:], strict=False)) >= 0.5 - 0.15


def test_a_late_note_of_success_settles_what_was_parked_meanwhile(desk: Desk) -> None:
    desk.store(report("branch:1", "Центр"))
    desk.stand_in.plan_fault("slow", when="after", method="sendMessage", seconds=1.0, times=1)

    async def overtaken() -> dict[str, int]:
        task = asyncio.create_task(desk.delivering())
        await desk.until(lambda: len(desk.texts()) == 1)
        with psycopg.connect(desk.conninfo) as connection:
            connection.execute("update notifications.messages set state = 'parked'")
        return await task

    assert asyncio.run(overtaken()) == {"sent": 1}


def test_a_database_that_restarts_half_way_loses_and_repeats_nothing(desk: Desk, databases: Databases) -> None:
    desk.store(*(report(f"branch:{number}", f"Отчёт {number}") for number in range(12)))

    async def disturbed() -> dict[str, int]:
        task = asyncio.create_task(desk.delivering())
        await desk.until(lambda: len(desk.texts()) >= 4)
        await asyncio.to_thread(_restart, databases)
        return await task

    assert asyncio.run(disturbed()) == {"sent": 12}
    assert desk.texts() == [f"Отчёт {number}" for number in range(12)]


def _restart(databases: Databases) -> None:
    directory = databases.server.server.pgdata
    databases.server.stop()
    databases.server = postgres.start(directory)


def test_a_claim_sees_what_was_committed_while_it_waited_for_its_turn(desk: Desk) -> None:
    with psycopg.connect(desk.conninfo, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database {name} set default_transaction_isolation = 'repeatable read'".encode())
    desk.store(report("branch:1", "Первый"))
    ledger = Ledger(desk.conninfo, Order(DAY.name), run=Run("test", "test", 1), settings=desk.settings)
    chat = Chat(42, str(STAFF), is_group=True, destinations=("reports",))

    async def claimed_meanwhile() -> Claim:
        async with await psycopg.AsyncConnection.connect(desk.conninfo) as other:
            await other.execute(query("lock_bot"), {"bot_id": 42})
            claim = asyncio.create_task(ledger.claim(chat))
            await desk.until(lambda: bool(desk.rows("select 1 from pg_locks where not granted")))
            await other.execute(AN_ATTEMPT_IN_FLIGHT)
        seen = await claim
        await ledger.close()
        return seen

    assert asyncio.run(claimed_meanwhile()).message is None


def _let_the_wait_pass(desk: Desk) -> None:
    desk.rows(
        "update notifications.messages set waiting_since = waiting_since - interval '11 minutes',"
        " not_before = null returning key"
    )


def test_after_an_outage_the_summary_still_waits_for_its_reports(spread: Desk) -> None:
    _store_two_branches_and_summary(spread)
    spread.stand_in.plan_fault("reset", when="before", method="sendMessage")
    with pytest.raises(PostponedError):
        spread.deliver()
    spread.stand_in.clear_faults()
    spread.stand_in.plan_fault("slow", when="before", method="sendMessage", chat_id=NORTH, seconds=0.5)
    _let_the_wait_pass(spread)

    assert spread.deliver(reopen_parked=False) == {"sent": 3}

    assert spread.texts() == ["Сводка"]


def test_a_summary_that_waits_for_other_chats_lets_another_batch_speak_meanwhile(spread: Desk) -> None:
    _store_two_branches_and_summary(spread)
    alert = replace(DAY, notification="backup_failures", name="backup_failures")
    spread.store(report("backup:1", "Сбой"), batch=alert)
    spread.stand_in.plan_fault("slow", when="before", method="sendMessage", chat_id=NORTH, seconds=1.5)

    async def scenario() -> None:
        reports = asyncio.create_task(spread.delivering())
        await asyncio.sleep(0.4)
        await spread.delivering(alert)
        assert spread.texts() == ["Сбой"]
        await reports

    asyncio.run(scenario())
    assert spread.texts() == ["Сбой", "Сводка"]
