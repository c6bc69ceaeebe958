"""The stand-in as a program: its state survives a restart, it stops at once, it tells no token."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.telegram_stand_in import ControlClient, StandIn
from tests.local.telegram_stand_in.conftest import GROUP, HTTP

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SECRET = "secret-half-of-the-token"
TOKEN = f"42:{SECRET}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def program(port: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the program until it answers, and make sure that it ends."""
    command = [sys.executable, "-m", "local.telegram_stand_in", "--port", str(port), *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()


def post(port: int, method: str, **parameters: object) -> dict[str, object]:
    answer: dict[str, object] = HTTP.post(f"http://127.0.0.1:{port}/bot{TOKEN}/{method}", json=parameters).json()
    return answer


def updates(port: int) -> list[Any]:
    found: Any = post(port, "getUpdates")["result"]
    return list(found)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_in_the_middle_of_a_long_poll_and_a_planned_silence(ending: signal.Signals) -> None:
    port = free_port()
    with program(port, "--token", TOKEN, "--chat", f"{GROUP}=Штаб") as process:
        control = ControlClient(f"http://127.0.0.1:{port}")
        control.plan_fault("hang", method="getMe", seconds=60)
        with contextlib.ExitStack() as connections:
            for call in (f"/bot{TOKEN}/getUpdates?timeout=50", f"/bot{TOKEN}/getMe", "/page/news"):
                connection = connections.enter_context(socket.create_connection(("127.0.0.1", port)))
                connection.sendall(f"GET {call} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            time.sleep(0.3)
            started = time.monotonic()
            process.send_signal(ending)
            output, _ = process.communicate(timeout=10)
        assert time.monotonic() - started < 2
        control.close()
    assert SECRET not in output
    assert "Traceback" not in output


def test_its_state_survives_a_restart_even_a_sudden_one(tmp_path: Path) -> None:
    port = free_port()
    state = str(tmp_path / "state.sqlite")
    with program(port, "--state", state, "--token", TOKEN, "--chat", f"{GROUP}=Штаб", "--bot-api-version", "9.0"):
        assert post(port, "sendMessage", chat_id=GROUP, text="до")["ok"]
        control = ControlClient(f"http://127.0.0.1:{port}")
        control.write(GROUP, "/status")
        control.kick(GROUP)
        control.close()
    with program(port, "--state", state):
        control = ControlClient(f"http://127.0.0.1:{port}")
        assert [message["text"] for message in control.messages(GROUP)] == ["до", "/status"]
        assert post(port, "sendMessage", chat_id=GROUP, text="x")["error_code"] == 403
        control.admit(GROUP)
        sent = post(port, "sendMessage", chat_id=GROUP, text="после")["result"]
        assert isinstance(sent, dict)
        assert sent["message_id"] == 3
        assert len(control.requests("sendMessage")) == 3
        assert post(port, "sendRichMessage", chat_id=GROUP, rich_message={"html": "x"})["error_code"] == 404
        assert [set(update) - {"update_id"} for update in updates(port)] == [
            {"message"},
            {"my_chat_member"},
            {"my_chat_member"},
        ]
        control.close()


def test_without_arguments_it_knows_the_demos_bot_and_chat() -> None:
    from local.telegram_choice import STAND_IN_CHAT_ID, STAND_IN_TOKEN

    port = free_port()
    with program(port):
        address = f"http://127.0.0.1:{port}/bot{STAND_IN_TOKEN}/sendMessage"
        assert HTTP.post(address, json={"chat_id": STAND_IN_CHAT_ID, "text": "Готов"}).json()["ok"]


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "local.telegram_stand_in", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(
            [*command, "--state", str(tmp_path / "x")], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert ended.returncode != 0
    assert "already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_stand_in_inside_a_test_keeps_its_file_too(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with StandIn(state=state, chats={GROUP: "Штаб"}) as first:
        first.write(GROUP, "Привет")
    with StandIn(state=state) as second:
        assert [message["text"] for message in second.messages()] == ["Привет"]


def test_many_stand_ins_can_run_side_by_side() -> None:
    with StandIn(chats={GROUP: "Раз"}) as one, StandIn(chats={GROUP: "Два"}) as two:
        one.write(GROUP, "Привет")
        assert two.messages() == []
        assert one.url != two.url
