"""The daily report as one plain script: query, write, store, deliver; no Airflow, nothing checked, nothing retried.

``python -m benchmarks.plain_run CRM LEDGER TELEGRAM SETTINGS``: two libpq strings, JSON with base_url, token and
chat_id, and the settings' JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.delivery.destinations import resolve
from sancrm_notifications.ledger.claiming import Ledger, Order, Run
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.notifications.profitability.messages import Options, messages
from sancrm_notifications.schedule.periods import Kind, last_complete, query_parameters
from sancrm_notifications.settings import Settings, parse

SQL = Path(__file__).parents[1] / "include" / "sql"
BATCH = Batch("profitability_daily", "plain", "profitability_daily/plain", timedelta(days=1))


@dataclass(frozen=True)
class Telegram:
    """What is read of an Airflow connection of type ``telegram``."""

    host: str
    password: str
    extra_dejson: dict[str, object]
    conn_type: str = "telegram"
    login: str | None = None
    schema: str | None = None
    port: int | None = None


def main() -> None:
    """Run the whole report once."""
    logging.disable(logging.INFO)
    crm, ledger, telegram, settings = sys.argv[1:]
    chosen = parse(settings)
    now = datetime.now(UTC)
    period = last_complete(Kind.DAILY, now, "Europe/Moscow")
    days = {"first_on": period.first_on, "last_on": period.last_on}
    bounds = {"period_start": period.start, "period_end": period.end, "as_of": now, **days}
    rows = _ask(crm, "profitability.sql", query_parameters(period.computed()))
    doubts = _ask(crm, "profitability_doubts.sql", bounds)
    store(ledger, BATCH, messages(period, rows, doubts[0], Options()))
    where = json.loads(telegram)
    connection = Telegram(where["chat_id"], where["token"], {"base_url": where["base_url"]})
    asyncio.run(_deliver(ledger, chosen, connection))


def _ask(conninfo: str, file: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.execute((SQL / file).read_bytes(), parameters)
        return json_rows(cursor)


async def _deliver(conninfo: str, settings: Settings, telegram: Telegram) -> None:
    ledger = Ledger(conninfo, Order(BATCH.name), run=Run("plain", "plain", 1), settings=settings)
    delivery = Delivery(ledger, settings)
    await delivery.run(
        lambda name: resolve(name, settings, lambda conn_id: telegram if conn_id == "telegram_default" else None)
    )


if __name__ == "__main__":
    main()
