"""The demo CRM lives: every few seconds something happens to a repair, as at a reception desk on a busy day.

``python -m local.demo_life DSN`` goes on until it is stopped; each step is a transaction of its own.
"""

from __future__ import annotations

import argparse
import itertools
import math
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
# A status is told when it has lasted for a minute: what happens to one client's tool more often is never told.
REGULAR_SECONDS = 90.0
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

    def step(self, customer_id: int | None = None) -> str:
        """Let one thing happen; return what it was, in words without anybody's name.

        ``customer_id``: to a repair of theirs, and to a new one only where none is open.
        """
        happening = self.chance.choices(list(_HAPPENINGS), weights=list(_HAPPENINGS.values()))[0]
        with self.connection.transaction():
            match happening:
                case "new repair" if customer_id is None:
                    return self._take_in(None)
                case "comment of staff":
                    return self._say("staff", customer_id)
                case "comment of a customer":
                    return self._say("customer", customer_id)
                case _:
                    return self._move_on(customer_id)

    def move(self, repair_id: int, status_id: int) -> None:
        """Give a repair another status."""
        self.connection.execute(
            _text("life_status"), {"repair_id": repair_id, "status_id": status_id, "is_closed": status_id in {10, 11}}
        )

    def _take_in(self, customer_id: int | None) -> str:
        values = {"draw": self.chance.random(), "customer_id": customer_id}
        (row,) = self.connection.execute(_text("life_new_repair"), values).fetchall()
        return f"repair {row['repair_id']} was taken in"

    def _move_on(self, customer_id: int | None) -> str:
        found = self._any_open(list(_NEXT), customer_id)
        if found is None:
            return self._take_in(customer_id)
        status_id = self.chance.choice(_NEXT[found["status_id"]])
        self.move(found["repair_id"], status_id)
        return f"repair {found['repair_id']} went from status {found['status_id']} to {status_id}"

    def _say(self, author: str, customer_id: int | None) -> str:
        found = self._any_open(list(_NEXT), customer_id)
        if found is None:
            return self._take_in(customer_id)
        comment = self.chance.choice(_COMMENTS[author])
        values = {"repair_id": found["repair_id"], "author": author, "comment": comment}
        self.connection.execute(
            "insert into crm.repair_events (repair_id, kind, occurred_at, author, comment, is_for_customer)"
            " values (%(repair_id)s, 'comment', clock_timestamp(), %(author)s, %(comment)s, true)",
            values,
        )
        return f"repair {found['repair_id']} has a comment by {author}"

    def _any_open(self, statuses: list[int], customer_id: int | None) -> DictRow | None:
        values = {"statuses": statuses, "draw": self.chance.random(), "customer_id": customer_id}
        return self.connection.execute(_text("life_open_repair"), values).fetchone()


def _text(name: str) -> bytes:
    return (SQL_DIRECTORY / f"{name}.sql").read_bytes()


def live(
    dsn: str,
    every_seconds: float,
    report: Callable[[str], object],
    is_over: Callable[[], bool],
    regular: int | None = None,
) -> None:
    """Let things happen one after the other until it is over; now and then to a repair of the customer ``regular``."""
    theirs = max(1, math.ceil(REGULAR_SECONDS / every_seconds)) if every_seconds else 1
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
        life = Life(connection)
        for number in itertools.count(1):
            if is_over():
                return
            report(life.step(regular if number % theirs == 0 else None))
            time.sleep(every_seconds)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m local.demo_life", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dsn", help="libpq connection string of a database with a demo CRM")
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds from one happening to the next")
    parser.add_argument("--steps", type=int, help="end after so many")
    parser.add_argument("--regular", type=int, help="a customer to whose repairs something happens every minute or two")
    options = parser.parse_args(arguments)
    left = iter(range(options.steps)) if options.steps is not None else None
    live(
        options.dsn,
        options.every,
        lambda step: print(step, flush=True),
        lambda: left is not None and next(left, None) is None,
        options.regular,
    )


if __name__ == "__main__":
    main()
