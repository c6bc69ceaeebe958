"""Two, four, eight processes at once: order, limits and locks hold across them, and nobody waits long for another."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.databases import APPLICATION
from tests.faults.judgement import judge
from tests.faults.scene import DAY, STAFF, report

if TYPE_CHECKING:
    from sancrm_notifications.ledger.storing import Batch
    from tests.faults.judgement import Outcome
    from tests.faults.scene import Scene, Worker

MANY = pytest.mark.parametrize("number", [2, 4, 8])
WRONG = ("lost", "duplicates", "marked", "disordered", "over_limits", "leaks")
LOCKS = """
    select activity.state, activity.query, count(lock.pid) as locks
    from pg_stat_activity as activity
    left join pg_locks as lock on lock.pid = activity.pid
    where activity.datname = current_database() and activity.pid <> pg_backend_pid()
    group by activity.pid, activity.state, activity.query
"""


def settled(scene: Scene, workers: list[Worker]) -> Outcome:
    """Wait for all, then return what came of it; nothing may be lost, doubled, disordered or above a limit."""
    told = [worker.wait() for worker in workers]
    assert [one and one.error for one in told] == [None] * len(workers), told
    outcome = judge(scene)
    assert set(outcome.states) == {"sent"}, outcome
    attempts = "select message_id, slot_at, finished_at, result, description from notifications.attempts order by 1, 2"
    wrong = {name: number for name in WRONG if (number := getattr(outcome, name))}
    assert wrong == {}, scene.rows(attempts)
    assert [call for call in scene.stand_in.requests("sendMessage") if call["status"] != 200] == []
    return outcome


def batch(number: int) -> Batch:
    """Return another day's batch."""
    return replace(DAY, period=f"2026-10-{number:02}", name=f"profitability_daily/2026-10-{number:02}")


@MANY
def test_processes_with_the_same_keys(scene: Scene, number: int) -> None:
    scene.fill(9)
    settled(scene, [scene.start(run_id=f"run:{one}") for one in range(number)])


@MANY
def test_processes_with_batches_of_their_own_for_the_same_chat(scene: Scene, number: int) -> None:
    batches = [batch(one) for one in range(1, number + 1)]
    for one, own in enumerate(batches):
        scene.store(*(report(100 * one + index, "reports") for index in range(24 // number)), batch=own)

    settled(scene, [scene.start(own) for own in batches])

    owners = [one // 100 for one in numbers(scene)]
    turns = [owner for place, owner in enumerate(owners) if owner not in owners[:place]]
    assert owners == sorted(owners, key=turns.index), "batches are not interleaved"


@MANY
def test_processes_with_chats_of_their_own_keep_the_bots_limit(scene: Scene, number: int) -> None:
    scene.settings = scene.settings.model_copy(
        update={"limits": scene.settings.limits.model_copy(update={"bot_messages": 5, "bot_window_seconds": 0.5})}
    )
    batches = [batch(one) for one in range(1, number + 1)]
    for one, own in enumerate(batches):
        scene.chats[f"branch:{one}"] = 1000 + one
        scene.stand_in.create_chat(1000 + one, f"Клиент {one}")
        scene.store(*(report(100 * one + index, f"branch:{one}") for index in range(16 // number)), batch=own)

    settled(scene, [scene.start(own) for own in batches])


def numbers(scene: Scene) -> list[int]:
    """Return the numbers of the messages, as they stand in the staff's chat."""
    return [int(text.partition("№")[2][:4]) for text in scene.texts(STAFF)]


def test_no_transaction_and_no_lock_is_held_while_telegram_thinks(scene: Scene) -> None:
    scene.store(report(1, "reports"))
    scene.stand_in.plan_fault("slow", when="after", method="sendMessage", seconds=scene.pace.long_answer)
    worker = scene.start()
    scene.until_accepted(1)

    seen = [scene.rows(LOCKS) for _ in range(5)]

    assert [[(one["state"], one["locks"]) for one in look] for look in seen] == [[("idle", 0)]] * 5, seen
    assert scene.in_flight() == 1, "it was looked at during the request"
    settled(scene, [worker])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_chat_is_free_for_other_batches_when_its_turn_has_lapsed(scene: Scene, how: signal.Signals) -> None:
    scene.store(report(1, "reports"), report(2, "reports"))
    other = batch(1)
    scene.store(report(3, "reports"), batch=other)
    scene.halted("noted", 1, how)
    began = time.monotonic()

    assert scene.finish(other) == {"sent": 1}

    assert time.monotonic() - began < scene.pace.turn_lease + 3, "a process that is gone blocked the chat"
    assert numbers(scene) == [1, 3]


def test_a_task_that_has_stopped_while_it_stores_holds_up_no_delivery(scene: Scene) -> None:
    scene.store(report(1, "reports"), report(2, "reports"))
    stopped = psycopg.connect(scene.conninfo, application_name=APPLICATION)
    stopped.execute("update notifications.messages set label = label")

    assert scene.finish() == {"sent": 2}

    stopped.close()


def test_a_dead_process_blocks_its_own_chat_for_a_lease_and_no_other_chat_at_all(scene: Scene) -> None:
    # Longer than a new process takes to begin on a busy machine: that is no wait for the dead one.
    scene.pace = replace(scene.pace, attempt_lease=10.0)
    scene.store(report(1, "reports"), report(2, "reports"))
    other = batch(1)
    scene.store(report(3, "branch:1"), batch=other)
    scene.halted("asking")
    died_at = time.monotonic()

    assert scene.finish(other) == {"sent": 1}
    assert time.monotonic() - died_at < scene.pace.attempt_lease, "another chat waited for the dead process"
    assert scene.finish(run_id="retry") == {"sent": 2}
    assert time.monotonic() - died_at < scene.pace.attempt_lease + 6
