"""The order in which `make test` works: what takes minutes first, and an Airflow started once for all of its room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ONE_WORKER, SLOW

ROOT = Path(__file__).parent.parent
PROBES = ["tests/crm/test_rows.py", "tests/test_lint.py", "tests/faults/test_table.py", "tests/pages/test_words.py"]


def test_slow_rooms_begin() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *PROBES]
    collected = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    files = list(dict.fromkeys(line.partition("::")[0].partition(": ")[0] for line in collected if "test_" in line))
    assert files == ["tests/faults/test_table.py", "tests/pages/test_words.py", *PROBES[:2]]


def test_the_rooms_that_are_named_exist() -> None:
    assert [room for room in {*SLOW, *ONE_WORKER} if not list((ROOT / room).rglob("test_*.py"))] == []


def test_a_room_with_one_airflow_goes_to_one_worker() -> None:
    command = [sys.executable, "-m", "pytest", "-n", "2", "-v", "-v", "-p", "no:cacheprovider", PROBES[3]]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    workers = {line.partition("]")[0] for line in shown.splitlines() if line.startswith("[gw")}
    assert len(workers) == 1, shown
