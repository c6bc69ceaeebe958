"""What the Telegram connection says is what the request does: its topic, its proxy, its server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from sancrm_notifications.channels.telegram.address import Address
from sancrm_notifications.delivery.destinations import resolve
from sancrm_notifications.settings import BranchChat
from tests.desk import STAFF, TOKEN, Desk, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Any

FORUM = -1005


@dataclass
class Connection:
    """An Airflow connection of type ``telegram``."""

    host: str
    password: str
    extra_dejson: dict[str, object]
    conn_type: str = "telegram"
    login: str | None = None
    schema: str | None = None
    port: int | None = None


@dataclass
class ConnectedDesk(Desk):
    """A desk whose destinations are resolved from a connection, as the operator does it."""

    chat_id: int = STAFF
    extra: dict[str, object] = field(default_factory=dict)

    def address(self, destination: str, token: str | None = None) -> Address:  # noqa: ARG002 - the connection has one
        """Return where the connection says that a destination is."""
        extra = {"base_url": self.stand_in.base_url, **self.extra}
        default = Connection(str(self.chat_id), self.token, extra)
        found = resolve(destination, self.settings, {"telegram_default": default}.get)
        assert isinstance(found, Address)
        return found


@pytest.fixture
def desk(ledger: str, stand_in: Any) -> ConnectedDesk:
    """Return a ledger and a chat, resolved from a connection."""
    return ConnectedDesk(ledger, stand_in)


class Proxy:
    """A plain HTTP forward proxy: it notes what it is asked for and passes everything to one server."""

    def __init__(self, server: str) -> None:
        self.server = urlsplit(server)
        self.asked: list[str] = []

    async def serve(self, work: Callable[[str], Awaitable[object]]) -> None:
        """Run ``work`` with the proxy's address."""
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await work(f"http://127.0.0.1:{port}")

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        verb, address, version = (await reader.readline()).decode().split()
        self.asked.append(address)
        headers = [line async for line in _headers(reader)]
        length = next((int(line.split(b":")[1]) for line in headers if line.lower().startswith(b"content-length")), 0)
        body = await reader.readexactly(length)
        upstream_reader, upstream = await asyncio.open_connection(self.server.hostname, self.server.port)
        path = urlsplit(address).path
        kept = [line for line in headers if not line.lower().startswith((b"connection", b"proxy-"))]
        first_line = f"{verb} {path} {version}\r\n".encode()
        upstream.write(b"".join([first_line, *kept, b"Connection: close\r\n\r\n", body]))
        writer.write(await upstream_reader.read())
        for each in (writer, upstream):
            await each.drain()
            each.close()


async def _headers(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while (line := await reader.readline()) not in (b"\r\n", b""):
        yield line


def test_a_message_arrives_in_the_topic_of_the_connection(desk: ConnectedDesk) -> None:
    desk.stand_in.create_chat(FORUM, "Сеть", topics={5: "Отчёты"})
    desk.chat_id, desk.extra = FORUM, {"message_thread_id": "5"}
    desk.store(report("network", "Сводка", rich_html="<p>Сводка</p>"), report("branch:1", "Отчёт"))

    assert desk.deliver() == {"sent": 2}

    assert [message["message_thread_id"] for message in desk.stand_in.messages(FORUM)] == [5, 5]
    assert {row["message_thread_id"] for row in desk.rows("select message_thread_id from notifications.messages")} == {
        5
    }


def test_a_branchs_own_topic_is_beside_the_general_one(desk: ConnectedDesk) -> None:
    desk.stand_in.create_chat(FORUM, "Сеть", topics={7: "Центр"})
    desk.chat_id, desk.extra = FORUM, {"message_thread_id": 1}
    own = {7: BranchChat(chat_id=str(FORUM), message_thread_id=7)}
    desk.settings = desk.settings.model_copy(update={"branch_chats": own})
    desk.store(report("branch:7", "Центр", destination="branch:7"), report("network", "Сводка"))

    assert desk.deliver() == {"sent": 2}

    centre, summary = desk.stand_in.messages(FORUM)
    assert (centre["text"], centre["message_thread_id"]) == ("Центр", 7)
    assert (summary["text"], summary["message_thread_id"]) == ("Сводка", None)


def test_a_closed_topic_parks_and_a_reopened_one_delivers(desk: ConnectedDesk) -> None:
    desk.stand_in.create_chat(FORUM, "Сеть", topics={5: "Отчёты"})
    desk.stand_in.close_topic(FORUM, 5)
    desk.chat_id, desk.extra = FORUM, {"message_thread_id": 5}
    desk.store(report("branch:1", "Первый"), report("network", "Сводка"))

    assert desk.deliver() == {"parked": 2}
    assert "reopen the topic" in desk.rows("select reason from notifications.messages")[0]["reason"]

    desk.stand_in.reopen_topic(FORUM, 5)
    assert desk.deliver() == {"sent": 2}


def test_requests_go_through_the_proxy_of_the_connection(desk: ConnectedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    proxy = Proxy(desk.stand_in.base_url)
    desk.store(report("branch:1", "Первый"), report("network", "Сводка"))

    async def through(address: str) -> None:
        # A name that nobody can look up: only the proxy leads there.
        desk.extra = {"proxy": address, "base_url": "http://telegram.invalid/bot"}
        assert await desk.delivering() == {"sent": 2}

    asyncio.run(proxy.serve(through))

    base = f"http://telegram.invalid/bot{TOKEN}"
    assert proxy.asked == [f"{base}/getMe", f"{base}/sendMessage", f"{base}/sendMessage"]
    assert desk.texts() == ["Первый", "Сводка"]


@pytest.mark.parametrize("is_local", [True, False])
def test_the_proxy_of_the_environment_is_for_servers_outside_this_machine(
    desk: ConnectedDesk, monkeypatch: pytest.MonkeyPatch, *, is_local: bool
) -> None:
    proxy = Proxy(desk.stand_in.base_url)
    desk.store(report("network", "Сводка"))

    async def beside(address: str) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, address)
        if not is_local:
            desk.extra = {"base_url": "http://telegram.invalid/bot"}
        assert await desk.delivering() == {"sent": 1}

    asyncio.run(proxy.serve(beside))

    assert len(proxy.asked) == (0 if is_local else 2)
    assert desk.texts() == ["Сводка"]
