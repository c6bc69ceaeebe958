"""Which repairs wait to be collected now: their ids and since when, nothing of whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.rows import class_row

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    import psycopg

_STATEMENT = Path(__file__).with_suffix(".sql")
MOST_REPAIRS = 100_000


@dataclass(frozen=True, slots=True)
class Uncollected:
    """One repair that is ready; ``ready_at`` is by the clock of the CRM's database.

    ``is_asked_for``: a person wants clients reminded of what got ready then, whatever was switched on later.
    """

    repair_id: int
    ready_at: datetime
    is_asked_for: bool = False


def uncollected_repairs(crm: psycopg.Connection, since: datetime, earlier: timedelta) -> list[Uncollected]:
    """Return the repairs that became ready at or after ``since``, and no longer ago than ``earlier``.

    :raises psycopg.Error: the CRM's database cannot be reached, or refuses the statement
    """
    values = {"since": since, "earlier": earlier, "most": MOST_REPAIRS}
    with crm.cursor(row_factory=class_row(Uncollected)) as cursor:
        return cursor.execute(_STATEMENT.read_bytes(), values).fetchall()
