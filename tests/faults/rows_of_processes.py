"""Faults of processes and of the database: killed, paused, doubled, cut off."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from local import postgres
from tests.faults.row import Row
from tests.faults.scene import DAY, STAFF, report

if TYPE_CHECKING:
    from tests.faults.scene import Scene


def killed_before_the_request(scene: Scene) -> int:
    """SIGKILL when the claim is written and nothing has been sent for it."""
    return _killed(scene, "asking")


def killed_after_the_answer(scene: Scene) -> int:
    """SIGKILL when Telegram has answered and nothing is noted."""
    return _killed(scene, "answered")


def killed_after_the_note(scene: Scene) -> int:
    """SIGKILL right after the note."""
    return _killed(scene, "noted")


def _killed(scene: Scene, point: str) -> int:
    total = scene.fill()
    scene.halted(point, scene.rng.randint(3, 10))
    in_flight = scene.in_flight()
    began = time.monotonic()
    assert scene.finish(run_id="retry") == {"sent": total}
    # A dead process holds its chats no longer than its claim's lease.
    assert time.monotonic() - began < scene.pace.attempt_lease + 60, "the dead process blocked its successor"
    return in_flight


def killed_between(scene: Scene) -> int:
    """SIGKILL from outside while a request is with Telegram, which has accepted it and has not answered."""
    scene.store(*(report(number, "reports") for number in range(1, 7)))
    scene.stand_in.plan_fault("slow", when="after", method="sendMessage", text="№0003.", seconds=60, times=1)
    worker = scene.start()
    scene.until_accepted(3)
    worker.kill()
    assert scene.finish() == {"sent": 6}
    assert ["№0003." in text for text in scene.texts(STAFF)] == [False, False, True, True, False, False, False]
    return 1


def killed_again_and_again(scene: Scene) -> int:
    """SIGKILL at moments nobody has chosen, each time with another process taking over at once."""
    total = scene.fill()
    allowed = 0
    for _ in range(2):
        worker = scene.start()
        time.sleep(scene.rng.uniform(0.15, 0.6) * (1 if scene.pace.time_scale < 1 else 8))
        worker.kill()
        allowed += scene.in_flight()
    assert scene.finish() == {"sent": total}
    return allowed


def paused_with_a_claim(scene: Scene) -> int:
    """Stopped before its request, longer than the lease: another takes over; awake, it sends nothing."""
    total = scene.fill(9)
    sleeper = scene.halted("claimed", scene.rng.randint(1, 5), signal.SIGSTOP)
    in_flight = scene.in_flight()
    assert scene.finish(run_id="other") == {"sent": total}
    sleeper.go_on()
    assert sleeper.wait() is not None
    return in_flight - 1  # requests to the other chats; its own was not begun


def paused_after_a_refusal(scene: Scene) -> None:
    """Stopped with a 429 in hand; meanwhile the chat is gone: its late note must not bring back what is parked."""
    scene.store(report(1, "reports"), report(2, "reports"))
    scene.stand_in.plan_fault("flood", method="sendMessage", retry_after=1, times=1)
    sleeper = scene.halted("answered", 1, signal.SIGSTOP)
    scene.stand_in.kick(STAFF)
    assert scene.finish(run_id="other") == {"parked": 2}
    sleeper.go_on()
    assert sleeper.wait() is not None
    assert scene.states() == ["parked", "parked"]
    assert [call["status"] for call in scene.stand_in.requests("sendMessage")] == [429, 403]
    scene.stand_in.admit(STAFF)
    assert scene.finish() == {"sent": 2}


def paused_after_the_answer(scene: Scene) -> int:
    """Stopped with the acceptance in hand, longer than the lease: what was on its way is repeated once, and says so."""
    total = scene.fill(9)
    sleeper = scene.halted("answered", scene.rng.randint(1, 5), signal.SIGSTOP)
    in_flight = scene.in_flight()
    assert scene.finish(run_id="other") == {"sent": total}
    sleeper.go_on()
    assert sleeper.wait() is not None
    return in_flight


def paused_inside_a_transaction(scene: Scene) -> int:
    """Stopped while it holds the bot's lock: PostgreSQL takes the lock back, the others go on."""
    total = scene.fill(9)
    sleeper = scene.halted("claiming", scene.rng.randint(2, 6), signal.SIGSTOP)
    in_flight = scene.in_flight()
    began = time.monotonic()
    assert scene.finish(run_id="other") == {"sent": total}
    assert time.monotonic() - began < scene.pace.longest_pause + scene.pace.attempt_lease + 20
    sleeper.go_on()
    assert sleeper.wait() is not None
    return in_flight


