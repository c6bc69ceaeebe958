"""Telegram and the network go wrong: nothing is lost, nothing is repeated unmarked, nothing is hammered."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import psycopg
import pytest

from local.telegram_stand_in import StandIn
from sancrm_notifications.delivery import attempt
from sancrm_notifications.delivery.errors import PostponedError, SendingOffError, TokenRefusedError
from sancrm_notifications.ledger.recording import MOST_REPEATS
from tests.desk import SCALE, STAFF, TOKEN, report

if TYPE_CHECKING:
    from tests.desk import Desk

REPEAT = "Возможный повтор: неизвестно, дошло ли это сообщение раньше."


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "_BACKOFF_SECONDS", (0.02, 0.02, 0.02))


def _store_three(desk: Desk) -> None:
    desk.store(report("branch:1", "Первый"), report("branch:2", "Второй"), report("network", "Сводка"))


@pytest.mark.parametrize("kind", ["reset", "close", "refuse"])
def test_lost_before_acceptance_everything_arrives(desk: Desk, kind: str) -> None:
    _store_three(desk)
    desk.stand_in.plan_fault(kind, method="sendMessage", times=1)

    assert desk.deliver() == {"sent": 3}

    assert [text.removeprefix(f"{REPEAT}\n\n") for text in desk.texts()] == ["Первый", "Второй", "Сводка"]


@pytest.mark.parametrize("kind", ["reset", "status", "garbage", "truncated", "not_ok"])
def test_an_answer_lost_after_acceptance_gives_one_marked_repeat(desk: Desk, kind: str) -> None:
    _store_three(desk)
    desk.stand_in.plan_fault(kind, when="after", method="sendMessage", text="Второй", times=1)

    assert desk.deliver() == {"sent": 3}

    assert desk.texts() == ["Первый", "Второй", f"{REPEAT}\n\nВторой", "Сводка"]
    repeats = desk.rows("select possible_repeats from notifications.messages order by message_id")
    assert [row["possible_repeats"] for row in repeats] == [0, 1, 0]
    assert [row["result"] for row in desk.rows("select result from notifications.attempts order by slot_at")] == [
        "sent",
        "unknown",
        "sent",
        "sent",
    ]


def test_what_may_not_be_repeated_is_held(desk: Desk) -> None:
    _store_three(desk)
    with psycopg.connect(desk.conninfo) as connection:
        connection.execute("update notifications.messages set unknown_policy = 'hold'")
    desk.stand_in.plan_fault("reset", when="after", method="sendMessage", text="Второй", times=1)

    assert desk.deliver() == {"held": 1, "sent": 2}
    assert desk.texts() == ["Первый", "Второй", "Сводка"]


@pytest.mark.parametrize("retry_after", [1, None])
def test_a_flood_is_waited_out_without_another_request(desk: Desk, retry_after: int | None) -> None:
    _store_three(desk)
    desk.stand_in.plan_fault("flood", method="sendMessage", text="Второй", retry_after=retry_after, times=1)

    assert desk.deliver() == {"sent": 3}

    calls = desk.stand_in.requests("sendMessage")
    assert [call["status"] for call in calls] == [200, 429, 200, 200]
    assert calls[2]["arrived_at"] - calls[1]["arrived_at"] >= 1
    assert desk.texts() == ["Первый", "Второй", "Сводка"]


def test_a_flood_of_a_day_leaves_the_worker_and_other_chats_go_on(desk: Desk) -> None:
    desk.stand_in.create_chat(-1002, "Центр")
    desk.chats["branch:1"] = -1002
    desk.store(report("branch:1", "Центр", destination="branch:1"), report("branch:2", "Север"))
    desk.stand_in.plan_fault("flood", method="sendMessage", chat_id=-1002, retry_after=86400)

    with pytest.raises(PostponedError) as raised:
        desk.deliver()

    assert raised.value.seconds == pytest.approx(86400, abs=60)
    assert desk.texts() == ["Север"]
    assert len(desk.stand_in.requests("sendMessage")) == 2


def test_a_group_that_became_a_supergroup_goes_on_there(desk: Desk) -> None:
    desk.store(report("branch:1", "Первый"))
    desk.deliver()
    new_chat = desk.stand_in.migrate(STAFF)
    desk.store(report("branch:2", "Второй"), report("network", "Сводка"))

    assert desk.deliver() == {"sent": 3}

    assert [message["text"] for message in desk.stand_in.messages(new_chat)][-2:] == ["Второй", "Сводка"]
    refused = [call for call in desk.stand_in.requests("sendMessage") if call["status"] == 400]
    assert len(refused) == 1, "the new address is remembered"


def test_html_that_telegram_refuses_arrives_as_plain_text(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.store(report("branch:1", "<b>Первый <u>&amp; второй</b>"), report("network", "Сводка"))

    assert desk.deliver() == {"sent": 2}

    assert desk.texts() == ["Первый & второй", "Сводка"]
    assert [record.levelno for record in caplog.records if "bad_message" in record.message] == [logging.ERROR]


def test_a_rich_message_that_telegram_refuses_arrives_as_html(desk: Desk) -> None:
    desk.store(report("network", "<b>Сводка</b>", rich_html="<marquee>Сводка</marquee>"))

    assert desk.deliver() == {"sent": 1}

    (message,) = desk.stand_in.messages(STAFF)
    assert (message["text"], message["rich"], len(message["entities"])) == ("Сводка", None, 1)


def test_a_revoked_token_stops_without_spending_attempts(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _store_three(desk)
    desk.stand_in.revoke_token(TOKEN)

    with pytest.raises(TokenRefusedError, match="BotFather") as raised:
        desk.deliver()

    assert desk.stand_in.requests("sendMessage") == []
    assert set(desk.states().values()) == {"stored"}
    assert TOKEN not in caplog.text + str(raised.value)

    desk.token = "42:ANOTHER"
    desk.stand_in.add_token(desk.token)
    assert desk.deliver() == {"sent": 3}


def test_a_token_revoked_half_way_gives_its_message_back(desk: Desk) -> None:
    _store_three(desk)
    desk.stand_in.plan_fault("error", method="sendMessage", text="Второй", status=401, times=1)

    with pytest.raises(TokenRefusedError):
        desk.deliver()
    assert desk.texts() == ["Первый"]

    assert desk.deliver() == {"sent": 3}
    assert desk.texts() == ["Первый", "Второй", "Сводка"]


def test_a_server_that_is_away_postpones_and_loses_nothing(desk: Desk) -> None:
    _store_three(desk)
    desk.stand_in.stop()

    with pytest.raises(PostponedError):
        desk.deliver()

    assert set(desk.states().values()) == {"stored"}
    with StandIn(time_scale=SCALE, chats={STAFF: "Штаб"}, tokens={TOKEN}) as desk.stand_in:
        assert desk.deliver() == {"sent": 3}
        assert desk.texts() == ["Первый", "Второй", "Сводка"]


def test_a_closed_topic_parks_and_a_reopened_one_delivers(desk: Desk) -> None:
    desk.stand_in.restrict(STAFF)
    _store_three(desk)
    assert desk.deliver() == {"parked": 3}
    assert "let the bot" in desk.rows("select reason from notifications.messages")[0]["reason"]

    desk.stand_in.admit(STAFF)

    assert desk.deliver() == {"sent": 3}


def test_a_claim_whose_process_died_becomes_a_marked_repeat(desk: Desk) -> None:
    _store_three(desk)
    desk.stand_in.plan_fault("hang", when="after", method="sendMessage", text="Второй", seconds=30, times=1)

    async def killed() -> None:
        task = asyncio.create_task(desk.delivering())
        await desk.until(lambda: "Второй" in desk.texts())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(killed())
    assert list(desk.states().values()) == ["sent", "sending", "stored"]
    with psycopg.connect(desk.conninfo) as connection:
        connection.execute(
            "update notifications.attempts set lease_until = clock_timestamp() where finished_at is null"
        )

    assert desk.deliver() == {"sent": 3}
    assert desk.texts() == ["Первый", "Второй", f"{REPEAT}\n\nВторой", "Сводка"]


def test_a_lost_database_connection_is_made_anew(desk: Desk) -> None:
    desk.store(*(report(f"branch:{number}", f"Отчёт {number}") for number in range(12)))

    async def disturbed() -> dict[str, int]:
        task = asyncio.create_task(desk.delivering())
        await desk.until(lambda: len(desk.texts()) >= 4)
        desk.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        return await task

    assert asyncio.run(disturbed()) == {"sent": 12}
    assert desk.texts() == [f"Отчёт {number}" for number in range(12)]


def test_answers_lost_again_and_again_end_with_a_person(desk: Desk) -> None:
    desk.store(report("network", "Сводка"))
    desk.stand_in.plan_fault("reset", when="after", method="sendMessage")
    with pytest.raises(PostponedError):
        desk.deliver()

    assert desk.deliver(reopen_parked=False) == {"parked": 1}

    assert len(desk.texts()) == MOST_REPEATS
    assert all(text.startswith(REPEAT) for text in desk.texts()[1:])
    (row,) = desk.rows("select reason from notifications.messages")
    assert "look into the chat" in row["reason"]


def test_with_sending_off_telegram_is_not_asked_and_nothing_is_reopened(desk: Desk) -> None:
    desk.stand_in.kick(STAFF)
    desk.store(report("network", "Сводка"))
    assert desk.deliver() == {"parked": 1}
    desk.stand_in.admit(STAFF)
    before = len(desk.stand_in.requests())

    with pytest.raises(SendingOffError):
        desk.deliver(is_sending=lambda: False, token="42:WRONG")

    assert len(desk.stand_in.requests()) == before
    assert set(desk.states().values()) == {"parked"}


def test_a_claim_that_died_with_a_former_bot_holds_up_nobody(desk: Desk) -> None:
    desk.store(report("network", "Сводка"))
    with psycopg.connect(desk.conninfo) as connection:
        connection.execute(
            "insert into notifications.attempts"
            " (attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until)"
            " select gen_random_uuid(), message_id, 41, %s, 'claimed', now() - interval '1 hour',"
            " now() - interval '1 hour' from notifications.messages",
            (str(STAFF),),
        )
        connection.execute(
            "update notifications.messages as message set state = 'sending', attempt_id = attempt.attempt_id"
            " from notifications.attempts as attempt"
        )

    assert desk.deliver() == {"sent": 1}

    assert desk.texts() == [f"{REPEAT}\n\nСводка"]
