"""Do the pages in Airflow's UI answer at once, and as quickly over a long history as over a year?"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from benchmarks.filled_ledgers import ATTEMPTS_PER_MESSAGE, MESSAGES_PER_DAY, filled_ledgers
from benchmarks.measurement import Answer, Limit, Row, in_turns
from tests.pages.airflow_site import Site, running_site

if TYPE_CHECKING:
    from benchmarks.measurement import Options, Sample

SIZES = (1_000_000, 10_000_000)
RUNS = 30
WARM_UP = 3
LONGEST_MS = 200.0
LONGEST_RATIO = 1.5
HOME = "/sancrm-notifications"


def pages(conninfo: str) -> dict[str, str]:
    """Return the address of each page, by what it shows."""
    with psycopg.connect(conninfo) as connection:
        statement = "select max(message_id) - 70, min(stored_at) from notifications.messages"
        message, first_at = connection.execute(statement).fetchone() or (1, datetime.now(UTC))
    today = datetime.now(UTC).date()
    long_ago = (first_at + timedelta(days=100)).date()
    quarter = f"from={today - timedelta(days=91)}&to={today}"
    return {
        "log": "log",
        "log, 92 days": f"log?{quarter}",
        "log, further on": f"log?{quarter}&after={today - timedelta(days=60)}T08:00:00_{message}",
        "log, a day long ago": f"log?day={long_ago}",
        "log, one branch": "log?branch=7",
        "log, one branch, 92 days": f"log?branch=7&{quarter}",
        "log, one branch's chat": "log?chat=-1001000000007",
        "log, the chat of calls": "log?chat=-1001000000999",
        "log, one destination": "log?destination=branch:7",
        "log, one DAG and state": "log?notification=missed_calls&state=parked",
        "log, one error": "log?error=unknown",
        "log, key's beginning": "log?key=profitability_daily/2",
        "log, a day's keys": f"log?key=missed_calls/{today - timedelta(days=40)}&{quarter}",
        "log, one notification": f"log?notification=backup_failures&{quarter}",
        "log, nothing found": f"log?key=no_such&state=held&{quarter}",
        "log, one run": f"log?run=scheduled__{long_ago}",
        "message": f"messages/{message}",
        "waiting": "waiting",
        "staff": f"staff?month={today - timedelta(days=today.day):%Y-%m}",
        "staff, one branch": f"staff?month={today - timedelta(days=today.day):%Y-%m}&branch=7",
        "preview": "preview",
        "backfill, 31 days": f"backfill?from={today - timedelta(days=31)}&to={today - timedelta(days=1)}",
        "health": "health",
        "clients": "clients",
        "events": "events",
        "events, one of them": "events/client/ready",
    }


def measure(options: Options) -> Answer:
    """Measure on both sizes, without the larger when it is to be quick."""
    sizes = SIZES[:1] if options.quick else SIZES
    with (
        filled_ledgers(options.cache, sizes) as ledgers,
        tempfile.TemporaryDirectory(prefix="pages_") as directory,
    ):
        metadata = _empty(ledgers[sizes[0]])
        with running_site(Path(directory), metadata) as site:
            site.connect_telegram()
            samples = {size: _samples(site, conninfo, options) for size, conninfo in ledgers.items()}
    rows: list[Row] = []
    for name in samples[sizes[0]]:
        rows.append(Row(_name(name, sizes[0]), samples[sizes[0]][name], limit=Limit(LONGEST_MS)))
        if len(sizes) > 1:
            beside = (_name(name, sizes[0]), samples[sizes[0]][name], Limit(LONGEST_RATIO, of_ratio=True))
            rows.append(Row(_name(name, sizes[1]), samples[sizes[1]][name], *beside))
    remark = (
        f"{MESSAGES_PER_DAY:,} messages a day with {ATTEMPTS_PER_MESSAGE} requests each, through Airflow's API server."
    )
    return Answer(rows, [remark])


def _samples(site: Site, conninfo: str, options: Options) -> dict[str, Sample]:
    site.connect_ledger(conninfo)
    cookie = site.session("admin")
    work = {name: partial(_milliseconds, site, f"{HOME}/{path}", cookie) for name, path in pages(conninfo).items()}
    in_turns(work, WARM_UP, "ms")
    return in_turns(work, options.times(RUNS), "ms")


def _milliseconds(site: Site, path: str, cookie: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = site.http.get(path, headers=cookie)
    milliseconds = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return milliseconds


def _name(name: str, size: int) -> str:
    return f"{name}, {size:,} messages"


def _empty(conninfo: str) -> str:
    """Return a new database for Airflow's metadata on the ledger's server."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("drop database if exists pages_metadata with (force)")
        connection.execute("create database pages_metadata")
        info = connection.info
        return f"host={info.host} user={info.user} dbname=pages_metadata"
