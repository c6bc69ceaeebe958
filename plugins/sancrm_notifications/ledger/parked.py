"""What waits for a person, whichever run stored it: looked up, tried again, or noted as delivered."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row, dict_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import psycopg


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message (part) that is ``parked`` or ``held``; ``is_past_use``: it is not sent any more."""

    message_id: int
    key: str
    batch: str
    subject: str
    destination: str
    state: str
    reason: str
    expires_at: datetime
    is_past_use: bool

    @property
    def is_answer(self) -> bool:
        """Whether the bot has answered somebody with it: its chat is known by its number alone."""
        return self.destination.startswith("chat:")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many messages stand in which state, and a sentence for each reason why some cannot be sent."""

    states: dict[str, int]
    parked_reasons: list[str]


def waiting(conninfo: str, *, key_start: str = "", destination: str | None = None) -> list[Waiting]:
    """Return the parked and the held messages, in the order of storing.

    ``key_start`` is how their keys begin (a notification's name, or more), ``destination`` a logical name.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    given = {"key_start": key_start, "destination": destination}
    with _connected(conninfo) as connection, connection.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(query("waiting_messages"), given).fetchall()


def reopen(conninfo: str, message_ids: Sequence[int], states: Sequence[str]) -> None:
    """Let those that stand in one of these states, and not past their end of use, be sent by the next delivery.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with _connected(conninfo) as connection:
        connection.execute(query("reopen_messages"), {"message_ids": list(message_ids), "states": list(states)})


def note_delivered(conninfo: str, message_ids: Sequence[int]) -> None:
    """Note those that are held as sent.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with _connected(conninfo) as connection:
        connection.execute(query("note_delivered"), {"message_ids": list(message_ids)})


def note_not_wanted(conninfo: str, message_ids: Sequence[int]) -> int:
    """Note those that are parked, held or expired as no longer wanted; return how many (parts) were.

    They are never sent, whatever is stored in their place, and wait for nobody any more.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with _connected(conninfo) as connection:
        return connection.execute(query("note_not_wanted"), {"message_ids": list(message_ids)}).rowcount


def standing(conninfo: str, message_ids: Sequence[int]) -> Standing:
    """Return where these messages stand now.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    given = {"message_ids": list(message_ids)}
    with _connected(conninfo) as connection, connection.cursor(row_factory=dict_row) as cursor:
        states = cursor.execute(query("states_of"), given).fetchall()
        reasons = cursor.execute(query("parked_reasons_of"), given).fetchall()
    return Standing(
        {row["state"]: row["count"] for row in states},
        [f"{row['destination']}: {row['reason']} (messages: {row['count']})" for row in reasons],
    )


@contextmanager
def _connected(conninfo: str) -> Iterator[psycopg.Connection[Any]]:
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        yield connection
