"""The pieces of a claim, each by itself: what can be delivered, the earliest moment, whose turn, who goes first."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from sancrm_notifications.ledger import claiming, schema
from sancrm_notifications.ledger.claiming import Claim, Ledger, Order, Priority, Run
from sancrm_notifications.ledger.recording import Chat
from sancrm_notifications.ledger.storing import store
from sancrm_notifications.settings import Limits, Settings
from tests.ledger.look import rows
from tests.ledger.test_storing import DAY, put, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import Databases

BOT = 42
# Two messages may leave a second: what is reserved further ahead than AHEAD is soon reached.
SLOW = Settings(limits=Limits(chat_gap_seconds=0, bot_messages=1, bot_window_seconds=0.5))


def chat(number: int) -> Chat:
    """Return a chat of the bot, to which the branch of that number leads."""
    return Chat(BOT, str(-1000 - number), is_group=True, destinations=(f"branch:{number}",))


class Requests:
    """Requests to the first chat, told by their distance from this test's beginning."""

    def __init__(self, ledger: str) -> None:
        self.ledger = ledger
        self.now = datetime.now(UTC)
        store(ledger, DAY, [report()])

    def add(self, ago_seconds: float, lasting_seconds: float | None = 0.0, **more: Any) -> None:
        """Write one down that began so long ago; it is under way when ``lasting_seconds`` is None."""
        began_at = self.now - timedelta(seconds=ago_seconds)
        given = {"bot": BOT, "chat": chat(1).chat_id, "result": None if lasting_seconds is None else "sent", **more}
        ended_at = None if lasting_seconds is None else began_at + timedelta(seconds=lasting_seconds)
        rows(
            self.ledger,
            "insert into notifications.attempts"
            " (attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until, finished_at, result)"
            " select gen_random_uuid(), message_id, %(bot)s, %(chat)s, 'sendMessage', %(began_at)s::timestamptz,"
            " now() + interval '1 hour', %(ended_at)s::timestamptz, %(result)s from notifications.messages",
            began_at=began_at,
            ended_at=ended_at,
            **given,
        )

    def earliest(self, number: int = 1) -> dict[str, float | None]:
        """Return in how many seconds a chat and the bot are free: after 1 s, 3 messages in 60 s, 4 in 10 s."""
        (found,) = rows(
            self.ledger,
            "select * from notifications.earliest_moment(%(bot)s, %(chat)s, '1 s', '60 s', 3, '10 s', 4)",
            bot=BOT,
            chat=chat(number).chat_id,
        )
        return {name: at and round((at - self.now).total_seconds(), 3) for name, at in found.items()}


@pytest.fixture
def requests(ledger: str) -> Requests:
    """Return a ledger's requests: none yet."""
    return Requests(ledger)


def test_where_nothing_was_sent_no_limit_hinders(requests: Requests) -> None:
    assert requests.earliest() == {"chat_at": None, "bot_at": None}


def test_the_chats_gap_begins_when_telegram_has_answered(requests: Requests) -> None:
    requests.add(30, lasting_seconds=29)
    assert requests.earliest()["chat_at"] == 0
    assert requests.earliest(2)["chat_at"] is None


def test_a_moment_that_is_reserved_counts_as_well(requests: Requests) -> None:
    requests.add(-5, lasting_seconds=None)
    assert requests.earliest()["chat_at"] == 6


def test_so_many_messages_ago_the_chats_window_must_be_over(requests: Requests) -> None:
    for ago in (50, 40):
        requests.add(ago, lasting_seconds=2)
    assert requests.earliest()["chat_at"] == -37
    requests.add(30, lasting_seconds=2)
    assert requests.earliest()["chat_at"] == -48 + 60


def test_what_was_refused_for_the_rate_has_no_place_in_the_chats_window(requests: Requests) -> None:
    for ago in (50, 40, 30):
        requests.add(ago)
    requests.add(20, result="rate_limited")
    assert requests.earliest()["chat_at"] == -50 + 60
    rows(requests.ledger, "update notifications.attempts set result = 'unknown' where result = 'rate_limited'")
    assert requests.earliest()["chat_at"] == -40 + 60


def test_what_telegram_said_of_a_chat_holds_for_this_chat(requests: Requests) -> None:
    requests.add(30)
    until = requests.now + timedelta(days=1)
    rows(requests.ledger, "insert into notifications.chats values (%(bot)s, '-1001', %(until)s)", bot=BOT, until=until)
    assert requests.earliest()["chat_at"] == 86400
    assert requests.earliest(2)["chat_at"] is None


def test_the_bots_window_counts_all_its_chats_and_no_other_bots(requests: Requests) -> None:
    for number in range(3):
        requests.add(9 - number, lasting_seconds=1, chat=str(number))
    requests.add(1, bot=43)
    assert requests.earliest()["bot_at"] is None
    requests.add(2, lasting_seconds=1, chat="another")
    assert requests.earliest()["bot_at"] == -8 + 10


