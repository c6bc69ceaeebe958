"""Shapes what one look at the backups showed, with pandas: each database's attempts, and which good copies part them.

Source: docs/backups.md.  The only file of this room that loads pandas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from sancrm_notifications.notifications.backup_failures.facts import SUCCEEDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.notifications.backup_failures.facts import Attempt


@dataclass(frozen=True, slots=True)
class History:
    """One database's attempts in order of their ends.

    ``good_copies`` is how many of them had succeeded by the end of each: failures of one number lie between the same
    two good copies.
    """

    database: str
    attempts: tuple[Attempt, ...]
    good_copies: tuple[int, ...]


def histories(attempts: Sequence[Attempt]) -> list[History]:
    """Return the history of each database, in order of their names."""
    places = pd.DataFrame(
        {
            "database": [attempt.database for attempt in attempts],
            "ended_at": pd.to_datetime([attempt.ended_at for attempt in attempts], utc=True),
            "started_at": pd.to_datetime([attempt.started_at for attempt in attempts], utc=True),
            "backup_id": [attempt.backup_id or 0 for attempt in attempts],
            "is_good": [attempt.status == SUCCEEDED for attempt in attempts],
        }
    ).sort_values(["database", "ended_at", "started_at", "backup_id"])
    places["good_copies"] = places.groupby("database")["is_good"].cumsum()
    # What ended in the same moment as a good copy ended by its end, whichever the order of the rows is.
    places["good_copies"] = places.groupby(["database", "ended_at"])["good_copies"].transform("max")
    return [
        History(str(database), tuple(attempts[row] for row in rows.index), tuple(map(int, rows["good_copies"])))
        for database, rows in places.groupby("database")
    ]
