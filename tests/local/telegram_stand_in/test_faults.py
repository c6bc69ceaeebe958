"""Planned faults hit the calls they name, before or after the message is kept, and nothing else."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from telegram.error import NetworkError, RetryAfter, TimedOut

from local.telegram_stand_in.control_client import NO_TLS
from tests.local.telegram_stand_in.conftest import GROUP, HTTP, PERSON, TOKEN, with_bot

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Bot

    from local.telegram_stand_in import StandIn


def send(stand_in: StandIn, text: str = "Готов", chat_id: int = GROUP) -> httpx.Response:
    """Send over a connection of its own."""
    with httpx.Client(trust_env=False, timeout=1, verify=NO_TLS) as client:
        return client.post(f"{stand_in.base_url}{TOKEN}/sendMessage", json={"chat_id": chat_id, "text": text})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", httpx.ReadError),
        ("close", httpx.RemoteProtocolError),
        ("hang", httpx.ReadTimeout),
        ("truncated", httpx.RemoteProtocolError),
    ],
)
def test_a_connection_breaks_and_the_message_is_there_only_if_it_broke_afterwards(
    stand_in: StandIn, when: str, kind: str, error: type[Exception]
) -> None:
    stand_in.plan_fault(kind, when, times=1)
    with pytest.raises(error):
        send(stand_in)
    assert len(stand_in.messages()) == (when == "after")
    assert send(stand_in, "ещё").json()["ok"]
    if kind != "hang":
        logged = stand_in.requests()[0]
        assert (logged["verdict"], logged["fault"], logged["is_sent"]) == ("fault", f"{when} {kind}", when == "after")


def test_a_reset_is_a_reset_on_the_wire(stand_in: StandIn) -> None:
    stand_in.plan_fault("reset", times=1)
    host, port = stand_in.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(f"GET /bot{TOKEN}/getMe HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_refused_connection_is_closed_before_anything_is_read(stand_in: StandIn) -> None:
    stand_in.plan_fault("refuse", times=2)
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            send(stand_in)
    assert send(stand_in).json()["ok"]
    assert len(stand_in.requests()) == 1


@pytest.mark.parametrize(
    ("described", "status", "body"),
    [
        ({"kind": "status", "status": 500}, 500, "<html>"),
        ({"kind": "status", "status": 504}, 504, "<html>"),
        ({"kind": "garbage"}, 200, "\x1f"),
        ({"kind": "not_ok"}, 200, '{"ok":false}'),
        ({"kind": "flood"}, 429, '{"ok":false,"error_code":429,"description":"Too Many Requests"}'),
        (
            {"kind": "flood", "retry_after": 86400},
            429,
            '{"ok":false,"error_code":429,"description":"Too Many Requests: ',
        ),
    ],
)
def test_a_spoilt_answer(stand_in: StandIn, described: dict[str, Any], status: int, body: str) -> None:
    stand_in.plan_fault(**described)
    answer = send(stand_in)
    assert answer.status_code == status
    assert answer.text.startswith(body)
    assert stand_in.messages() == []


def test_a_slow_answer_comes_late_but_true(stand_in: StandIn) -> None:
    stand_in.plan_fault("slow", seconds=0.3)
    started = time.monotonic()
    assert send(stand_in).json()["ok"]
    assert time.monotonic() - started >= 0.3
    assert len(stand_in.messages()) == 1
    assert send(stand_in, "").json()["description"] == "Bad Request: message text is empty"


@pytest.mark.parametrize(
    ("filters", "hit"),
    [
        ({"text": "Северный"}, [1, 3]),
        ({"chat_id": PERSON}, [2, 3]),
        ({"method": "sendmessage", "times": 2}, [0, 1]),
        ({"every": 2}, [1, 3]),
        ({"method": "getMe"}, []),
        ({"share": 0.0}, []),
    ],
)
def test_a_fault_hits_only_what_it_names(stand_in: StandIn, filters: dict[str, Any], hit: list[int]) -> None:
    stand_in.plan_fault("not_ok", "after", **filters)
    calls = [("Центральный", GROUP), ("Северный", GROUP), ("Центральный", PERSON), ("Северный", PERSON)]
    answers = [send(stand_in, text, chat_id).json()["ok"] for text, chat_id in calls]
    assert [number for number, ok in enumerate(answers) if not ok] == hit
    assert len(stand_in.messages()) == len(calls)
    assert stand_in.faults()[0]["hit"] == len(hit)


def test_a_share_hits_the_same_calls_for_the_same_seed(stand_in: StandIn) -> None:
    def hits() -> list[bool]:
        stand_in.clear_faults()
        stand_in.plan_fault("not_ok", share=0.3, seed=5)
        return [not send(stand_in).json()["ok"] for _ in range(40)]

    first = hits()
    assert first == hits()
    assert 4 < sum(first) < 20


def test_a_fault_after_acceptance_does_not_count_a_refused_call(stand_in: StandIn) -> None:
    stand_in.plan_fault("reset", "after", times=1)
    assert send(stand_in, "").status_code == 400
    with pytest.raises(httpx.ReadError):
        send(stand_in)


@pytest.mark.parametrize("wrong", [{"kind": "fire"}, {"when": "during"}, {"share": 2}, {"colour": "red"}])
def test_a_fault_that_makes_no_sense_is_not_planned(stand_in: StandIn, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Error: "):
        stand_in.plan_fault(**({"kind": "reset"} | wrong))
    assert stand_in.faults() == []


def test_python_telegram_bot_meets_the_faults_as_its_own_errors(stand_in: StandIn) -> None:
    async def errors(bot: Bot) -> list[Exception]:
        met: list[Exception] = []
        for kind in ("reset", "hang", "status", "flood"):
            stand_in.plan_fault(kind, times=1, status=502, retry_after=7)
            try:
                await bot.send_message(GROUP, "Готов", read_timeout=0.3)
            except (NetworkError, RetryAfter) as error:
                met.append(error)
        return met

    reset, hang, status, flood = with_bot(stand_in, errors)
    assert type(reset) is NetworkError
    assert isinstance(hang, TimedOut)
    assert "502" in str(status)
    assert isinstance(flood, RetryAfter)
    assert stand_in.messages() == []


def test_the_control_api_says_what_is_wrong(stand_in: StandIn) -> None:
    tries: dict[str, Callable[[], object]] = {
        "there is no such chat": lambda: stand_in.kick(-404),
        "a private chat has a positive number": lambda: stand_in.create_chat(5, "Ольга", "group"),
        "status is one of": lambda: stand_in.set_status(GROUP, "asleep"),
        "a token is a number": lambda: stand_in.add_token("nonsense"),
        "the message has no such button": lambda: stand_in.press(GROUP, send(stand_in).json()["result"]["message_id"]),
        "there is no such message": lambda: stand_in.press(GROUP, 404),
        "invalid literal": lambda: stand_in.set_bot_api_version("newest"),
    }
    for reason, attempt in tries.items():
        with pytest.raises(ValueError, match=reason):
            attempt()
    assert HTTP.get(f"{stand_in.url}/control/nothing").status_code == 404