def test_a_request_under_way_is_taken_to_last_as_long_as_the_latest_ones(requests: Requests) -> None:
    for _ in range(4):
        requests.add(100, lasting_seconds=3)
    requests.add(50, lasting_seconds=20, result="unknown")
    for _ in range(4):
        requests.add(-60, lasting_seconds=None)
    assert requests.earliest()["bot_at"] == 60 + 3 + 10


def test_a_request_under_way_does_not_end_before_now(requests: Requests) -> None:
    for _ in range(4):
        requests.add(3600, lasting_seconds=None)
    seconds = requests.earliest()["bot_at"]
    assert seconds is not None
    assert seconds >= 10


@pytest.mark.parametrize(
    ("state", "is_past_use", "is_there"),
    [
        ("stored", False, True),
        ("sending", False, True),
        ("sending", True, True),
        ("stored", True, False),
        *((state, False, False) for state in ("sent", "covered", "held", "parked", "expired", "not_wanted")),
    ],
)
def test_what_a_delivery_can_still_bring_is_outstanding(
    ledger: str, state: str, is_past_use: bool, is_there: bool
) -> None:
    store(ledger, replace(DAY, keep=timedelta(seconds=-1 if is_past_use else 60)), [report()])
    put(ledger, state)
    assert len(rows(ledger, "select * from notifications.outstanding")) == int(is_there)


class Turns:
    """Takes the turn in chat 1 for holders named by a letter."""

    def __init__(self, ledger: str) -> None:
        self.ledger = ledger
        self.holders = {name: uuid4() for name in "abc"}

    def take(self, name: str, priority: Priority = Priority.CURRENT, lease: str = "20 s") -> bool:
        """Tell whether the holder may speak."""
        (row,) = rows(
            self.ledger,
            "select notifications.take_turn(%(bot)s, '-1001', %(priority)s, 'batch', %(holder)s, %(lease)s) as is_ours",
            bot=BOT,
            priority=priority,
            holder=self.holders[name],
            lease=lease,
        )
        return bool(row["is_ours"])


def test_of_one_priority_one_delivery_has_the_turn_until_its_lease_ends(ledger: str) -> None:
    turns = Turns(ledger)
    assert turns.take("a", lease="0.3 s")
    assert not turns.take("b")
    assert turns.take("a", lease="-1 s")
    assert turns.take("b")
    assert not turns.take("a")


def test_a_lease_that_has_ended_is_nobodys_while_a_request_is_under_way(requests: Requests) -> None:
    turns = Turns(requests.ledger)
    turns.take("a", lease="-1 s")
    requests.add(0, lasting_seconds=None)
    assert not turns.take("b")
    assert turns.take("a")


def test_who_goes_first_speaks_first_and_who_gives_way_keeps_the_turn(ledger: str) -> None:
    turns = Turns(ledger)
    assert turns.take("a", Priority.BACKFILL)
    assert turns.take("b", Priority.CURRENT)
    assert not turns.take("a", Priority.BACKFILL)
    assert turns.take("c", Priority.ANSWER)
    assert not turns.take("b", Priority.CURRENT)
    rows(ledger, "delete from notifications.turns where priority = 1")
    assert turns.take("b", Priority.CURRENT)
    # A third one does not get in between.
    assert not turns.take("c", Priority.CURRENT)


@asynccontextmanager
async def claims(ledger: str, priority: Priority, settings: Settings = SLOW) -> AsyncIterator[Ledger]:
    """Open a delivery of that priority, whose batch has its name."""
    opened = Ledger(ledger, Order(priority.name, priority=priority), run=Run("test", "test", 1), settings=settings)
    try:
        yield opened
    finally:
        await opened.close()


def store_for(ledger: str, priority: Priority, chats: range) -> None:
    """Store a message for each of the chats."""
    batch = replace(DAY, period=priority.name, name=priority.name)
    store(ledger, batch, [report(subject=f"branch:{number}", destination=f"branch:{number}") for number in chats])


async def until_full(ledger: Ledger, chats: range) -> tuple[list[Claim], Claim | None]:
    """Claim for chat after chat until the bot's queue is full; return what was claimed, and the refusal."""
    claimed: list[Claim] = []
    for number in chats:
        claim = await ledger.claim(chat(number))
        if claim.message is None:
            return claimed, claim
        claimed.append(claim)
    return claimed, None


def test_the_last_places_of_the_bots_queue_are_for_those_who_go_first(ledger: str) -> None:
    kinds = {Priority.BACKFILL: range(20), Priority.CURRENT: range(20, 40), Priority.ANSWER: range(40, 60)}
    for priority, chats in kinds.items():
        store_for(ledger, priority, chats)

    async def one_after_the_other() -> dict[Priority, tuple[list[Claim], Claim | None]]:
        found = {}
        for priority, chats in kinds.items():
            async with claims(ledger, priority) as opened:
                found[priority] = await until_full(opened, chats)
        return found

    found = asyncio.run(one_after_the_other())
    ahead = claiming.AHEAD.total_seconds()
    for claimed, refused in found.values():
        assert claimed
        assert refused is not None
        assert refused.waits_for_bot
    # All bulk that is before it is sent within AHEAD.
    first_answer = found[Priority.ANSWER][0][0]
    assert first_answer.wait_seconds <= ahead + 0.6


