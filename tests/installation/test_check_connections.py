"""The check of connections where it belongs: as a DAG of a running Airflow, and as a command beside it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from local import in_demo
from local.airflow_environment import ROOT

pytestmark = pytest.mark.timeout(600)

DAG_ID = "check_connections"


def test_the_dag_finds_everything_in_order_and_its_log_says_of_what(installation):
    arrived = len(installation.arrived())
    installation.unpause(DAG_ID)
    run = installation.trigger(DAG_ID)
    assert run.finished() == "success"
    assert set(run.states().values()) == {"success"}
    assert "the bot may write" in run.log("check_telegram")
    assert "reporting.repairs: as the contract says, by its rows since" in run.log("check_contract")
    assert len(installation.arrived()) == arrived


def test_the_command_reads_connections_and_the_variable_as_airflows_servers_do(installation):
    installation.set_settings(crm_base_url="http://crm:8080")
    done = subprocess.run(
        [sys.executable, "-m", "sancrm_notifications.checks"],
        cwd=ROOT,
        env=in_demo.environment(installation.services.directory),
        capture_output=True,
        text=True,
        check=False,
    )
    installation.set_settings()
    assert (done.returncode, done.stderr) == (1, "")
    *lines, last = done.stdout.splitlines()
    assert last == "1 fault."
    (fault,) = [line for line in lines if line.startswith("FAIL")]
    assert "http://crm:8080 cannot be a button" in fault
    assert any("accepts the token" in line for line in lines)
    assert any("by every row" in line for line in lines)
