"""What is said of the ledger and of the clocks: each fault by its line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.checks.clocks import clock_lines
from tests.checks.conftest import Site, text

if TYPE_CHECKING:
    from tests.conftest import Databases

WRITABLE = "ok ledger (notifications_db): can be written to; its tables have version"


def ledger_line(site: Site) -> str:
    return text(site.lines("databases")[0])


def test_an_empty_ledger_is_made_and_written_to_and_nothing_stays(site: Site) -> None:
    lines = [text(line) for line in site.lines("databases")]
    assert lines[0].startswith(WRITABLE)
    assert lines[1:] == [
        "ok clock of the ledger: agrees with this machine's",
        "ok clock of the CRM: agrees with this machine's",
    ]
    with psycopg.connect(site.ledger) as connection:
        assert connection.execute("select count(*) from notifications.servers").fetchone() == (0,)


def test_a_ledger_that_is_away_is_one_fault_and_its_clock_is_not_compared(site: Site) -> None:
    site.database("notifications_db", site.ledger, host="127.0.0.1", port=9)
    away, clock = site.faults("databases")
    assert away.startswith(
        "FAIL ledger (notifications_db): psycopg.OperationalError: the server takes no connections → "
    )
    assert away.endswith(" → start PostgreSQL, or correct host, port, login, password and schema of notifications_db")
    assert clock == "note clock of the ledger: not compared: the database cannot be asked"


def test_a_ledger_without_a_connection_is_named(site: Site) -> None:
    site.patch.delenv("AIRFLOW_CONN_NOTIFICATIONS_DB")
    words = "The conn_id `notifications_db` isn't defined → make this connection in Airflow; docs/settings.md says"
    assert site.faults("databases") == [
        f"FAIL ledger: {words} with which fields",
        "note clock of the ledger: not compared: the database cannot be asked",
    ]


def test_a_read_only_ledger_is_told_from_one_that_is_away(site: Site, databases: Databases) -> None:
    assert ledger_line(site).startswith(WRITABLE)
    name = psycopg.conninfo.conninfo_to_dict(site.ledger)["dbname"]
    databases.run(f'alter database "{name}" set default_transaction_read_only = on')
    assert ledger_line(site) == (
        "FAIL ledger (notifications_db): psycopg.errors.ReadOnlySqlTransaction (SQLSTATE 25006)"
        " → notifications_db must name a server that can be written to, no read-only replica"
    )


def test_a_role_that_may_not_make_the_schema_is_told_what_it_needs(site: Site, databases: Databases) -> None:
    databases.run("drop role if exists ledger_stranger")
    databases.run("create role ledger_stranger login")
    site.database("notifications_db", site.ledger, login="ledger_stranger")
    assert ledger_line(site).startswith(
        "FAIL ledger (notifications_db): the role ledger_stranger may not bring the ledger's tables to version"
    )
    assert "→ it must own the schema notifications and its tables, or be allowed to create them" in ledger_line(site)


@pytest.mark.parametrize(
    ("ahead_seconds", "said"),
    [
        (2, "ok clock of the ledger: agrees with this machine's"),
        (30, "note clock of the ledger: 30 s behind this machine's → set both machines by NTP"),
        (-30, "note clock of the ledger: 30 s ahead of this machine's → set both machines by NTP"),
        (90, "FAIL clock of the ledger: 90 s behind this machine's → set both machines by NTP"),
    ],
)
def test_a_clock_that_is_off_is_said(site: Site, ahead_seconds: float, said: str) -> None:
    (line,) = clock_lines("the ledger", lambda: site.ledger, now=lambda: time.time() + ahead_seconds)
    assert text(line) == said


def test_a_slow_answer_is_no_difference_of_clocks(site: Site) -> None:
    instants = iter((time.time() - 70, time.time() + 70))
    (line,) = clock_lines("the ledger", lambda: site.ledger, now=lambda: next(instants))
    assert line.verdict == "ok"
