"""Demo CRMs of several sizes with the same number of repairs per day, kept so that a second run is quick."""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import psycopg

from local import demo_crm, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Forty branches of 25 repairs a day: ten million are 27 years. The last day is fixed, so that kept data stays right.
REPAIRS_PER_DAY = 1000
BRANCHES = 40
LAST_ON = date(2026, 10, 31)
SIZES = (100_000, 1_000_000, 10_000_000)


def size_of(repairs: int) -> demo_crm.DemoSize:
    """Return what to generate: a longer history, not busier days; lines and timeline only for the last weeks."""
    return demo_crm.DemoSize(
        repairs=repairs, branches=BRANCHES, repairs_per_day=REPAIRS_PER_DAY, details_days=14, until=LAST_ON
    )


@contextmanager
def crm_databases(cache: Path, sizes: Sequence[int]) -> Iterator[dict[int, str]]:
    """Run a PostgreSQL server in ``cache`` and give the connection string of the demo CRM of each size.

    What is not there yet is generated: ten million repairs take minutes and 4 GB.
    """
    cache.mkdir(parents=True, exist_ok=True)
    server = postgres.start(cache / "postgres")
    try:
        yield {repairs: require(server, f"repairs_{repairs}", size_of(repairs)) for repairs in sizes}
    finally:
        server.stop()


def require(server: postgres.Postgres, name: str, size: demo_crm.DemoSize) -> str:
    """Generate the database of this name unless it is there, made by the same statements; return how to reach it."""
    conninfo = server.conninfo(name)
    note = f"{size} by {_fingerprint()}"
    server.require_database(name)
    if server.note(name) == note:
        return conninfo
    began = time.monotonic()
    print(f"generating a CRM of {size.repairs:,} repairs …", flush=True)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        crm = demo_crm.DemoCrm(
            connection, lambda step: print(f"  {time.monotonic() - began:5.0f} s  {step}", flush=True)
        )
        crm.drop()
        crm.create(size)
    server.write_note(name, note)
    return conninfo


def _fingerprint() -> str:
    """Return a digest of the statements that generate."""
    digest = hashlib.sha256()
    for file in sorted(demo_crm.SQL_DIRECTORY.glob("*.sql")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
