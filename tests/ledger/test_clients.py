"""What the page of clients reads: as many bindings as it shows, however many there are."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from sancrm_notifications.ledger.named_queries import query

MANY = """
    insert into notifications.bindings (proof, user_id, phone)
    select 'contact', n, n::text from generate_series(1, {}) as n
"""


def test_a_page_of_bindings_reads_no_more_than_it_shows(ledger: str) -> None:
    with psycopg.connect(ledger) as connection:
        connection.execute(MANY.format(5_000).encode())
        connection.execute("analyze notifications.bindings")
        named = {"before": 2**63 - 1, "state": None, "most": 51}
        row = connection.execute(b"explain (analyze, format json) " + query("bindings_page"), named).fetchone()
    assert row is not None
    assert max(_rows_read(row[0][0]["Plan"])) == 51, json.dumps(row[0])


def _rows_read(plan: dict[str, Any]) -> list[float]:
    read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return [read, *(rows for child in plan.get("Plans", []) for rows in _rows_read(child))]
