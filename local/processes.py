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
    patience_seconds: float

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

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> Child:
        """Start a command in its own session, so that Ctrl-C reaches the supervisor alone.

        When it is to stop, it is asked first and killed after ``patience_seconds``.
        """
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, process, log, patience_seconds)
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

    def stop(self, *names: str) -> None:
        """Stop these children, or all, with all their descendants; return when they are gone."""
        chosen = [child for child in self.children if not names or child.name in names]
        stop_sessions({child.process.pid: child.patience_seconds for child in chosen})
        for child in chosen:
            child.process.wait()
            self.children.remove(child)
        self._write()

    def stop_leftovers(self) -> int:
        """Stop what a killed supervisor left running; return how many processes that were."""
        if not self._register.exists():
            return 0
        register = json.loads(self._register.read_text(encoding="utf-8"))
        stopped = 0
        if abs(register["booted_at"] - psutil.boot_time()) < CLOCK_DRIFT_SECONDS:
            stopped = stop_sessions(dict(register["sessions"]))
        self._register.unlink()
        return stopped

    def _write(self) -> None:
        sessions = [(child.process.pid, child.patience_seconds) for child in self.children]
        partial = self._register.with_suffix(".partial")
        partial.write_text(json.dumps({"booted_at": psutil.boot_time(), "sessions": sessions}), encoding="utf-8")
        partial.replace(self._register)


def stop_sessions(patience_seconds: Mapping[int, float]) -> int:
    """Ask the leaders of sessions to end, then end whoever is left; return how many processes there were.

    ``patience_seconds`` says by session id how long its leader may take. A session outlives its leader and its
    id is not given to anyone else meanwhile, so orphans are found too.
    """
    first = _members_by_session(patience_seconds)
    for session, members in first.items():
        for leader in members:
            if leader.pid == session:
                _signal(leader, signal.SIGTERM)
    asked_at = time.monotonic()
    while left := _members_by_session(patience_seconds):
        waited_seconds = time.monotonic() - asked_at
        for session, members in left.items():
            has_leader = any(process.pid == session for process in members)
            if not has_leader or waited_seconds >= patience_seconds[session]:
                for process in members:
                    _signal(process, signal.SIGKILL)
        time.sleep(0.1)
    return sum(map(len, first.values()))


def _members_by_session(sessions: Collection[int]) -> dict[int, list[psutil.Process]]:
    """Return the living processes of each session, and what those started in further sessions."""
    found: dict[int, dict[int, psutil.Process]] = {}
    for process in psutil.process_iter():
        try:
            session = os.getsid(process.pid)
            if session in sessions:
                members = [process, *process.children(recursive=True)]
                found.setdefault(session, {}).update((member.pid, member) for member in members)
        except (psutil.Error, OSError):
            continue  # it ended while we looked
    living = {session: list(filter(_is_alive, members.values())) for session, members in found.items()}
    return {session: members for session, members in living.items() if members}


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
