"""Reads the log of messages for the pages: a page of it, one message with all its requests, a day in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg
    from psycopg.rows import DictRow

PAGE = 50
# Keys that so many messages share the beginning of are looked for one by one; others are met on the way.
_FEW_KEYS = 3_000
MOST_ERRORS = 1_000
"""Of the requests with one kind of error so many are looked at, the newest."""
# Behind every row there is: where the first page begins.
_LAST_ID = 2**63 - 1
# A request follows its message's storing by the end of its use at most; nobody stores for longer.
_REQUESTED_WITHIN = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the log ends: the row's time of storing and its id."""

    stored_at: datetime
    message_id: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: stored in ``[from_at, until_at)``, aware instants; all other fields None where everything fits.

    ``key_start`` is how keys begin, ``result`` one of the results of a request that went wrong.
    """

    from_at: datetime
    until_at: datetime
    notification: str | None = None
    branch_id: int | None = None
    destination: str | None = None
    chat_id: str | None = None
    state: str | None = None
    result: str | None = None
    run_id: str | None = None
    key_start: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A page: at most ``PAGE`` rows, where the next begins (None: there is none), whether errors were cut."""

    rows: list[DictRow]
    next_place: Place | None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day's messages by hour (0 from its beginning) and state, and how its requests went."""

    messages: dict[tuple[int, str], int]
    requests: int
    failures: int
    slowest_seconds: float | None
    slowest_message_id: int | None


def page(
    connection: psycopg.Connection[DictRow],
    wanted: Wanted,
    dag_ids: Collection[str],
    after: Place | None = None,
    most: int = PAGE,
) -> Rows:
    """Return the newest rows of these DAGs that fit, or those that come after a place."""
    of_errors = None if wanted.result is None else _with_error(connection, wanted)
    of_keys = None if wanted.key_start is None else _with_key(connection, wanted.key_start)
    place = after or Place(wanted.until_at, _LAST_ID)
    parameters = {
        "dag_ids": sorted(_that_may_have(connection, wanted, dag_ids)),
        "from_at": wanted.from_at,
        "until_at": wanted.until_at,
        "before_at": place.stored_at,
        "before_id": place.message_id,
        "state": wanted.state,
        "notification": wanted.notification,
        "destination": wanted.destination,
        "branch": None if wanted.branch_id is None else f"branch:{wanted.branch_id}",
        "team": None if wanted.branch_id is None else f"team:{wanted.branch_id}",
        "chat_id": wanted.chat_id,
        "run_id": wanted.run_id,
        "key_like": None if wanted.key_start is None else _beginning_with(wanted.key_start),
        "message_ids": of_errors if of_keys is None else [*_both(of_keys, of_errors)],
        "most": most + 1,
    }
    rows = connection.execute(query("log_rows"), parameters).fetchall()
    last = rows[most - 1] if len(rows) > most else None
    next_place = None if last is None else Place(last["stored_at"], last["message_id"])
    return Rows(rows[:most], next_place, is_cut=of_errors is not None and len(of_errors) == MOST_ERRORS)


def opened(connection: psycopg.Connection[DictRow], message_id: int) -> dict[str, Any] | None:
    """Return all that is kept of a message, with its ``attempts`` and ``revisions`` in order of time, or None."""
    named = {"message_id": message_id}
    message = connection.execute(query("opened_message"), named).fetchone()
    if message is None:
        return None
    attempts = connection.execute(query("attempts_of_message"), named).fetchall()
    revisions = connection.execute(query("revisions_of_message"), named).fetchall()
    return {**message, "attempts": attempts, "revisions": revisions}


def day(
    connection: psycopg.Connection[DictRow], from_at: datetime, until_at: datetime, dag_ids: Collection[str]
) -> Day:
    """Return what these DAGs stored in ``[from_at, until_at)`` in numbers."""
    named = {"from_at": from_at, "until_at": until_at, "dag_ids": sorted(dag_ids)}
    hours = connection.execute(query("hours_of_day"), named).fetchall()
    requests = connection.execute(query("requests_of_day"), named).fetchone()
    messages = {(row["hour"], row["state"]): row["messages"] for row in hours}
    return Day(messages, **(requests or {}))


def _with_error(connection: psycopg.Connection[DictRow], wanted: Wanted) -> list[int]:
    named = {
        "result": wanted.result,
        "from_at": wanted.from_at,
        "until_at": wanted.until_at + _REQUESTED_WITHIN,
        "most": MOST_ERRORS,
    }
    return [row["message_id"] for row in connection.execute(query("messages_with_error"), named)]


def _with_key(connection: psycopg.Connection[DictRow], key_start: str) -> list[int] | None:
    """Return the messages whose keys begin so, None where they are many."""
    named = {"key_like": _beginning_with(key_start), "most": _FEW_KEYS + 1}
    found = [row["message_id"] for row in connection.execute(query("messages_with_key"), named)]
    return found if len(found) <= _FEW_KEYS else None


def _both(some: Collection[int], others: Collection[int] | None) -> set[int]:
    return set(some) if others is None else set(some) & set(others)


def _that_may_have(
    connection: psycopg.Connection[DictRow], wanted: Wanted, dag_ids: Collection[str]
) -> Collection[str]:
    """Return the DAGs without those that never store such a notification, where one is wanted or begins the key.

    All that such a DAG has stored would be walked through, in vain.
    """
    start = wanted.key_start
    if wanted.notification is None and start is None:
        return dag_ids
    pairs = [(row["notification"], row["dag"]) for row in connection.execute(query("notifications_of_dags"))]
    storing = {
        dag
        for name, dag in pairs
        if wanted.notification in {None, name}
        and (start is None or start.startswith(f"{name}/") or f"{name}/".startswith(start))
    }
    return storing & set(dag_ids)


def _beginning_with(text: str) -> str:
    """Return the pattern of LIKE that fits what begins with a text."""
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{literal}%"
