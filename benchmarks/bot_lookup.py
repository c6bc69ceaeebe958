"""Does a client's question read as little beside ten million repairs and 300 000 bindings as beside a handful?

What is measured is the whole of what an answer reads: bindings and dialog in the ledger; phones, repairs, rentals and
branches in the CRM. CRM and ledger are made here, with the indexes that docs/clients.md names.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
from telegram import Update

from benchmarks.measurement import Answer, Limit, Row, Sample
from local import postgres
from sancrm_notifications import databases
from sancrm_notifications.bot.conversation import Conversation
from sancrm_notifications.crm.clients import Clients
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.settings import Settings
from tests.bot.crm import create_everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measurement import Options
    from local.postgres import Postgres

SIZES = ((1_000, 3_000), (300_000, 10_000_000))
"""Bindings, and repairs; each third customer has no binding."""
QUESTIONS = 400
WARM_UP = 20
LONGEST_MS = 20.0
FIRST_PHONE = 79_000_000_000
_ZONE = ZoneInfo("Europe/Moscow")
_FILL_CRM = """
    insert into reporting.branches (branch_id, name, is_active, phone, address)
    select n, 'Филиал ' || n, true, '+7 4872 30-00-07', 'ул. Ленина, ' || n from generate_series(1, 12) as n;

    insert into reporting.customers (customer_id, name, messages_allowed)
    select n, 'Имя ' || n, true from generate_series(1, {customers}) as n;

    insert into reporting.customer_phones (customer_id, phone, is_current, phone_digits)
    select n, '+7 ' || right(({first_phone} + n)::text, 10), true, right(({first_phone} + n)::text, 10)
    from generate_series(1, {customers}) as n;

    -- Each customer's are spread over the whole table, as they are over years.
    insert into reporting.repairs (
        repair_id, number, code, branch_id, customer_id, status, status_group, device_category, device_brand,
        device_model, created_at, status_changed_at, closed_at, needs_callback
    )
    select
        n, n, 'A-' || n, 1 + n % 12, 1 + n % {customers},
        case when n > {repairs} - {customers} then 'В работе' else 'Выдан' end,
        case when n > {repairs} - {customers} then 'in_work' else 'closed_success' end,
        'Шуруповёрт', 'Makita', 'DF333D',
        now() - interval '1 minute' * ({repairs} - n),
        now() - interval '1 minute' * ({repairs} - n),
        case when n <= {repairs} - {customers} then now() - interval '1 minute' * ({repairs} - n) end,
        false
    from generate_series(1, {repairs}) as n;
"""
_FILL_LEDGER = """
    insert into notifications.bindings (proof, user_id, phone, consented_at)
    select 'contact', n, ({first_phone} + n)::text, now() from generate_series(1, {bindings}) as n
"""


def measure(options: Options) -> Answer:
    """Time whole answers beside a handful of rows, and beside millions; return them with their limit."""
    sizes = SIZES[:1] if options.quick else SIZES
    rows: list[Row] = []
    base: Sample | None = None
    options.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pg_", dir=options.cache, ignore_cleanup_errors=True) as directory:
        server = postgres.start(Path(directory))
        try:
            for bindings, repairs in sizes:
                crm, ledger = _filled(server, bindings, repairs)
                took = Sample(tuple(asyncio.run(_times(crm, ledger, bindings, options.times(QUESTIONS)))), "ms")
                what = f"an answer of the bot, {repairs:,} repairs".replace(",", " ")
                rows.append(Row(what, took, "a handful of rows" if base else "", base, Limit(LONGEST_MS)))
                base = took
        finally:
            server.stop(is_forgotten=True)
    return Answer(rows)


def _filled(server: Postgres, bindings: int, repairs: int) -> tuple[str, str]:
    """Make a CRM and a ledger of this size; return their connection strings."""
    names = f"crm_{repairs}", f"ledger_{repairs}"
    for name in names:
        server.require_database(name)
    crm, ledger = map(server.conninfo, names)
    customers = max(bindings * 3 // 2, repairs // 3)
    sizes = {"customers": customers, "repairs": repairs, "bindings": bindings, "first_phone": FIRST_PHONE}
    with psycopg.connect(crm, autocommit=True) as connection:
        create_everything(connection)
        connection.execute(_FILL_CRM.format(**sizes).encode())
        connection.execute("vacuum analyze")
    with psycopg.connect(ledger, autocommit=True) as connection:
        upgrade(connection)
        connection.execute(_FILL_LEDGER.format(**sizes).encode())
        connection.execute("vacuum analyze")
    return crm, ledger


async def _times(crm: str, ledger: str, bindings: int, questions: int) -> list[float]:
    """Ask as so many bound people, one after another; return how many milliseconds each answer took."""
    settings = Settings()
    clients = Clients(crm, settings.phone_region)
    respond = Conversation(clients, settings, "bot", lambda: datetime.now(UTC).astimezone(_ZONE), None)
    connection = await databases.connect_async(ledger, databases.LEDGER)
    times: list[float] = []
    try:
        for update in _questions(bindings, WARM_UP + questions):
            began_at = time.perf_counter()
            async with connection.transaction():
                response = await respond(connection, update)
            times.append((time.perf_counter() - began_at) * 1_000)
            if "A-" not in response.answers[-1].html:
                raise AssertionError(f"no repair is in the answer: {response.answers[-1].html}")
    finally:
        await connection.close()
        await respond.close()
    return times[WARM_UP:]


def _questions(bindings: int, number: int) -> Iterator[Update]:
    chosen = random.Random(1)  # noqa: S311 - the same people in every run
    for count in range(number):
        person = chosen.randrange(1, bindings + 1)
        message = {
            "message_id": count,
            "date": int(time.time()),
            "chat": {"id": person, "type": "private"},
            "from": {"id": person, "is_bot": False, "first_name": "Имя"},
            "text": "/status",
        }
        yield Update.de_json({"update_id": count, "message": message}, None)
