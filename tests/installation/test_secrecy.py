"""After all runs of this session: token, customers and message texts are where they belong and nowhere else."""

from __future__ import annotations

import re
from functools import partial
from itertools import chain

import psycopg
import pytest
from psycopg import sql

from sancrm_notifications.text.phones import dialable
from tests.installation.installation import FINISHED
from tests.installation.waiting import CHAT_ID, TELLS, customers_waiting

pytestmark = pytest.mark.timeout(600)

DAILY = "profitability_daily"
# Their runs wait for what happens, and end by the clock.
WAITING = {"client_bot", "client_statuses", "staff_events"}
FAULTS = ("garbage", "truncated", "not_ok", "status", "reset", "flood")


@pytest.fixture(scope="module")
def _missed_calls_told_with_every_fault(started_installation, first_ticks):
    """Tell of customers while the chat is closed, then while answers are lost, unreadable or ask to wait."""
    assert first_ticks
    chat = started_installation.chat
    with customers_waiting(started_installation, len(FAULTS), after=3) as repair_ids:
        chat.kick(CHAT_ID)
        run = started_installation.trigger(TELLS)
        assert run.finished() == "failed"
        chat.admit(CHAT_ID)
        for fault, repair_id in zip(FAULTS, sorted(repair_ids), strict=False):
            number = started_installation.crm(f"select number from reporting.repairs where repair_id = {repair_id}")
            chat.plan_fault(fault, when="after", method="sendMessage", text=str(number[0][0]), times=1)
        run.clear("deliver")
        assert run.finished() == "success"
        assert [fault["hit"] for fault in chat.faults()] == [1] * len(FAULTS)
        chat.clear_faults()


@pytest.fixture(scope="module")
def _every_dag_has_run(started_installation, _missed_calls_told_with_every_fault):
    """Run what no test before this one has run."""
    dag_ids = [dag["dag_id"] for dag in started_installation.call("GET", "/dags", query={"limit": 100})["dags"]]
    assert {"profitability_monthly", "backup_failures", "check_connections", "erase_old_texts"} < set(dag_ids)
    for dag_id in dag_ids:
        if not started_installation.call("GET", f"/dags/{dag_id}/dagRuns")["total_entries"]:
            started_installation.unpause(dag_id)
            run = started_installation.trigger(dag_id)
            if dag_id in WAITING:
                started_installation.wait_until(partial(_waits, run), f"{dag_id} waits")
                started_installation.end_runs(dag_id)
            assert run.finished() in FINISHED


def _waits(run):
    return "deferred" in run.states().values()


@pytest.fixture(scope="module")
def secrets(started_installation, first_ticks, _every_dag_has_run):
    """Everything that must not be found: the token, names and phones of customers, lines with money of reports."""
    assert list(first_ticks[DAILY].stored.values()) == ["sent", "sent", "sent"]
    people = started_installation.crm("select coalesce(name, ''), coalesce(phone, '') from crm.customers")
    texts = started_installation.ledger("select html from notifications.messages")
    lines = chain.from_iterable(re.sub(r"<[^>]*>", "", row["html"]).splitlines() for row in texts)
    telling = {line for line in lines if "₽" in line and re.search(r"\d", line)}
    # A surname alone is a word; a whole name and a whole number are somebody.
    names = {name for name, _ in people if " " in name}
    phones = {phone for _, phone in people if len(phone) > 9}
    phones |= {shown for phone in phones if (shown := dialable(phone, "RU"))}
    assert min(map(len, (names, phones, telling))) > 20
    token = started_installation.services.telegram.token
    return {token, token.split(":")[1], *names, *phones, *telling}


def test_the_operators_heard_of_the_closed_chat_and_of_nobody_in_it(started_installation, secrets):
    told = started_installation.ledger("select html from notifications.messages where notification = 'failures'")
    assert any("missed_calls" in row["html"] for row in told)
    for row in told:
        assert not [secret for secret in secrets if secret in row["html"]]


def readable(text: str) -> str:
    """Return a text with JSON's escapes of letters undone."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda escape: chr(int(escape[1], 16)), text)


def test_no_log_of_a_task_or_a_component_holds_them(started_installation, secrets):
    directory = started_installation.services.directory
    logs = sorted(directory.glob("airflow/logs/**/*.log"))
    components = sorted(started_installation.services.logs.glob("*.log"))
    assert any("task_id=deliver" in str(log) for log in logs)
    assert any("task_id=compute" in str(log) for log in logs)
    assert len(components) >= 5
    for log in (*logs, *components):
        text = readable(log.read_text(encoding="utf-8", errors="replace"))
        assert not [secret for secret in secrets if secret in text], log


def test_no_column_of_airflows_database_holds_them(started_installation, secrets):
    with psycopg.connect(started_installation.metadata) as connection:
        columns = columns_with_words(connection)
        looked_at = {(table, column) for table, column, _ in columns}
        assert {("xcom", "value"), ("log", "extra"), ("rendered_task_instance_fields", "rendered_fields")} <= looked_at
        for table, column, data_type in columns:
            words = readable("\n".join(values(connection, table, column, data_type)))
            assert not [secret for secret in secrets if secret in words], (table, column)


def test_no_error_in_the_ledger_holds_them(started_installation, secrets):
    rows = started_installation.ledger(
        "select description as words from notifications.attempts where description <> ''"
        " union all select concat_ws(' ', reason, reason_for_staff) from notifications.messages"
        " where reason is not null"
    )
    assert len(rows) > len(FAULTS)
    assert not [row["words"] for row in rows if any(secret in row["words"] for secret in secrets)]


def columns_with_words(connection: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Return table, column and type of everything that can hold words; a connection's password is encrypted."""
    query = """
        select columns.table_name, columns.column_name, columns.data_type
        from information_schema.columns
        join information_schema.tables using (table_schema, table_name)
        where table_schema = 'public' and table_type = 'BASE TABLE'
            and data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea')
    """
    return connection.execute(query).fetchall()


def values(connection: psycopg.Connection, table: str, column: str, data_type: str) -> list[str]:
    """Return a column's values as text."""
    as_text = sql.SQL("select {0} from {1}" if data_type == "bytea" else "select {0}::text from {1}")
    rows = connection.execute(as_text.format(sql.Identifier(column), sql.Identifier(table)))
    found = [value for (value,) in rows if value is not None]
    return [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in found]
