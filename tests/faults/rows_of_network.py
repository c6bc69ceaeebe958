"""Faults of the network and of Telegram's servers: before acceptance, after it, and floods."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from tests.faults.row import Row
from tests.faults.scene import CENTRE, DAY, NORTH, STAFF, report

if TYPE_CHECKING:
    from tests.faults.scene import Scene

DAY_SECONDS = 86400
SENDING = "sendMessage"


def never_reached(scene: Scene) -> None:
    """Refused, no such name, no answer to the connection: then Telegram is there again."""
    scene.fill(6)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}/bot", "http://telegram.invalid/bot"):
        told = scene.once(base_url=address)
        assert told is not None
        assert told.error == "PostponedError", told
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        with socket.create_connection(full.getsockname()):  # its only place is taken
            told = scene.once(base_url=f"http://127.0.0.1:{full.getsockname()[1]}/bot")
        assert told is not None
        assert told.error == "PostponedError", told
    assert scene.stand_in.requests() == []
    assert set(scene.states()) == {"stored"}
    assert scene.finish() == {"sent": 7}


def away_half_way(scene: Scene) -> None:
    """The server goes away in the middle and comes back: connections are refused meanwhile."""
    total = scene.fill(9)
    worker = scene.start()
    scene.until_accepted(scene.rng.randint(2, 5))
    scene.restart_telegram(scene.pace.backoff[0])
    told = worker.wait()
    assert told is not None
    assert scene.finish() == {"sent": total}


def broken_before(scene: Scene) -> None:
    """Connections break before anything is accepted; what that looks like from here may be unknown."""
    scene.fill()
    for kind in ("reset", "close", "refuse"):
        scene.stand_in.plan_fault(
            kind, method=SENDING if kind != "refuse" else None, share=0.15, seed=scene.rng.random(), times=4
        )
    scene.finish()


def lost_after(scene: Scene) -> int:
    """A third of the answers is lost after acceptance, in every way there is."""
    scene.fill()
    _lose_answers(scene)
    scene.finish()
    assert _lost_answers(scene) == 5
    return 5


def lost_after_and_held(scene: Scene) -> None:
    """The same for a notification that would rather miss a message than repeat it."""
    scene.fill()
    scene.change("update notifications.messages set unknown_policy = 'hold'")
    _lose_answers(scene)
    states = scene.finish()
    assert states["held"] == _lost_answers(scene) == 5


def _lose_answers(scene: Scene) -> None:
    ways: tuple[dict[str, Any], ...] = (
        {"kind": "reset"},
        {"kind": "hang", "seconds": 600},
        {"kind": "status", "status": 500},
        {"kind": "garbage"},
        {"kind": "truncated"},
    )
    for number, way in zip(scene.rng.sample(range(1, 16), len(ways)), ways, strict=True):
        scene.stand_in.plan_fault(**way, when="after", method=SENDING, text=f"№{number:04}.", times=1)


def _lost_answers(scene: Scene) -> int:
    return sum(call["is_sent"] and call["verdict"] == "fault" for call in scene.stand_in.requests(SENDING))


def gateway_errors(scene: Scene) -> None:
    """502, 503 and 504 in a burst."""
    scene.fill()
    for status in (502, 503, 504):
        scene.stand_in.plan_fault("status", method=SENDING, status=status, share=0.4, seed=scene.rng.random(), times=5)
    scene.finish()
    assert len([call for call in scene.stand_in.requests(SENDING) if call["verdict"] == "fault"]) >= 1


def flooded(scene: Scene) -> None:
    """429 on half of the sends, with and without parameters: nobody asks again before the time is over."""
    scene.fill(5)
    seed = scene.rng.random()
    scene.stand_in.plan_fault("flood", method=SENDING, share=0.3, seed=seed, retry_after=1)
    scene.stand_in.plan_fault("flood", method=SENDING, share=0.3, seed=seed + 1, retry_after=None)
    scene.stand_in.plan_fault("flood", method=SENDING, text="№0002.", retry_after=1, times=1)
    scene.finish()
    assert _refusals(scene) >= 1
    _assert_waited(scene, 1)


def flooded_for_a_day(scene: Scene) -> None:
    """One chat must be left alone for a day: the others and the summary are not, and no process waits."""
    scene.settings = scene.settings.model_copy(update={"summary_wait_minutes": 0.5 / 60})
    scene.fill()
    scene.stand_in.plan_fault("flood", method=SENDING, chat_id=NORTH, retry_after=DAY_SECONDS, times=1)
    told = scene.once()
    for _ in range(2):  # the triggerer may come early, and tasks may be cleared: the chat is left alone
        assert told is not None
        assert told.error == "PostponedError", told
        assert told.seconds is not None
        time.sleep(min(told.seconds, 0.6))
        told = scene.once()
    assert told is not None
    assert told.seconds is not None
    assert abs(told.seconds - DAY_SECONDS) < 600, told
    assert len([call for call in scene.stand_in.requests(SENDING) if call["chat_id"] == NORTH]) == 1
    assert len(scene.texts(CENTRE)) == 5
    assert "Не доставлены отчёты: Филиал" in scene.texts(STAFF)[0]
    scene.change("update notifications.chats set blocked_until = clock_timestamp()")  # the day is over
    scene.finish()
    assert scene.states() == ["sent"] * 16


def _refusals(scene: Scene) -> int:
    return sum(call["status"] == 429 for call in scene.stand_in.requests(SENDING))


def _assert_waited(scene: Scene, seconds: float) -> None:
    """No request to a chat before its wait is over."""
    blocked_until: dict[int, float] = {}
    for call in sorted(scene.stand_in.requests(SENDING), key=lambda one: one["arrived_at"]):
        assert call["arrived_at"] >= blocked_until.get(call["chat_id"], 0.0) - 0.02, call
        if call["status"] == 429:
            blocked_until[call["chat_id"]] = call["arrived_at"] + seconds


def timed_out_and_settled(scene: Scene) -> int:
    """The answer is late, beyond the read timeout: the message is there, and its copy says what it may be."""
    scene.store(report(1, "reports"), report(2, "reports"))
    scene.stand_in.plan_fault(
        "slow", when="after", method=SENDING, text="№0001.", seconds=scene.pace.read * 1.5, times=1
    )
    assert scene.finish(DAY) == {"sent": 2}
    assert scene.texts(STAFF)[1].startswith("Возможный повтор")
    return 1


ROWS = (
    Row("refused, no such name, no connection: Telegram is away at the start", never_reached),
    Row("Telegram goes away half-way and comes back", away_half_way),
    Row("reset, closed, refused before acceptance", broken_before),
    Row("answers lost after acceptance on a third of the sends: resend", lost_after),
    Row("answers lost after acceptance on a third of the sends: hold", lost_after_and_held),
    Row("an answer later than the read timeout", timed_out_and_settled),
    Row("burst of 502, 503, 504", gateway_errors),
    Row("429 on half of the sends, with and without parameters", flooded),
    Row("429 with a retry_after of a day", flooded_for_a_day, is_ordered=False),
)
