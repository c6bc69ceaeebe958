"""Ledgers with a long history, as pages read them: the same number of messages a day, over more days."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from local import postgres
from sancrm_notifications.ledger.schema import package_version, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MESSAGES_PER_DAY = 3_000
ATTEMPTS_PER_MESSAGE = 2
BRANCHES = 200
"""Each has a report a day and one a week; the rest are calls, in one chat, and backups."""

_MESSAGES = """
insert into notifications.messages (
    key, batch, notification, period, subject, destination, label, part, parts, html, silent, closes_batch, figures,
    unknown_policy, state, reason, chat_id, telegram_message_id, sent_form, sent_revision, dag_id, run_id, stored_at,
    expires_at, sent_at, sent_bot_id
)
select
    dag || '/' || period || '/' || subject || '/' || number || '/1', dag || '/' || period, dag, period, subject,
    destination, case when subject like 'repair:%%' then 'К-' || number else 'Филиал ' || branch end, 1, 1,
    case when at > now() - interval '30 days' or state in ('parked', 'held') then '<b>Отчёт</b> · ' || branch end,
    true, false, '{"revenue_kopecks": 11840000, "profit_kopecks": 4000000}', 'resend', state,
    case when state in ('parked', 'held') then 'chat_gone: HTTP 403: Forbidden: bot was kicked' end,
    (-1001000000000 - case when destination like 'branch:%%' then branch else 999 end)::text,
    case when state = 'sent' then number end,
    case when state = 'sent' then 'html' end, case when state = 'sent' then 1 end, dag, 'scheduled__' || at::date, at,
    at + interval '30 days', case when state = 'sent' then at + interval '5 seconds' end, 42
from (
    select
        made.*,
        to_char(at, case dag when 'profitability_weekly' then 'IYYY"-W"IW' else 'YYYY-MM-DD' end) as period,
        case
            when dag like 'profitability%%' then 'branch:' || branch
            when dag = 'missed_calls' then 'repair:' || number
            else 'backup:' || number
        end as subject,
        case
            when dag like 'profitability%%' then 'branch:' || branch
            when dag = 'missed_calls' then 'missed_calls'
            else 'backups'
        end as destination
    from (
        select
            number,
            number / 15 %% %(branches)s as branch,
            now() - ((%(count)s - number) * interval '1 day' / %(per_day)s) as at,
            case
                when number %% 15 = 0 then 'profitability_daily'
                when number %% 105 = 7 then 'profitability_weekly'
                when number %% 30 = 11 then 'backup_failures'
                else 'missed_calls'
            end as dag,
            case
                when number > %(count)s - 60000 and number %% 1009 = 0 then 'parked'
                when number > %(count)s - 60000 and number %% 2003 = 0 then 'held'
                when number %% 499 = 0 then 'expired'
                else 'sent'
            end as state
        from generate_series(%(first)s::bigint, %(last)s::bigint) as number
    ) as made
) as named
"""
# Random ids would make each insertion touch another page of their index.
_ATTEMPTS = """
insert into notifications.attempts (
    attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until, finished_at, result, http_status,
    description, dag_id, run_id, try_number
)
select
    lpad(to_hex(message_id * 16 + turn), 32, '0')::uuid, message_id, 42, chat_id, 'sendMessage',
    stored_at + turn * interval '1 second', stored_at + interval '100 seconds',
    stored_at + turn * interval '1 second' + interval '300 milliseconds',
    case when turn = 2 then 'sent' else (array['sent', 'rate_limited', 'not_sent', 'unknown'])
        [case when message_id %% 50 = 0 then message_id %% 3 + 2 else 1 end] end,
    200, '', dag_id, run_id, 1
from notifications.messages
cross join generate_series(1, %(attempts)s) as turn
where message_id between %(first)s and %(last)s
"""
# One client for each hundred messages is bound, and one link for each five hundred was made of late.
_BOT = """
insert into notifications.listeners (bot_id, number, instance, lease_until, username)
values (42, 1, gen_random_uuid(), now(), 'sancrm_bot')
"""
_LINKS = """
insert into notifications.invitations (token_hash, customer_id, made_by, expires_at)
select number::text::bytea, number, 'office', now() + interval '1 day' * (number %% 30 - 20)
from generate_series(1, %(count)s::bigint / 500) as number
"""
_BINDINGS = """
insert into notifications.bindings (proof, user_id, phone)
select 'contact', 1000 + number, (79000000000 + number)::text
from generate_series(1, %(count)s::bigint / 100) as number
"""
_CLIENTS = (_BOT, _LINKS, _BINDINGS)
_PORTION = 500_000
# Only a server that is made anew when it falls over may be told not to care.
_CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "8GB",
}


@contextmanager
def filled_ledgers(cache: Path, sizes: tuple[int, ...]) -> Iterator[dict[int, str]]:
    """Run the server in ``cache`` with a ledger of each number of messages, made on first use.

    Yields the connection strings by size.
    """
    cache.mkdir(parents=True, exist_ok=True)
    server = postgres.start(cache / "postgres_of_pages")
    try:
        yield {size: _ledger(server.conninfo, size) for size in sizes}
    finally:
        server.stop()


def _ledger(conninfo: Callable[[str], str], size: int) -> str:
    # Another form of the tables is another ledger, and a day later its newest messages are too old.
    name = f"pages_{size}_{package_version()}"
    with psycopg.connect(conninfo("postgres"), autocommit=True) as connection:
        for setting, value in _CARELESS.items():
            statement = sql.SQL("alter system set {} = {}").format(sql.Identifier(setting), sql.Literal(value))
            connection.execute(statement)
        connection.execute("select pg_reload_conf()")
        known = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
    if known and _is_fresh(conninfo(name), size):
        return conninfo(name)
    with psycopg.connect(conninfo("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    with psycopg.connect(conninfo(name), autocommit=True) as connection:
        upgrade(connection)
    _fill(conninfo(name), size)
    return conninfo(name)


def _is_fresh(conninfo: str, size: int) -> bool:
    with psycopg.connect(conninfo) as connection:
        statement = "select max(message_id), now() - max(stored_at) < interval '12 hours' from notifications.messages"
        row = connection.execute(statement).fetchone()
    return bool(row and row[0] == size and row[1])


def _fill(conninfo: str, size: int) -> None:
    """Fill the tables without their indexes, then build these: many times faster."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        indexes = connection.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
            " where indrelid in ('notifications.messages'::regclass, 'notifications.attempts'::regclass)"
            " and not exists (select 1 from pg_constraint where conindid = indexrelid)"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(sql.SQL("drop index {}").format(sql.SQL(name)))
        # What is made here refers to itself: no need to look each reference up.
        connection.execute("set session_replication_role = replica")
        for first in range(1, size + 1, _PORTION):
            span = {"first": first, "last": min(first + _PORTION - 1, size), "count": size}
            numbers = {**span, "branches": BRANCHES, "per_day": MESSAGES_PER_DAY, "attempts": ATTEMPTS_PER_MESSAGE}
            for statement in (_MESSAGES, _ATTEMPTS):
                connection.execute(statement.encode(), numbers)
            if os.isatty(1):
                print(f"\r{span['last']:,} messages …", end="", flush=True)
        for statement in _CLIENTS:
            connection.execute(statement.encode(), {"count": size})
        for _, definition in indexes:
            connection.execute(definition.encode())
        connection.execute("vacuum (analyze)")
