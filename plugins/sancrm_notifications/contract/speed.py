"""Hints at missing indexes: what PostgreSQL would read to find a day's rows, asked from its planner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import tuple_row

from sancrm_notifications.contract.terms import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from sancrm_notifications.contract.terms import Relation

BIG_ROWS = 50_000  # below, reading a whole table costs a report milliseconds
PLAN_OF_ONE_DAY = sql.SQL(
    "explain (format json, verbose) select 1 from {relation} "
    "where {column} >= now() - interval '1 day' and {column} < now()"
)
ESTIMATED_ROWS = "select reltuples::bigint from pg_class where oid = to_regclass(format('%%I.%%I', %s::text, %s::text))"


def speed_sentences(connection: psycopg.Connection, relation: Relation, usable: set[str]) -> Iterator[tuple[str, str]]:
    """Yield column and sentence for each instant whose search would read the whole of a big table."""
    for column in relation.instants:
        if column not in usable:
            continue
        query = PLAN_OF_ONE_DAY.format(relation=sql.Identifier(SCHEMA, relation.name), column=sql.Identifier(column))
        with connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute(query).fetchone()
            plan = row[0][0]["Plan"] if row else {}
            for schema, table in dict.fromkeys(_tables_read_whole(plan)):
                row = cursor.execute(ESTIMATED_ROWS, [schema, table]).fetchone()
                rows = row[0] if row and row[0] else 0
                if rows >= BIG_ROWS:
                    yield column, _sentence(f"{SCHEMA}.{relation.name}.{column}", column, f"{schema}.{table}", rows)


def _sentence(name: str, column: str, table: str, rows: int) -> str:
    return (
        f"{name} is searched by reading all of {table} (about {rows} rows); expected an index scan: create an index "
        f"on the column or expression of {table} that {column} comes from, and let the view pass it on as it is."
    )


def _tables_read_whole(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    is_scan = node["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan"}
    if is_scan and "Index Cond" not in node:
        yield node["Schema"], node["Relation Name"]
    for child in node.get("Plans", []):
        yield from _tables_read_whole(child)
