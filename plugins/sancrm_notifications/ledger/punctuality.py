"""Reads when the reports about some periods came, and what stood in their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow


@dataclass(frozen=True, slots=True)
class Tally:
    """How the messages about one period stand, in numbers; ``last_at`` is when the last of them came."""

    messages: int
    late: int
    under_way: int
    not_come: int
    last_at: datetime | None


def reports(
    connection: psycopg.Connection[DictRow], periods: Sequence[tuple[str, str]], branch_id: int | None = None
) -> list[DictRow]:
    """Return the messages about these periods, each a notification and its period's key; first parts stand for all.

    ``arrived_at`` is when the first text was taken, whatever was edited since; ``trouble`` the first request's result
    that was none, or None.  With ``branch_id`` those about one branch.
    """
    named = {
        "notifications": [name for name, _ in periods],
        "periods": [period for _, period in periods],
        "subject": _subject(branch_id),
    }
    return connection.execute(query("reports_of_periods"), named).fetchall()


def tallies(
    connection: psycopg.Connection[DictRow],
    periods: Sequence[tuple[str, str, datetime]],
    branch_id: int | None = None,
) -> dict[tuple[str, str], Tally]:
    """Return how the messages about these periods stand: each a notification, its period's key, and until when in time.

    Without the periods that no message is about.  Numbers only: a month of calls is tens of thousands of messages.
    """
    named = {
        "notifications": [name for name, _, _ in periods],
        "periods": [period for _, period, _ in periods],
        "bys": [by for _, _, by in periods],
        "subject": _subject(branch_id),
    }
    rows = connection.execute(query("tallies_of_periods"), named).fetchall()
    return {(row.pop("notification"), row.pop("period")): Tally(**row) for row in rows}


def worst(
    connection: psycopg.Connection[DictRow],
    periods: Sequence[tuple[str, str, datetime]],
    most: int,
    branch_id: int | None = None,
) -> list[DictRow]:
    """Return of each period, given as for :func:`tallies`, so many messages as :func:`reports` does, the worst first.

    What did not come stands before what came late, and that before what came in time.
    """
    named = {
        "notifications": [name for name, _, _ in periods],
        "periods": [period for _, period, _ in periods],
        "bys": [by for _, _, by in periods],
        "subject": _subject(branch_id),
        "most": most,
    }
    return connection.execute(query("worst_of_periods"), named).fetchall()


def first_messages(connection: psycopg.Connection[DictRow], dag_ids: Collection[str]) -> dict[str, datetime | None]:
    """Return when each of these DAGs stored its first message, None: it never did."""
    rows = connection.execute(query("first_messages"), {"dag_ids": sorted(dag_ids)})
    return {row["dag"]: row["stored_at"] for row in rows}


def _subject(branch_id: int | None) -> str | None:
    return None if branch_id is None else f"branch:{branch_id}"
