"""Telegram's limits hold: per chat, per group's minute, per bot; what is refused says how long to wait."""

from __future__ import annotations

import itertools
import math
import time
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in import StandIn
from local.telegram_stand_in.limits import Limits, Rates
from tests.local.telegram_stand_in.conftest import GROUP, HTTP, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

BOT = 42


def accepted(sends: Iterable[tuple[float, int]], clock: pytest.MonkeyPatch, rates: Rates) -> list[int]:
    """Return the answers (0: accepted, else seconds to wait) of sends at given moments to given chats."""
    limits = Limits(rates)
    answers = []
    for moment, chat_id in sends:
        clock.setattr(time, "monotonic", lambda moment=moment: 1_000.0 + moment)
        answers.append(limits.wait_seconds(BOT, chat_id, is_group=chat_id < 0))
    return answers


def test_one_message_a_second_to_a_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    sends = [(0, PERSON), (0.5, PERSON), (0.9, PERSON), (1, PERSON), (2, PERSON)]
    assert accepted(sends, monkeypatch, Rates()) == [0, 1, 1, 0, 0]


def test_a_moment_too_early_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    assert accepted([(0, PERSON), (0.96, PERSON)], monkeypatch, Rates()) == [0, 0]


def test_twenty_messages_a_minute_to_a_group_and_the_next_at_sixty_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    sends = [(moment, GROUP) for moment in range(20)] + [
        (20, GROUP),
        (59, GROUP),
        (60, GROUP),
        (61, GROUP),
        (61, GROUP),
    ]
    answers = accepted(sends, monkeypatch, Rates())
    assert answers[:20] == [0] * 20
    assert answers[20:] == [40, 1, 0, 0, 1]


def test_a_person_has_no_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert accepted([(moment, PERSON) for moment in range(40)], monkeypatch, Rates()) == [0] * 40


def test_thirty_messages_a_second_for_a_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    sends = [(number / 100, PERSON + number) for number in range(31)] + [(1.0, PERSON + 40)]
    assert accepted(sends, monkeypatch, Rates()) == [0] * 30 + [1, 0]


def test_a_refused_message_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sends = [(0, PERSON), (0.3, PERSON), (0.6, PERSON), (1.0, PERSON)]
    assert accepted(sends, monkeypatch, Rates())[-1] == 0


def test_a_burst_passes_where_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    sends = [(0.1 * number, PERSON) for number in range(5)]
    assert accepted(sends, monkeypatch, Rates(burst=3)) == [0, 0, 0, 0, 1]


def send(stand_in: StandIn, method: str = "sendMessage", **parameters: Any) -> Any:
    body = {"chat_id": GROUP, "text": f"Готов {time.monotonic()}"} | parameters
    return HTTP.post(f"{stand_in.base_url}42:TEST/{method}", json=body)


def test_too_many_messages_are_refused_with_the_wait_in_body_and_header() -> None:
    with StandIn(chats={GROUP: "Штаб"}) as stand_in:
        assert send(stand_in).status_code == 200
        answer = send(stand_in)
        assert answer.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
        assert answer.headers["Retry-After"] == "1"
        assert len(stand_in.messages()) == 1
        assert [request["verdict"] for request in stand_in.requests()] == ["accepted", "refused"]


def test_edits_count_as_messages() -> None:
    with StandIn(chats={GROUP: "Штаб"}) as stand_in:
        sent = send(stand_in).json()["result"]["message_id"]
        assert send(stand_in, "editMessageText", message_id=sent).status_code == 429


def test_scaled_time_shrinks_the_windows() -> None:
    with StandIn(chats={GROUP: "Штаб"}, time_scale=0.05) as stand_in:
        started = time.monotonic()
        attempts = [send(stand_in) for _ in iter(lambda: len(stand_in.messages()) < 22, False)]
        waits = {answer.json()["parameters"]["retry_after"] for answer in attempts if answer.status_code == 429}
        assert time.monotonic() - started < 6
        arrived = sorted(message["accepted_at"] for message in stand_in.messages())
    assert waits <= {1, 2, 3}
    assert min(later - earlier for earlier, later in itertools.pairwise(arrived)) > 0.04
    assert arrived[20] - arrived[0] > (60 - 1) * 0.05
    assert math.ceil(arrived[20] - arrived[0]) < 6
