"""The whole demo, twice, as a person starts it; run by `make test-demo` because it takes minutes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
STARTED_SECONDS = 300.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def demo(tmp_path):
    """Return a function that starts the demo on ports of its own, its data in ``tmp_path``."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("TELEGRAM_")}
    ports = {"AIRFLOW_PORT": str(free_port()), "CHAT_PORT": str(free_port())}
    environment = {**outside, **ports, "DEMO_DIRECTORY": str(tmp_path)}

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "local.demo", *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    return start


def read_until(started: subprocess.Popen[str], words: str) -> tuple[str, float]:
    """Print what the demo prints until it says these words; return the text and how many seconds that took."""
    started_at = time.monotonic()
    lines = []
    assert started.stdout
    for line in started.stdout:
        sys.stdout.write(line)
        lines.append(line)
        if words in line:
            return "".join(lines), time.monotonic() - started_at
    raise AssertionError(f"the demo ended without saying {words!r}:\n{''.join(lines)}")


def processes_of(directory: Path) -> list[str]:
    """Return the command lines that have to do with this demo's data."""
    found = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [" ".join(words) for words in found if any(str(directory) in word for word in words)]


def open_to_others(directory: Path) -> list[str]:
    """Return the files and folders that anybody but their owner may read, list or write."""
    found = [directory, *directory.rglob("*")]
    assert len(found) > 100
    return [str(path) for path in found if not path.is_symlink() and path.stat().st_mode & 0o066]


def test_it_starts_sends_stops_and_starts_again_faster_with_the_same_data(demo, tmp_path):
    before = {process.pid for process in psutil.process_iter() if "airflow" in process.name()}
    first = demo()
    _, first_seconds = read_until(first, "Ctrl-C stops everything")
    assert processes_of(tmp_path)

    first.send_signal(signal.SIGINT)
    rest, _ = first.communicate(timeout=60)

    assert first.returncode == 0, rest
    assert processes_of(tmp_path) == []
    assert {process.pid for process in psutil.process_iter() if "airflow" in process.name()} <= before

    second = demo()
    _, second_seconds = read_until(second, "Ctrl-C stops everything")
    second.kill()
    second.wait()
    assert processes_of(tmp_path)

    third = demo("--once")
    read_until(third, "an earlier start left behind")
    output, _ = third.communicate(timeout=STARTED_SECONDS)

    assert third.returncode == 0, output
    assert open_to_others(tmp_path) == []
    assert processes_of(tmp_path) == []
    assert second_seconds < first_seconds
    sys.stdout.write(f"first start {first_seconds:.0f} s, second start {second_seconds:.0f} s\n")
