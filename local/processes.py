"""Child processes of the demo: started in sessions of their own, watched, stopped whole, found again after a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from local.demo_error import DemoError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

PATIENCE_SECONDS = 20.0
# Process ids of an earlier boot mean nothing; the time of the boot moves a little when the clock is set.
CLOCK_DRIFT_SECONDS = 120


@dataclass(frozen=True)
class Child:
    """One started process; its process id is also the id of the session it leads."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_lines(self, count: int = 20) -> str:
        """Return the end of the child's log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-count:])


class ChildDiedError(DemoError):
    """A process that should be running has ended; the message carries the last lines of its log."""

    def __init__(self, child: Child) -> None:
        super().__init__(
            f"{child.name} has stopped by itself (exit status {child.process.returncode}). "
            f"The last lines of {child.log}:\n{child.last_lines()}"
        )


class Processes:
    """The children of this supervisor, and a file that lets the next one find what a crash left behind."""

    def __init__(self, directory: Path, logs: Path) -> None:
        """Keep the list of running children in ``directory`` and their output in ``logs``."""
        self.children: list[Child] = []
        self._register = directory / "processes.json"
        self._logs = logs

    def start(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str]) -> Child:
        """Start a command in its own session, so that Ctrl-C reaches the supervisor alone."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(map(str, command)),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.children.append(child)
        self._write()
        return child

    def finish(self, child: Child) -> None:
        """Forget a child that was meant to end and did; raise ChildDiedError when it failed."""
        if child.process.wait() != 0:
            raise ChildDiedError(child)
        self.children.remove(child)
        self._write()

    def require_alive(self, *passing: Child) -> None:
        """Raise ChildDiedError for the first child that has ended; ``passing`` may end, but not by failing."""
        for child in self.children:
            status = child.process.poll()
            if status is not None and (status != 0 or child not in passing):
                raise ChildDiedError(child)

    def stop(self) -> None:
        """Stop every child with all its descendants, and wait until they are gone."""
        stop_sessions({child.process.pid for child in self.children})
        for child in self.children:
            child.process.wait()
        self.children.clear()
        self._register.unlink(missing_ok=True)

    def stop_leftovers(self) -> int:
        """Stop what a killed supervisor left running; return how many processes that were."""
        if not self._register.exists():
            return 0
        register = json.loads(self._register.read_text(encoding="utf-8"))
        stopped = 0
        if abs(register["booted_at"] - psutil.boot_time()) < CLOCK_DRIFT_SECONDS:
            stopped = stop_sessions(set(register["sessions"]))
        self._register.unlink()
        return stopped

    def _write(self) -> None:
        sessions = [child.process.pid for child in self.children]
        partial = self._register.with_suffix(".partial")
        partial.write_text(json.dumps({"booted_at": psutil.boot_time(), "sessions": sessions}), encoding="utf-8")
        partial.replace(self._register)


def stop_sessions(sessions: Collection[int], patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Ask the leaders of these sessions to end, then end whoever is left; return how many there were.

    A session outlives its leader and its id is not given to anyone else meanwhile, so orphans are found too.
    """
    first = _members(sessions)
    for process in first:
        if process.pid in sessions:
            _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline and any(process.pid in sessions for process in _members(sessions)):
        time.sleep(0.1)
    while left := _members(sessions):
        for process in left:
            _signal(process, signal.SIGKILL)
        time.sleep(0.05)
    return len(first)


def _members(sessions: Collection[int]) -> list[psutil.Process]:
    """Return the living processes of these sessions, and what those started in further sessions."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process
                found.update((child.pid, child) for child in process.children(recursive=True))
        except (psutil.Error, OSError):
            continue  # it ended while we looked
    return [process for process in found.values() if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _signal(process: psutil.Process, which: signal.Signals) -> None:
    try:
        process.send_signal(which)
    except psutil.Error:
        return  # it has ended by itself
