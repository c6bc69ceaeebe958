"""Commands for the demo run in its environment, while it is up; else a sentence says to start it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import in_demo

ROOT = Path(__file__).parents[2]
SHOW = [sys.executable, "-c", "import os; print(os.environ['AIRFLOW_API_URL'], os.environ['AIRFLOW_API_USER'])"]


def run(demo: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.in_demo", *command],
        cwd=ROOT,
        env={**os.environ, "DEMO_DIRECTORY": str(demo)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def airflow(tmp_path):
    """Yield a socket that listens where a demo in ``tmp_path`` says that its Airflow is."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        in_demo.remember(tmp_path, {"PYTHONPATH": "plugins"}, url)
        yield listening


def test_a_command_sees_the_demos_airflow(airflow, tmp_path):
    done = run(tmp_path, *SHOW)
    assert done.stdout == f"http://127.0.0.1:{airflow.getsockname()[1]} admin\n", done.stderr


@pytest.mark.usefixtures("airflow")
def test_a_command_speaks_through_the_real_bot_that_the_demo_was_started_with(tmp_path, monkeypatch):
    show = [sys.executable, "-c", "import os; print(os.environ.get('AIRFLOW_CONN_TELEGRAM_DEFAULT'))"]
    assert run(tmp_path, *show).stdout == "None\n"
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f"123456789:{'x' * 35}")
    assert "error: TELEGRAM_BOT_TOKEN is set and TELEGRAM_CHAT_ID is not" in run(tmp_path, *show).stderr
    monkeypatch.setenv("TELEGRAM_CHAT_ID", "-1001234567890")
    assert '"host": "-1001234567890"' in run(tmp_path, *show).stdout


def test_a_demo_that_was_stopped_is_to_be_started(airflow, tmp_path):
    airflow.close()
    done = run(tmp_path, *SHOW)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: the demo is not up: run `make demo` in another terminal")


def test_a_demo_that_never_ran_is_to_be_started(tmp_path):
    done = run(tmp_path, *SHOW)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: the demo has not been started here yet: run `make demo` first.\n"
