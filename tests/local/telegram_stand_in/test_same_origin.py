"""A foreign page, a foreign name for this machine and another machine can neither change nor read anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from local.telegram_stand_in.application import application
from local.telegram_stand_in.connections import Wires
from local.telegram_stand_in.running import prepare
from tests.local.telegram_stand_in.conftest import GROUP, HTTP, TOKEN

if TYPE_CHECKING:
    from local.telegram_stand_in import StandIn

FORBIDDEN = 403
JSON = {"Content-Type": "application/json"}
WRITE = f'{{"text": "чужое", "chat_id": {GROUP}}}'.encode()


def write(stand_in: StandIn, **headers: str) -> httpx.Response:
    return HTTP.post(f"{stand_in.url}/control/chats/{GROUP}/incoming", content=WRITE, headers=headers)


def test_the_own_page_and_a_test_may_write(stand_in: StandIn) -> None:
    port = stand_in.url.rpartition(":")[2]
    assert write(stand_in, **JSON).status_code == 200
    assert write(stand_in, **JSON, **{"Origin": stand_in.url, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert write(stand_in, **JSON, Host=f"localhost:{port}", Origin=f"http://localhost:{port}").status_code == 200
    assert len(stand_in.messages()) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {**JSON, "Origin": "https://evil.example"},
        {**JSON, "Origin": "null"},
        {**JSON, "Origin": "http://127.0.0.1:8080"},
        {**JSON, "Sec-Fetch-Site": "cross-site"},
        {**JSON, "Sec-Fetch-Site": "same-site"},
        {**JSON, "Host": "evil.example"},
        {**JSON, "Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
        {**JSON, "Host": "127.0.0.1.evil.example"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {},
    ],
)
def test_what_a_foreign_page_could_send_is_refused(stand_in: StandIn, headers: dict[str, str]) -> None:
    answer = write(stand_in, **headers)
    assert answer.status_code == FORBIDDEN
    assert answer.json()["error"]
    assert stand_in.messages() == []


@pytest.mark.parametrize("path", ["/control/messages", "/page/news", "/page/files/x"])
def test_a_name_made_to_point_here_reads_nothing(stand_in: StandIn, path: str) -> None:
    assert HTTP.get(stand_in.url + path, headers={"Host": "rebound.example"}).status_code == FORBIDDEN


def test_a_foreign_page_cannot_speak_through_the_known_token_of_the_demo(stand_in: StandIn) -> None:
    address = f"{stand_in.base_url}{TOKEN}/sendMessage"
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert HTTP.post(address, data={"chat_id": GROUP, "text": "x"}, headers=headers).status_code == FORBIDDEN
    assert stand_in.messages() == []
    assert HTTP.post(address, data={"chat_id": GROUP, "text": "x"}, headers={"Host": "telegram"}).json()["ok"]


def test_the_page_itself_opens_from_anywhere(stand_in: StandIn) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert HTTP.get(stand_in.url, headers=followed).status_code == 200


def test_another_machine_is_answered_by_the_bot_api_alone() -> None:
    transport = httpx.ASGITransport(application(prepare(tokens=[TOKEN]), Wires()), client=("192.0.2.7", 4711))

    async def ask() -> list[int]:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as neighbour:
            paths = ("/control/messages", "/page/news", f"/bot{TOKEN}/getMe")
            return [(await neighbour.get(path)).status_code for path in paths]

    assert asyncio.run(ask()) == [FORBIDDEN, FORBIDDEN, 200]
