"""What a person sees of the bot, and what stands in the ledger: on the real socket, the real PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import telegram

from local import postgres
from sancrm_notifications.bot import apologies, handling, listening, polling
from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.bot.listening import Listening
from sancrm_notifications.delivery.errors import TokenRefusedError
from sancrm_notifications.settings import Settings
from tests.bot.crm import fill
from tests.bot.listening import hostile
from tests.bot.listening.conftest import BOT_ID, CLIENT, Ear
from tests.bot.listening.responder import MAKE_EFFECTS
from tests.conftest import Databases
from tests.desk import LIMITS, STAFF, TOKEN
from tests.faults.scene import make_template

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from local.telegram_stand_in import StandIn
    from tests.pooler import Pooler

NIGHT_SECONDS = 9 * 3600
# Five pages; the five thousand of the table of faults are played by hand.
NIGHT_UPDATES = 450


def play(ear: Ear, scene: Callable[[], Awaitable[object]], **more: Any) -> None:
    """Play a scene while somebody listens."""

    async def played() -> None:
        async with ear.listening(**more):
            await scene()

    asyncio.run(played())


def test_a_question_is_answered_and_stands_in_the_ledger(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        ear.stand_in.write(CLIENT, "сколько?")
        await ear.until_answered("Ответ: /start", "Ответ: сколько?")

    play(ear, talk)

    assert ear.inbox()[:2] == [("message", "handled")] * 2
    rows = ear.rows("select state, unknown_policy, destination from notifications.messages order by message_id")
    assert [(row["state"], row["unknown_policy"]) for row in rows] == [("sent", "hold")] * 2
    assert all(row["destination"].startswith("chat:") and str(CLIENT) not in row["destination"] for row in rows)
    assert ear.endings[0].counts["handled"] == 3


def test_an_update_that_comes_five_times_has_one_effect(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        ear.stand_in.repeat_updates(1, times=4)
        ear.stand_in.write(CLIENT, "раз")
        await ear.until_answered("Ответ: /start", "Ответ: раз")
        ear.stand_in.write(CLIENT, "два")
        await ear.until_answered("Ответ: /start", "Ответ: раз", "Ответ: два")

    play(ear, talk)

    assert ear.answers() == ["Ответ: /start", "Ответ: раз", "Ответ: два"]
    assert ear.rows("select update_id from notifications.effects group by 1 having count(*) > 1") == []
    assert ear.endings[0].counts["repeated"] >= 4


def test_a_pressed_button_is_told_a_word_and_its_message_edited(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        ear.stand_in.write(CLIENT, "кнопка")
        await ear.until_answered("Ответ: /start", "Ответ: кнопка")
        message = ear.stand_in.messages(CLIENT)[-1]
        ear.stand_in.press(CLIENT, message["message_id"], "done")
        await ear.until(lambda: ear.answers()[-1] == "Сделано", "the edit")
        await ear.until(lambda: ear.stand_in.queries()[0]["state"] == "answered", "the notice")

    play(ear, talk)

    assert ear.stand_in.queries()[0]["answer"]["text"] == "Отмечено"
    assert ear.stand_in.messages(CLIENT)[-1]["buttons"] == []
    assert {row["state"] for row in ear.rows("select state from notifications.messages")} == {"sent"}


def test_what_is_malformed_or_not_for_us_stops_nobody(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.inject_update({"message": {"chat": {"id": CLIENT, "type": "private"}, "text": "без даты"}})
        ear.stand_in.inject_update({"message": ["никакое"]})
        ear.stand_in.inject_update({"callback_query": {"id": 5}})
        ear.stand_in.inject_update({"poll_answer": {}})
        ear.stand_in.inject_update({})
        ear.stand_in.let_bots_read_all(allowed=True)
        ear.stand_in.write(STAFF, "Анна, +7 900 123-45-67, звонила")
        ear.stand_in.start(CLIENT)
        await ear.until_answered("Ответ: /start")

    play(ear, talk)

    assert ear.inbox()[:7] == [
        ("message", "unreadable"),
        ("message", "passed_over"),
        ("callback_query", "unreadable"),
        ("other", "passed_over"),
        ("other", "passed_over"),
        ("message", "passed_over"),
        ("message", "handled"),
    ]
    (row,) = ear.rows("select * from notifications.inbox order by update_id offset 5 limit 1")
    assert [row[name] for name in ("chat_id", "user_id", "content", "asked_at")] == [None] * 4


def test_hundreds_that_come_repeated_late_shuffled_and_malformed_have_one_effect_and_one_answer_each(ear: Ear) -> None:
    outcome = asyncio.run(hostile.played(ear, updates=64, seed=1))
    assert outcome.is_as_promised, outcome
    assert outcome.came > outcome.questions * 1.2


def test_a_contact_is_dropped_once_it_was_handled(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        ear.stand_in.share_contact(CLIENT, "79001234567")
        await ear.until_answered("Ответ: /start", "Ответ:")

    play(ear, talk)

    kept = [str(row["content"]) for row in ear.rows("select content from notifications.inbox")]
    assert len(kept) == 3
    assert not [content for content in kept if "79001234567" in content]


def test_an_update_that_breaks_the_responder_is_tried_again_and_the_others_are_answered(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        ear.stand_in.write(CLIENT, "поломка")
        ear.stand_in.write(CLIENT, "дальше")
        await ear.until_answered("Ответ: /start", apologies.LATER, "Ответ: дальше")

    play(ear, talk)

    (row,) = ear.rows("select * from notifications.inbox where state = 'waiting'")
    assert row["reason"] == "ZeroDivisionError"
    assert ear.rows("select 1 from notifications.effects where update_id = %s", row["update_id"]) == []


def test_while_the_crm_is_silent_it_is_said_once_that_the_answer_comes_and_it_comes(ear: Ear) -> None:
    async def talk() -> None:
        ear.responder.crm_is_silent = True
        ear.stand_in.start(CLIENT)
        ear.stand_in.write(CLIENT, "CRM раз")
        ear.stand_in.write(CLIENT, "CRM два")
        await ear.until_answered("Ответ: /start", apologies.LATER)
        await ear.until(lambda: len(ear.inbox()) == 3, "both came")
        ear.responder.crm_is_silent = False
        ear.rows("update notifications.inbox set retry_at = clock_timestamp() where state = 'waiting'")
        await ear.until(lambda: len(ear.answers()) == 3, "the answer")

    play(ear, talk)

    assert ear.answers()[1:] == [
        apologies.LATER,
        f"{apologies.TOGETHER}\n\nОтвет: CRM раз\n\nОтвет: CRM два",
    ]


def test_the_questions_of_a_night_get_one_answer_together(ear: Ear) -> None:
    ear.stand_in.start(CLIENT)
    for number in range(5):
        ear.stand_in.write(CLIENT, f"вопрос {number % 2}")
    asked = [update["message"] for update in ear.stand_in.updates()]
    ear.stand_in.clear()
    for message in asked:
        ear.stand_in.inject_update({"message": {**message, "date": message["date"] - NIGHT_SECONDS}})

    async def morning() -> None:
        await ear.until(ear.answers, "an answer")

    play(ear, morning)

    assert ear.answers() == [f"{apologies.RETURNED}\n\nОтвет: /start\n\nОтвет: вопрос 1\n\nОтвет: вопрос 0"]
    assert len(ear.rows("select 1 from notifications.effects")) >= 6


def test_fifty_messages_within_seconds_get_few_answers_and_all_have_their_effect(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        ear.stand_in.write_many([{"chat_id": CLIENT, "text": f"вопрос {number}"} for number in range(50)])
        await ear.until(lambda: len(ear.inbox()) >= 51, "all came")
        soon = "update notifications.inbox set retry_at = clock_timestamp() where state = 'waiting'"
        await ear.until(lambda: ear.rows(soon) == [] and len(ear.answers()) >= 11, "the answers")

    play(ear, talk)

    assert len(ear.answers()) <= 12
    assert apologies.TOGETHER in ear.answers()[-1]
    assert "Ответ: вопрос 49" in ear.answers()[-1]
    assert len(ear.rows("select distinct update_id from notifications.effects")) >= 51


def test_questions_to_a_crm_that_hangs_do_not_wait_for_one_another(
    ear: Ear, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_LOOK_SECONDS", 0.5)
    monkeypatch.setattr(handling, "_FIRST_RETRY", timedelta(seconds=1))
    crm = databases.create(databases.template("clients_crm", fill))
    people = (CLIENT, CLIENT + 1)
    ear.stand_in.add_person(CLIENT + 1, "Пётр")

    async def talk() -> None:
        with psycopg.connect(crm) as other:
            other.execute("lock table reporting.branches in access exclusive mode")
            for number in people:
                ear.stand_in.start(number)
                for _ in range(9):
                    ear.stand_in.write(number, "/status")
            began_at = time.monotonic()
            await ear.until(lambda: ear.inbox().count(("message", "waiting")) == 18, "all put off")
            # Each would wait two seconds for itself.
            assert time.monotonic() - began_at < 12
        await ear.until(
            lambda: all("Поделиться номером" in ear.answers(number)[-1] for number in people), "the true answers"
        )

    zone = ZoneInfo("Europe/Moscow")
    respond = partial(responder, crm, Settings(limits=LIMITS), clock=lambda: datetime.now(zone))
    play(ear, talk, responder=respond)
    assert all(answers.count(apologies.LATER) == 1 for answers in map(ear.answers, people))


def test_commands_and_description_are_set_once_and_the_bots_name_is_noted(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        await ear.until_answered("Ответ: /start")

    play(ear, talk)
    play(ear, talk)

    calls = [ear.stand_in.requests(f"setMy{what}") for what in ("Commands", "Description", "ShortDescription")]
    assert [len(each) for each in calls] == [2, 1, 1]
    assert {call["status"] for each in calls for call in each} == {200}
    # Links lead to it.
    (row,) = ear.rows("select username from notifications.listeners")
    assert row == {"username": f"stand_in_{BOT_ID}_bot"}


def test_the_answer_goes_before_what_waits_in_the_bots_queue_and_expires_after_ten_minutes(ear: Ear) -> None:
    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        await ear.until_answered("Ответ: /start")

    play(ear, talk)

    (row,) = ear.rows(
        "select extract(epoch from expires_at - stored_at) as kept, batch, notification from notifications.messages"
    )
    assert round(row["kept"]) == 600
    assert (row["batch"], row["notification"]) == (f"client_bot/{BOT_ID}", "client_bot")
    assert int(TOKEN.partition(":")[0]) == BOT_ID


def test_a_conflict_is_named_and_waited_out(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_FIRST_CONFLICT_SECONDS", 0.3)
    ear.stand_in.plan_fault("error", method="getUpdates", status=409, times=2)

    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        await ear.until_answered("Ответ: /start")

    play(ear, talk)

    assert [call["status"] for call in ear.stand_in.requests("getUpdates")][:3] == [409, 409, 200]


def test_a_webhook_is_told_from_another_poller(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_FIRST_CONFLICT_SECONDS", 0.3)
    bot = telegram.Bot(TOKEN, base_url=ear.stand_in.base_url)

    async def talk() -> None:
        await bot.set_webhook("https://example.org/hook")
        async with ear.listening():
            ear.stand_in.start(CLIENT)
            said = "select problem from notifications.listeners where problem is not null"
            await ear.until(lambda: ear.rows(said), "the problem")
            assert ear.rows(said)[0]["problem"] == polling.WEBHOOK
            await bot.delete_webhook()
            await ear.until_answered("Ответ: /start")

    asyncio.run(talk())


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 502}, {"kind": "reset"}, {"kind": "garbage"}, {"kind": "reset", "when": "after"}],
    ids=["502", "reset", "garbage", "answer lost"],
)
def test_what_happens_on_the_way_in_costs_no_update_and_doubles_none(ear: Ear, fault: dict[str, Any]) -> None:
    ear.stand_in.plan_fault(method="getUpdates", times=1, **fault)

    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        await ear.until_answered("Ответ: /start")

    play(ear, talk)

    assert ear.answers() == ["Ответ: /start"]


def test_a_refused_token_ends_it_with_a_sentence(ear: Ear) -> None:
    ear.stand_in.revoke_token(TOKEN)

    with pytest.raises(TokenRefusedError, match="does not accept the bot's token"):
        asyncio.run(Listening(ear.work(), asyncio.Event()).run())


def test_behind_a_pooler_in_transaction_mode_it_hands_over_the_same(ear: Ear, pooler: Pooler) -> None:
    async def talk() -> None:
        conninfo = pooler.conninfo(ear.conninfo)
        async with ear.listening(conninfo=conninfo, number=1) as first:
            ear.stand_in.start(CLIENT)
            await ear.until_answered("Ответ: /start")
            async with ear.listening(conninfo=conninfo, number=2):
                await ear.until(lambda: ear.stand_in.write(CLIENT, "конец") and first.done(), "the first makes way")
                ear.stand_in.write(CLIENT, "второй")
                await ear.until_answered("Ответ: /start", "Ответ: второй")

    asyncio.run(talk())

    assert [call for call in ear.stand_in.requests("getUpdates") if call["status"] == 409] == []


def test_many_updates_of_a_night_are_answered_together_person_by_person(ear: Ear) -> None:
    people = range(1000, 1050)
    for person in people:
        ear.stand_in.add_person(person, "Клиент")
        ear.stand_in.start(person)
    asked = ear.stand_in.updates()[0]["message"]
    ear.stand_in.clear()
    for number in range(NIGHT_UPDATES):
        person = people[number % len(people)]
        chat = {**asked["chat"], "id": person}
        message = {**asked, "chat": chat, "from": {**asked["from"], "id": person}, "text": f"вопрос {number}"}
        ear.stand_in.inject_update({"message": {**message, "date": asked["date"] - NIGHT_SECONDS}})

    async def morning() -> None:
        soon = "update notifications.inbox set retry_at = clock_timestamp() where state = 'waiting'"
        open_ones = "select 1 from notifications.inbox where state in ('waiting', 'collected')"
        await ear.until(lambda: len(ear.inbox()) >= NIGHT_UPDATES, "all came")
        await ear.until(lambda: ear.rows(soon) == ear.rows(open_ones) == [], "all have their answer")
        await ear.until(lambda: all(map(ear.answers, people)), "everybody has an answer")
        ear.stand_in.start(CLIENT)

    play(ear, morning)

    assert max(len(ear.answers(person)) for person in people) <= 2
    assert len(ear.rows("select distinct update_id from notifications.effects")) >= NIGHT_UPDATES


def test_a_restarted_postgresql_loses_no_question(stand_in: StandIn, tmp_path: Path) -> None:
    server = postgres.start(tmp_path)
    own = Databases(server)
    ear = Ear(own.create(make_template(own)), stand_in)
    stand_in.add_person(CLIENT, "Ольга")
    ear.rows(MAKE_EFFECTS)

    async def talk() -> None:
        ear.stand_in.start(CLIENT)
        await ear.until_answered("Ответ: /start")
        directory = server.server.pgdata
        await asyncio.to_thread(server.stop)
        for number in range(3):
            ear.stand_in.write(CLIENT, f"пока нет журнала, {number}")
        await asyncio.sleep(1)
        ear.restarted = await asyncio.to_thread(postgres.start, directory)
        await ear.until(lambda: len(ear.answers()) == 4, "all are answered")

    play(ear, talk)
    assert ear.answers()[1:] == [f"Ответ: пока нет журнала, {number}" for number in range(3)]
    assert ear.rows("select update_id from notifications.effects group by 1 having count(*) > 1") == []
    assert ear.restarted is not None
    ear.restarted.stop()