def test_whoever_asks_beside_bulk_stands_behind_little_of_it_again_and_again(ledger: str) -> None:
    gap = 1.0
    paced = Settings(limits=Limits(chat_gap_seconds=gap, bot_messages=1, bot_window_seconds=0.1))
    bulk_ahead = claiming.AHEAD.total_seconds() / 4
    store_for(ledger, Priority.BACKFILL, range(20))
    asker = chat(20)
    for number in (1, 2):
        answer = report(subject=f"question:{number}", destination="branch:20")
        store(ledger, replace(DAY, period="ANSWER", name="ANSWER"), [answer])

    async def ask_twice() -> list[Claim]:
        found = []
        async with (
            claims(ledger, Priority.BACKFILL, paced) as bulk,
            claims(ledger, Priority.ANSWER, paced) as answers,
        ):
            await until_full(bulk, range(20))
            found.append(await answers.claim(asker))
            now = timedelta(seconds=found[0].wait_seconds)
            rows(
                ledger,
                # What was reserved has been sent, each at its moment.
                "update notifications.attempts set slot_at = slot_at - %(now)s::interval,"
                " finished_at = slot_at - %(now)s::interval, result = 'sent'",
                now=now,
            )
            rows(ledger, "update notifications.messages set state = 'sent' where state = 'sending'")
            # It takes its place in the queue while the chat's second still runs.
            found.append(await answers.claim(asker))
        return found

    first, second = asyncio.run(ask_twice())
    assert first.message is not None
    assert first.wait_seconds <= bulk_ahead + 0.2
    assert second.message is not None
    assert gap - 0.5 < second.wait_seconds <= gap


@pytest.mark.parametrize("priority", list(Priority))
def test_who_waits_for_the_bot_asks_again_when_there_is_a_place(
    ledger: str, priority: Priority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "AHEAD", timedelta(seconds=1))
    store_for(ledger, priority, range(20))

    async def again() -> Claim:
        async with claims(ledger, priority) as opened:
            claimed, refused = await until_full(opened, range(20))
            assert refused is not None
            # As the delivery does.
            await asyncio.sleep(max(refused.wait_seconds - 0.9, 0))
            rows(
                ledger,
                "update notifications.attempts set finished_at = slot_at, result = 'sent'"
                " where slot_at < clock_timestamp()",
            )
            return await opened.claim(chat(len(claimed)))

    assert asyncio.run(again()).message is not None


def test_in_its_chat_an_answer_goes_before_a_batch_that_has_begun(ledger: str) -> None:
    free = Settings(limits=Limits(chat_gap_seconds=0))
    store(ledger, replace(DAY, name="CURRENT"), [report(subject=f"branch:{n}", destination="branch:1") for n in (1, 2)])
    store_for(ledger, Priority.ANSWER, range(1, 2))

    async def scenario() -> list[bool]:
        seen = []
        async with claims(ledger, Priority.CURRENT, free) as bulk, claims(ledger, Priority.ANSWER, free) as answer:
            under_way = await bulk.claim(chat(1))
            assert under_way.message is not None
            # The request under way is not interrupted, but nothing more of the batch begins.
            seen.append((await answer.claim(chat(1))).message is not None)
            await bulk.abandon(BOT, under_way.message.attempt_id)
            seen.append((await bulk.claim(chat(1))).message is not None)
            seen.append(bool(await bulk.free_chats([(BOT, "-1001")])))
            answered = await answer.claim(chat(1))
            assert answered.message is not None
            await answer.abandon(BOT, answered.message.attempt_id)
            await answer.release(chat(1))
            seen.append(bool(await bulk.free_chats([(BOT, "-1001")])))
            seen.append((await bulk.claim(chat(1))).message is not None)
        return seen

    assert asyncio.run(scenario()) == [False, False, False, True, True]


def test_a_deferred_delivery_finds_a_ledger_of_the_former_version(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conninfo = databases.create()
    for file in sorted(schema._MIGRATIONS.glob("00[1-7]_*.sql")):
        shutil.copy(file, tmp_path)
    with monkeypatch.context() as former:
        former.setattr(schema, "_MIGRATIONS", tmp_path)
        store_for(conninfo, Priority.CURRENT, range(1))
        assert schema.package_version() == 7

    async def claimed() -> Claim:
        async with claims(conninfo, Priority.CURRENT) as opened:
            return await opened.claim(chat(0))

    assert asyncio.run(claimed()).message is not None
