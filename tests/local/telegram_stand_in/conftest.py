"""A running stand-in, and python-telegram-bot talking to it."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import telegram

from local.telegram_stand_in import StandIn
from local.telegram_stand_in.messenger import CURRENT_VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

TOKEN = "42:TEST"
OTHER_TOKEN = "43:OTHER"
GROUP = -100123
PERSON = 777
HTTP = httpx.Client(trust_env=False, timeout=30)


@pytest.fixture(scope="session")
def running() -> Iterator[StandIn]:
    """A stand-in that runs as long as the tests."""
    with StandIn(limits=False) as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(running: StandIn) -> StandIn:
    """A stand-in without limits, with a group and a person, in which nothing has happened yet."""
    running.clear()
    running.create_chat(GROUP, "Штаб")
    running.create_chat(PERSON, "Ольга")
    running.add_token(TOKEN)
    running.revoke_token(OTHER_TOKEN)
    running.set_bot_api_version(CURRENT_VERSION)
    return running


@pytest.fixture
def call(stand_in: StandIn) -> Callable[..., dict[str, Any]]:
    """Call a method of the Bot API with JSON and return the answer, right or wrong."""

    def called(method: str, *, token: str = TOKEN, **parameters: Any) -> dict[str, Any]:
        # Not httpx's own JSON: half a surrogate pair must get through to be refused.
        answer = HTTP.post(
            f"{stand_in.base_url}{token}/{method}",
            content=json.dumps(parameters),
            headers={"Content-Type": "application/json"},
        )
        body: dict[str, Any] = answer.json()
        assert answer.status_code == body.get("error_code", 200)
        return body

    return called


def png(width: int, height: int) -> bytes:
    """Return the beginning of a picture, as much as tells its size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIB", 13, b"IHDR", width, height, 8) + bytes(8)


def with_bot(stand_in: StandIn, work: Callable[[telegram.Bot], Awaitable[Any]]) -> Any:
    """Run something with python-telegram-bot's own client and return its result."""

    async def run() -> Any:
        async with telegram.Bot(TOKEN, base_url=stand_in.base_url) as bot:
            return await work(bot)

    return asyncio.run(run())
