"""Compares previews with what is in the chats, and counts what is there of some periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg
    from psycopg.rows import DictRow


def compared(connection: psycopg.Connection[DictRow], dag_id: str, run_ids: Sequence[str]) -> list[DictRow]:
    """Return each message that runs of a DAG have previewed, in order, with the one that is known under its key."""
    return connection.execute(query("compared"), {"dag_id": dag_id, "run_ids": list(run_ids)}).fetchall()


def in_chats(
    connection: psycopg.Connection[DictRow], periods: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many messages about each period, a notification and its key, are in their chats and are not."""
    named = {"notifications": [name for name, _ in periods], "periods": [period for _, period in periods]}
    rows = connection.execute(query("in_chats"), named)
    return {(row["notification"], row["period"]): (row["in_chat"], row["waiting"]) for row in rows}