def paused_inside_a_note(scene: Scene) -> int:
    """Stopped while it writes the note, holding the message's row: the note is lost, and nobody waits for it."""
    total = scene.fill(9)
    sleeper = scene.halted("noting", scene.rng.randint(2, 6), signal.SIGSTOP)
    in_flight = scene.in_flight()
    assert scene.finish(run_id="other") == {"sent": total}
    sleeper.go_on()
    assert sleeper.wait() is not None
    return in_flight


def two_tries_at_once(scene: Scene) -> None:
    """The scheduler has given up a task that is still alive, and starts its next try."""
    total = scene.fill()
    tries = [scene.start(run_id="same"), scene.start(run_id="same", reopen_parked=False)]
    assert [told and told.states for told in (one.wait() for one in tries)] == [{"sent": total}] * 2


def cleared_and_backfilled(scene: Scene) -> None:
    """While it is delivered, the run is cleared; then the day is backfilled, by two who know nothing of each other."""
    total = scene.fill()
    first = scene.start()
    scene.until_accepted(3)
    scene.fill()  # `format` of the cleared run
    second = scene.start()
    assert [told and told.error for told in (first.wait(), second.wait())] == [None, None]
    backfills = [replace(DAY, name=f"backfill/{number}", is_backfill=True) for number in (1, 2)]
    for backfill in backfills:
        scene.fill(batch=backfill)
    ends = [scene.start(backfill) for backfill in backfills]
    assert all(end.wait() is not None for end in ends)
    assert len(scene.texts()) == total


def four_at_once(scene: Scene) -> None:
    """Four processes deliver the same keys; see test_processes.py for two, four and eight."""
    total = scene.fill()
    workers = [scene.start(run_id=f"run:{number}") for number in range(4)]
    told = [one.wait() for one in workers]
    assert [one and one.states for one in told] == [{"sent": total}] * 4, told


def connection_terminated(scene: Scene) -> None:
    """The database ends all connections, again and again."""
    total = scene.fill()
    worker = scene.start()
    for share in (1, 2, 3):
        scene.until_accepted(share * 4)
        scene.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    told = worker.wait()
    assert told is not None
    assert told.states == {"sent": total}, told


def database_restarted(scene: Scene) -> None:
    """PostgreSQL is stopped half-way and comes back."""
    total = scene.fill()
    worker = scene.start()
    scene.until_accepted(scene.rng.randint(3, 8))
    directory = scene.databases.server.server.pgdata
    scene.databases.server.stop()
    scene.databases.server = postgres.start(directory)
    # A database that is away for longer than half a minute is left to Airflow's retries.
    assert worker.wait() is not None
    assert scene.finish() == {"sent": total}


def taken_over_inside_the_minute(scene: Scene) -> None:
    """Killed after fifteen of twenty-four messages to a group: the next process knows what the minute still allows."""
    # Fast enough for the twenty-first to come before the minute is over, unless somebody remembers: the next process
    # begins when the dead one's turn has lapsed.
    gap = {"chat_gap_seconds": 1.25 * scene.pace.time_scale}
    scene.settings = scene.settings.model_copy(update={"limits": scene.settings.limits.model_copy(update=gap)})
    scene.store(*(report(number, "reports") for number in range(1, 25)))
    scene.halted("noted", 15)
    assert scene.finish(run_id="other") == {"sent": 24}


ROWS = (
    Row("killed before the request", killed_before_the_request),
    Row("killed after the answer, before the note", killed_after_the_answer),
    Row("killed after the note", killed_after_the_note),
    Row("killed while Telegram has it and has not answered", killed_between),
    Row("killed twice at moments of no one's choice", killed_again_and_again),
    Row("paused with a claim, longer than the lease", paused_with_a_claim),
    Row("paused with a refusal in hand, longer than the lease", paused_after_a_refusal),
    Row("paused with the answer in hand, longer than the lease", paused_after_the_answer),
    Row("paused inside a claim's transaction", paused_inside_a_transaction),
    Row("paused inside a note's transaction", paused_inside_a_note),
    Row("two tries of the same task alive", two_tries_at_once),
    Row("cleared under way, then backfilled twice at once", cleared_and_backfilled),
    Row("four deliveries of the same keys at once", four_at_once),
    Row("another process takes over inside the same minute", taken_over_inside_the_minute),
    Row("database connections terminated three times", connection_terminated),
    Row("PostgreSQL restarted half-way", database_restarted, is_alone=True),
)
