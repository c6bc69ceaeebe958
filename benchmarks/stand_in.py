"""The Telegram stand-in in a process of its own, so that its work is not the measured process's."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from benchmarks.fresh_process import command, environment
from local.telegram_stand_in import ControlClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOKEN = "42:TEST"  # noqa: S105 - opens nothing but the stand-in
START_SECONDS = 30.0


@contextmanager
def stand_in(chat_ids: Iterable[int], *, limits: bool) -> Iterator[ControlClient]:
    """Run a stand-in that knows these chats, with Telegram's limits or without."""
    port = _free_port()
    more = [] if limits else ["--no-limits"]
    words = command("local.telegram_stand_in", "--port", str(port), "--token", TOKEN, *more)
    process = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL)
    client = ControlClient(f"http://127.0.0.1:{port}")
    try:
        _wait(client)
        for chat_id in chat_ids:
            client.create_chat(chat_id, f"Чат {chat_id}")
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait()


def _wait(client: ControlClient) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            client.chats()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
