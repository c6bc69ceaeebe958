"""Where Telegram cannot be reached directly: SOCKS, HTTP and reverse proxies with logins, which stand nowhere."""

from __future__ import annotations

import asyncio
import base64
import logging
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pproxy
import pytest

from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.address import BotAddress
from sancrm_notifications.delivery import attempt
from sancrm_notifications.delivery.errors import PostponedError
from tests.delivery.test_addresses import ConnectedDesk, Proxy
from tests.desk import TOKEN, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    from local.telegram_stand_in import StandIn

LOGIN, PASSWORD = "courier", "p@ss/w:rd"
TYPED = "courier:p%40ss%2Fw%3Ard"
NOWHERE = "http://telegram.invalid/bot"


@pytest.fixture
def desk(ledger: str, stand_in: StandIn) -> ConnectedDesk:
    """Return a ledger and a chat, resolved from a connection."""
    return ConnectedDesk(ledger, stand_in)


@pytest.fixture(autouse=True)
def _no_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "_BACKOFF_SECONDS", (0.02, 0.02, 0.02))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Way:
    """A proxy that is running: its address and what it let through or turned away."""

    def __init__(self, port: int, seen: list[str]) -> None:
        self.port = port
        self.seen = seen

    def address(self, scheme: str, login: str = "") -> str:
        """Return how a connection names it."""
        return f"{scheme}://{login}{'@' if login else ''}127.0.0.1:{self.port}"


@asynccontextmanager
async def proxy(kind: str, *, login: bool, server: str) -> AsyncIterator[Way]:
    """Run a real proxy that brings everything to one server, whatever it is asked for."""
    seen: list[str] = []
    auth = f"#{LOGIN}:{PASSWORD}" if login else ""
    target = urlsplit(server)

    def arrive(host: str, port: int, *_: object) -> Awaitable[object]:
        """Open a connection to the stand-in, in place of the whole internet."""
        seen.append(f"to {host}:{port}")
        return asyncio.open_connection(target.hostname, target.port)

    way_on = pproxy.server.ProxyDirect()
    way_on.wait_open_connection = arrive
    running = await pproxy.Server(f"{kind}://127.0.0.1:0{auth}").start_server(
        {"rserver": [way_on], "verbose": seen.append, "authtime": -1}
    )
    try:
        yield Way(running.sockets[0].getsockname()[1], seen)
    finally:
        running.close()


