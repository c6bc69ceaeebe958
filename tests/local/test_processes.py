"""Child processes: nothing that was started is left behind, however the supervisor ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from local.demo_error import DemoError
from local.only_one import only_one
from local.processes import ChildDiedError, Processes

if TYPE_CHECKING:
    from pathlib import Path

# A parent with a child in a process group of its own, as Airflow's tasks are; it writes their process ids.
FAMILY = """
import os, sys, time
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    time.sleep(600)
print(os.getpid(), child, flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
SUPERVISOR = """
import os, pathlib, sys, time
from local.processes import Processes
directory = pathlib.Path(sys.argv[1])
Processes(directory, directory).start("family", [sys.executable, "-c", sys.argv[2]], os.environ)
print("registered", flush=True)
time.sleep(600)
"""


@pytest.fixture
def processes(tmp_path):
    started = Processes(tmp_path, tmp_path)
    yield started
    started.stop()


def first_line(log: Path) -> str:
    """Return what the process has printed first, waiting for it."""
    deadline = time.monotonic() + 30
    while not (log.exists() and "\n" in log.read_text()):
        assert time.monotonic() < deadline, f"{log} stayed empty"
        time.sleep(0.02)
    return log.read_text().splitlines()[0]


def alive(process_ids: list[int]) -> list[int]:
    """Return which of these processes still run."""
    return [
        process_id
        for process_id in process_ids
        if psutil.pid_exists(process_id) and psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    ]


def test_stopping_reaches_grandchildren_in_groups_of_their_own(processes, tmp_path):
    processes.start("family", [sys.executable, "-c", FAMILY], os.environ)
    family = list(map(int, first_line(tmp_path / "family.log").split()))
    assert alive(family) == family

    processes.stop()

    assert alive(family) == []


def test_who_does_not_stop_when_asked_is_stopped_after_its_patience(processes, tmp_path):
    child = processes.start("stubborn", [sys.executable, "-c", STUBBORN], os.environ, patience_seconds=0.5)
    first_line(tmp_path / "stubborn.log")
    asked_at = time.monotonic()

    processes.stop()

    assert child.process.returncode == -signal.SIGKILL
    assert 0.5 <= time.monotonic() - asked_at < 5


def test_some_are_stopped_before_the_others(processes):
    first = processes.start("first", ["sleep", "600"], os.environ)
    second = processes.start("second", ["sleep", "600"], os.environ)

    processes.stop("first")

    assert first.process.poll() is not None
    assert second.process.poll() is None


def test_what_a_killed_supervisor_left_is_stopped_at_the_next_start(tmp_path):
    command = [sys.executable, "-c", SUPERVISOR, tmp_path, FAMILY]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout
        supervisor.stdout.readline()
        family = list(map(int, first_line(tmp_path / "family.log").split()))
        supervisor.kill()
    assert alive(family) == family

    stopped = Processes(tmp_path, tmp_path).stop_leftovers()

    assert stopped == 2
    assert alive(family) == []
    assert Processes(tmp_path, tmp_path).stop_leftovers() == 0


def test_a_child_that_died_is_named_with_the_end_of_its_log(processes):
    child = processes.start(
        "scheduler", [sys.executable, "-c", "print('no room on the disk'); raise SystemExit(3)"], os.environ
    )
    child.process.wait()

    with pytest.raises(ChildDiedError) as caught:
        processes.require_alive()

    assert "scheduler has stopped by itself (exit status 3)" in str(caught.value)
    assert "no room on the disk" in str(caught.value)


def test_a_child_that_may_end_may_not_fail(processes):
    good = processes.start("good", ["true"], os.environ)
    bad = processes.start("bad", ["false"], os.environ)
    good.process.wait()
    bad.process.wait()

    with pytest.raises(ChildDiedError, match="bad has stopped"):
        processes.require_alive(good, bad)


def test_a_second_demo_in_the_same_directory_is_refused(tmp_path):
    with (
        only_one(tmp_path / "lock"),
        pytest.raises(DemoError, match="already running from this directory"),
        only_one(tmp_path / "lock"),
    ):
        pass

    with only_one(tmp_path / "lock"):
        pass
