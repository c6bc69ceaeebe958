"""The demo CRM lives: every few seconds something happens to a repair, as at a reception desk on a busy day.

``python -m local.demo_life DSN`` goes on until it is stopped; each step is a transaction of its own.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from psycopg.rows import DictRow

SQL_DIRECTORY = Path(__file__).parents[1] / "include" / "sql" / "reporting"
EVERY_SECONDS = 5.0
# How often each thing happens, and what follows a status, by the catalogue's ids.
_HAPPENINGS = {"new repair": 2, "next status": 6, "comment of staff": 1, "comment of a customer": 1}
_NEXT: Mapping[int, tuple[int, ...]] = {
    1: (2,),
    2: (3,),
    3: (4, 6, 9),
    4: (5,),
    5: (8,),
    6: (7,),
    7: (5,),
    8: (10,),
    9: (11,),
}
_COMMENTS = {
    "staff": ("Запчасть приехала, ставим.", "Нужна замена щёток, согласуйте, пожалуйста.", "Проверили, всё работает."),
    "customer": ("Когда можно забрать?", "Согласен на ремонт.", "Буду завтра после шести."),
}


@dataclass
class Life:
    """What happens in one demo CRM; the same seed and the same data give the same happenings."""

    connection: psycopg.Connection[DictRow]
    chance: random.Random = field(default_factory=random.Random)

    def step(self) -> str:
        """Let one thing happen; return what it was, in words without anybody's name."""
        happening = self.chance.choices(list(_HAPPENINGS), weights=list(_HAPPENINGS.values()))[0]
        with self.connection.transaction():
            match happening:
                case "new repair":
                    return self._take_in()
                case "next status":
                    return self._move_on()
                case "comment of staff":
                    return self._say("staff")
                case _:
                    return self._say("customer")

    def move(self, repair_id: int, status_id: int) -> None:
        """Give a repair another status."""
        self.connection.execute(
            _text("life_status"), {"repair_id": repair_id, "status_id": status_id, "is_closed": status_id in {10, 11}}
        )

    def _take_in(self) -> str:
        (row,) = self.connection.execute(_text("life_new_repair"), {"draw": self.chance.random()}).fetchall()
        return f"repair {row['repair_id']} was taken in"

    def _move_on(self) -> str:
        found = self._any_open(list(_NEXT))
        if found is None:
            return self._take_in()
        status_id = self.chance.choice(_NEXT[found["status_id"]])
        self.move(found["repair_id"], status_id)
        return f"repair {found['repair_id']} went from status {found['status_id']} to {status_id}"

    def _say(self, author: str) -> str:
        found = self._any_open(list(_NEXT))
        if found is None:
            return self._take_in()
        comment = self.chance.choice(_COMMENTS[author])
        values = {"repair_id": found["repair_id"], "author": author, "comment": comment}
        self.connection.execute(
            "insert into crm.repair_events (repair_id, kind, occurred_at, author, comment, is_for_customer)"
            " values (%(repair_id)s, 'comment', clock_timestamp(), %(author)s, %(comment)s, true)",
            values,
        )
        return f"repair {found['repair_id']} has a comment by {author}"

    def _any_open(self, statuses: list[int]) -> DictRow | None:
        cursor = self.connection.execute(
            _text("life_open_repair"), {"statuses": statuses, "draw": self.chance.random()}
        )
        return cursor.fetchone()


def _text(name: str) -> bytes:
    return (SQL_DIRECTORY / f"{name}.sql").read_bytes()


def live(dsn: str, every_seconds: float, report: Callable[[str], object], is_over: Callable[[], bool]) -> None:
    """Let things happen one after the other until it is over."""
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
        life = Life(connection)
        while not is_over():
            report(life.step())
            time.sleep(every_seconds)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m local.demo_life", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dsn", help="libpq connection string of a database with a demo CRM")
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds from one happening to the next")
    parser.add_argument("--steps", type=int, help="end after so many")
    options = parser.parse_args(arguments)
    left = iter(range(options.steps)) if options.steps is not None else None
    live(
        options.dsn,
        options.every,
        lambda step: print(step, flush=True),
        lambda: left is not None and next(left, None) is None,
    )


if __name__ == "__main__":
    main()
