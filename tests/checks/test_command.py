"""The command: aligned lines, an exit status that a script can use, no token."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.checks.conftest import STAFF, TOKEN, Site

ROOT = Path(__file__).parents[2]


def checks(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sancrm_notifications.checks", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "plugins", "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installation_in_order_ends_with_0(site: Site, tmp_path: Path) -> None:
    done = checks(tmp_path, "--since", "2025-01-01")
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert last == "Nothing is wrong."
    assert {line[:6] for line in lines} == {"ok    "}
    assert {line[6 + 44 : 6 + 46] for line in lines} == {"  "}
    assert any("rows since 2025-01-01" in line for line in lines)
    assert site.stand_in.messages() == []


def test_faults_are_counted_and_end_with_1_and_nothing_else_is_left_out(site: Site, tmp_path: Path) -> None:
    site.stand_in.kick(STAFF)
    site.database("notifications_db", site.ledger, host="127.0.0.1", port=9)
    done = checks(tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    *lines, last = done.stdout.splitlines()
    assert last == "2 faults."
    assert [line[6:].split("  ")[0] for line in lines if line.startswith("FAIL")] == [
        f"chat {STAFF}",
        "ledger (notifications_db)",
    ]
    assert lines[-1].startswith("ok    missed_call_statuses")
    assert TOKEN.partition(":")[2] not in done.stdout