@contextmanager
def proxy_beside(kind: str, *, login: bool, server: str) -> Iterator[Way]:
    """Run the same in a thread, for what has event loops of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = proxy(kind, login=login, server=server)
    try:
        yield asyncio.run_coroutine_threadsafe(running.__aenter__(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(running.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "http"])
@pytest.mark.parametrize("login", [True, False])
def test_messages_go_through_a_proxy_with_and_without_a_login(desk: ConnectedDesk, scheme: str, *, login: bool) -> None:
    desk.store(report("branch:1", "Первый"), report("network", "Сводка"))

    async def through() -> dict[str, int]:
        async with proxy(scheme.removesuffix("h"), login=login, server=desk.stand_in.base_url) as way:
            desk.extra = {"base_url": NOWHERE, "proxy": way.address(scheme, TYPED if login else "")}
            states = await desk.delivering()
            assert [line for line in way.seen if line == "to telegram.invalid:80"]
            return states

    assert asyncio.run(through()) == {"sent": 2}
    assert desk.texts() == ["Первый", "Сводка"]


@pytest.mark.parametrize("login", ["", "courier:wrong"])
@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_a_wrong_login_of_a_proxy_is_no_fault_of_chat_or_token(desk: ConnectedDesk, scheme: str, login: str) -> None:
    desk.store(report("network", "Сводка"))

    async def through() -> None:
        async with proxy(scheme, login=True, server=desk.stand_in.base_url) as way:
            desk.extra = {"base_url": NOWHERE, "proxy": way.address(scheme, login)}
            with pytest.raises(PostponedError, match="Telegram cannot be reached: ") as raised:
                await desk.delivering()
            assert "wrong" not in str(raised.value).removesuffix("its login is wrong")

    asyncio.run(through())
    assert set(desk.states().values()) == {"stored"}


def test_a_proxy_of_all_protocols_in_the_environment_is_used(
    desk: ConnectedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.store(report("network", "Сводка"))

    async def through() -> None:
        async with proxy("socks5", login=True, server=desk.stand_in.base_url) as way:
            monkeypatch.setenv("ALL_PROXY", way.address("socks5", TYPED))
            desk.extra = {"base_url": NOWHERE}
            assert await desk.delivering() == {"sent": 1}
            assert way.seen

    asyncio.run(through())


def test_the_connections_own_proxy_goes_before_that_of_the_environment(
    desk: ConnectedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    desk.store(report("network", "Сводка"))

    async def through() -> None:
        async with proxy("socks5", login=False, server=desk.stand_in.base_url) as way:
            desk.extra = {"base_url": NOWHERE, "proxy": way.address("socks5")}
            assert await desk.delivering() == {"sent": 1}

    asyncio.run(through())


@pytest.mark.parametrize("written", ["socks://courier:secret@127.0.0.1:9", "socks4://127.0.0.1", "ftp://127.0.0.1"])
def test_a_proxy_in_the_environment_that_cannot_be_used_is_one_sentence(
    desk: ConnectedDesk, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", written)
    desk.store(report("network", "Сводка"))
    desk.extra = {"base_url": NOWHERE}

    with pytest.raises(DestinationError, match=r"proxy in the environment .*ALL_PROXY.* must be http://") as raised:
        desk.deliver()
    assert "secret" not in str(raised.value)


class ReverseProxy(Proxy):
    """A web server that passes what stands below a path on to Telegram, for those who know its login."""

    def __init__(self, server: str) -> None:
        super().__init__(server)
        self.refused = 0

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *headers = head.decode().split("\r\n")
        verb, path, version = first.split()
        length = next((int(line.split(":")[1]) for line in headers if line.lower().startswith("content-length")), 0)
        body = await reader.readexactly(length)
        known = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
        if f"authorization: basic {known}".lower() not in [line.lower() for line in headers]:
            self.refused += 1
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>")
            writer.close()
            return
        self.asked.append(path)
        upstream_reader, upstream = await asyncio.open_connection(self.server.hostname, self.server.port)
        kept = [line for line in headers if line and not line.lower().startswith(("connection", "authorization"))]
        lines = [f"{verb} {path.removeprefix('/telegram')} {version}", *kept, "Connection: close", "", ""]
        upstream.write("\r\n".join(lines).encode() + body)
        writer.write(await upstream_reader.read())
        for each in (writer, upstream):
            await each.drain()
            each.close()


def test_a_reverse_proxy_with_a_login_and_a_path_in_its_address(
    desk: ConnectedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reverse = ReverseProxy(desk.stand_in.base_url)
    desk.store(report("network", "Сводка", rich_html="<p>Сводка</p>"), report("branch:1", "Отчёт"))
    desk.stand_in.plan_fault("error", method="sendRichMessage", status=404, description="Not Found", times=1)

    async def through(address: str) -> None:
        port = urlsplit(address).port
        desk.extra = {"base_url": f"http://{TYPED}@127.0.0.1:{port}/telegram/bot"}
        assert await desk.delivering() == {"sent": 2}
        assert desk.rows("select base_url from notifications.servers") == [{"base_url": f"127.0.0.1:{port}"}]

    asyncio.run(reverse.serve(through))

    assert reverse.refused == 0
    assert f"/telegram/bot{TOKEN}/sendMessage" in reverse.asked
    assert desk.texts() == ["Сводка", "Отчёт"]
    assert_nowhere(desk, caplog.text)


def test_a_wrong_login_of_a_reverse_proxy_is_not_the_tokens_fault(
    desk: ConnectedDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reverse = ReverseProxy(desk.stand_in.base_url)
    desk.store(report("network", "Сводка"))

    async def through(address: str) -> None:
        desk.extra = {"base_url": f"{address.replace('//', '//courier:p%40ss-old@')}/telegram/bot"}
        with pytest.raises(PostponedError, match="HTTP 401, and no answer of the Bot API") as raised:
            await desk.delivering()
        assert "old" not in str(raised.value)

    asyncio.run(reverse.serve(through))

    assert reverse.refused == 1
    assert set(desk.states().values()) == {"stored"}
    assert_nowhere(desk, caplog.text)


def assert_nowhere(desk: ConnectedDesk, logged: str) -> None:
    """Look for the password, as typed and as meant, in everything that is written down."""
    tables = [
        row["name"] for row in desk.rows("select tablename as name from pg_tables where schemaname = 'notifications'")
    ]
    assert "servers" in tables
    ledger = "".join(str(desk.rows(f"select t.*::text as said from notifications.{name} as t")) for name in tables)
    for secret in ("p@ss", "p%40ss", base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()):
        assert secret not in ledger
        assert secret not in logged


def test_an_address_shows_no_password_and_knows_what_to_mask() -> None:
    bot = BotAddress(TOKEN, f"https://{TYPED}@proxy.example/telegram/bot", "socks5://courier:other@127.0.0.1:1080")
    assert "ss" not in repr(bot).replace("BotAddress", "")
    assert "other" not in repr(bot)
    assert bot.server == "proxy.example"
    assert set(bot.secrets) == {TOKEN, "p%40ss%2Fw%3Ard", PASSWORD, "other"}
