"""Reads when the reports about some periods came, and what stood in their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow


def reports(connection: psycopg.Connection[DictRow], periods: Sequence[tuple[str, str]]) -> list[DictRow]:
    """Return the messages about these periods, each a notification and its period's key; first parts stand for all.

    ``arrived_at`` is when the first text was taken, whatever was edited since; ``trouble`` the first request's result
    that was none, or None.
    """
    named = {"notifications": [name for name, _ in periods], "periods": [period for _, period in periods]}
    return connection.execute(query("reports_of_periods"), named).fetchall()


def first_messages(connection: psycopg.Connection[DictRow], dag_ids: Collection[str]) -> dict[str, datetime | None]:
    """Return when each of these DAGs stored its first message, None: it never did."""
    rows = connection.execute(query("first_messages"), {"dag_ids": sorted(dag_ids)})
    return {row["dag"]: row["stored_at"] for row in rows}
