"""`make parked` and `make resend-parked`: what a person sees of them, through Airflow's own API."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local import in_demo
from local.airflow_environment import ROOT

if TYPE_CHECKING:
    from tests.installation.installation import Installation

pytestmark = pytest.mark.timeout(600)


def command(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as `make resend-parked` does."""
    return subprocess.run(
        [sys.executable, "-m", "sancrm_notifications.resend", *arguments],
        check=False,
        cwd=ROOT,
        env=in_demo.environment(installation.services.directory),
        capture_output=True,
        text=True,
        timeout=500,
    )


def test_the_commands_list_what_waits_and_send_it_when_the_cause_is_gone(installation):
    statement = "select key from notifications.messages where state = 'sent' order by message_id limit 1"
    key = installation.ledger(statement)[0]["key"]
    installation.change_ledger(
        "update notifications.messages set telegram_message_id = null, state = 'parked', reason = 'kicked'"
        f" where key = '{key}'"
    )
    before = len(installation.arrived())

    listed = command(installation, "--list", "--message", key)
    assert (listed.returncode, listed.stderr) == (0, "")
    lines = [line for line in listed.stdout.splitlines() if not line.startswith("…")]
    assert lines[0].startswith(f"{key}: parked, can be sent until 20")
    assert lines[1:] == ["messages that wait for a person: 1", "only a list was asked for: nothing was sent"]
    assert len(installation.arrived()) == before

    sent = command(installation, "--message", key)
    assert (sent.returncode, sent.stderr) == (0, "")
    assert sent.stdout.splitlines()[-1] == "of those chosen: 1 sent"
    assert len(installation.arrived()) == before + 1
