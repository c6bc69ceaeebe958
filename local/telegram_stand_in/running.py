"""Starts and stops the stand-in: inside a test, or as a program."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from local.telegram_stand_in.application import application
from local.telegram_stand_in.chats import new_chat
from local.telegram_stand_in.connections import Wires
from local.telegram_stand_in.control.plans import add_token
from local.telegram_stand_in.control_client import ControlClient
from local.telegram_stand_in.limits import Limits, Rates
from local.telegram_stand_in.messenger import Messenger
from local.telegram_stand_in.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

GOODBYE_SECONDS = 2
KEPT_OPEN_SECONDS = 600


class Server(uvicorn.Server):
    """uvicorn, which ends long polls and planned silences before it shuts down."""

    def __init__(self, messenger: Messenger, host: str, port: int) -> None:
        wires = Wires()
        super().__init__(
            uvicorn.Config(
                application(messenger, wires),
                host=host,
                port=port,
                http=wires.protocol(messenger.faults),
                ws="none",
                lifespan="off",
                timeout_keep_alive=KEPT_OPEN_SECONDS,
                access_log=False,  # the address of a call holds the bot's token
                log_level="warning",
                timeout_graceful_shutdown=GOODBYE_SECONDS,
            )
        )
        self.messenger = messenger

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell those who wait that nothing more will come, then stop."""
        self.messenger.stopping.set()
        async with self.messenger.news:
            self.messenger.news.notify_all()
        await super().shutdown(sockets)


def prepare(
    state: Path | None = None,
    *,
    chats: Mapping[int, str] | None = None,
    tokens: Iterable[str] = (),
    rates: Rates | None = None,
    bot_api_version: str | None = None,
) -> Messenger:
    """Return a messenger with its chats and tokens; those it remembers are left as they are."""
    messenger = Messenger(Store(state), Limits(rates or Rates()))
    for chat_id, title in (chats or {}).items():
        if messenger.store.chat(chat_id) is None:
            messenger.store.save_chat(new_chat(chat_id, title))
    for token in tokens:
        add_token(messenger, token)
    if bot_api_version is not None:
        messenger.store.set("bot_api_version", bot_api_version)
    return messenger


class StandIn(ControlClient):
    """A stand-in in a thread of this process, on a free port, for the length of a ``with``.

    with StandIn(chats={-100123: "Штаб"}, tokens={"42:TEST"}) as stand_in:
        bot = telegram.Bot("42:TEST", base_url=stand_in.base_url)

    ``limits=False`` lets everything through; ``rates`` are further fields of ``limits.Rates``.
    """

    def __init__(
        self,
        *,
        chats: Mapping[int, str] | None = None,
        tokens: Iterable[str] = ("42:TEST",),
        state: Path | None = None,
        time_scale: float = 1.0,
        limits: bool = True,
        bot_api_version: str | None = None,
        port: int = 0,
        **rates: Any,
    ) -> None:
        enforced = Rates(time_scale=time_scale, enforced=limits, **rates)
        messenger = prepare(state, chats=chats, tokens=tokens, rates=enforced, bot_api_version=bot_api_version)
        self._socket = socket.create_server(("127.0.0.1", port))
        self._server = Server(messenger, "127.0.0.1", port)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        super().__init__(f"http://127.0.0.1:{self._socket.getsockname()[1]}")

    def __enter__(self) -> Self:
        self._thread.start()
        self.chats()  # answered as soon as the loop runs: the socket listens already
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the server as SIGTERM would; what it remembers stays in its file."""
        self.close()
        self._server.should_exit = True
        self._thread.join(GOODBYE_SECONDS * 3)
        self._socket.close()
        self._server.messenger.store.close()
