"""What waits for a bot's getUpdates: in order, until a higher offset confirms it; some of it held back or repeated."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

Update = dict[str, Any]

KEPT_SECONDS = 24 * 3600
FIRST_UPDATE_ID = 100_000_000

SCHEMA = """
create table if not exists updates (
    update_id integer primary key, bot_id integer not null, created_at real not null, body text not null
);
create table if not exists update_repeats (update_id integer primary key, left_over integer not null);
create table if not exists held_updates (number integer primary key, bot_id integer not null, body text not null);
"""


class UpdateQueue:
    """The queues of all bots, in the stand-in's database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(SCHEMA)

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self._database.execute(query, values).fetchall()

    def add(self, bot_id: int, update_id: int, body: Update, repeats: int = 0) -> None:
        """Queue an update; it comes ``repeats`` times more after it was confirmed."""
        now = time.time()
        self._all("insert into updates values (?, ?, ?, ?)", update_id, bot_id, now, json.dumps(body))
        if repeats:
            self._all("insert into update_repeats values (?, ?)", update_id, repeats)
        self._all("delete from updates where created_at < ?", now - KEPT_SECONDS)

    def hold(self, bot_id: int, body: Update) -> None:
        """Keep an update back; it has no number yet."""
        self._all("insert into held_updates (bot_id, body) values (?, ?)", bot_id, json.dumps(body))

    def take_held(self) -> list[tuple[int, Update]]:
        """Return what was held back, oldest first, with the bot it is for, and hold it no longer."""
        held = self._all("select bot_id, body from held_updates order by number")
        self._all("delete from held_updates")
        return [(bot_id, json.loads(body)) for bot_id, body in held]

    def newest(self, bot_id: int, number: int) -> list[int]:
        """Return the numbers of a bot's newest updates, oldest of them first."""
        newest = "select update_id from updates where bot_id = ? order by update_id desc limit ?"
        return sorted(update_id for (update_id,) in self._all(newest, bot_id, number))

    def waiting(self, bot_id: int, offset: int = 0, limit: int = -1) -> list[Update]:
        """Return a bot's waiting updates from a number on, and those before it that were planned to come again."""
        rows = self._all(
            "select update_id, body from updates where bot_id = ? "
            "and (update_id >= ? or update_id in (select update_id from update_repeats)) order by update_id limit ?",
            bot_id,
            offset,
            limit,
        )
        return [{"update_id": number, **json.loads(body)} for number, body in rows]

    def count(self, bot_id: int) -> int:
        """Return how many updates wait for a bot."""
        return int(self._all("select count(*) from updates where bot_id = ?", bot_id)[0][0])

    def confirm(self, bot_id: int, before_update_id: int) -> None:
        """Drop the updates that a higher offset has confirmed, but for those that were planned to come again."""
        once_more = "select update_id from update_repeats where left_over > 0"
        self._all(
            f"delete from updates where bot_id = ? and update_id < ? and update_id not in ({once_more})",  # noqa: S608
            bot_id,
            before_update_id,
        )
        self._all(
            "update update_repeats set left_over = left_over - 1 "
            "where update_id in (select update_id from updates where bot_id = ? and update_id < ?)",
            bot_id,
            before_update_id,
        )

    def clear(self) -> None:
        """Forget all updates."""
        for table in ("updates", "update_repeats", "held_updates"):
            self._all(f"delete from {table}")  # noqa: S608 - a constant of this line
