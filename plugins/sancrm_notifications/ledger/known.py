"""Reads what there is in the ledger to choose from, and what it is called: DAGs, destinations, branches, chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Collection

    import psycopg
    from psycopg.rows import DictRow

LATEST = 1_000
"""Of each DAG so many messages are looked at for somebody who may not read all DAGs, the newest."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where messages went and what they were about: branches by id in the order of their names."""

    branches: dict[int, str]
    destinations: list[str]
    chats: list[str]


def dags(connection: psycopg.Connection[DictRow]) -> list[str]:
    """Return the DAGs that have stored messages."""
    return [row["dag"] for row in connection.execute(query("known_dags"))]


def branch_names(connection: psycopg.Connection[DictRow]) -> dict[int, str]:
    """Return the names of the branches that reports were written about, by id, in the order of names."""
    named = ((branch_of(row["subject"]), row["label"]) for row in connection.execute(query("known_branches")))
    return {number: name for number, name in named if number is not None}


def chat_titles(connection: psycopg.Connection[DictRow]) -> dict[str, str]:
    """Return the titles of chats, by id, as the last check of connections has seen them."""
    return {row["chat_id"]: row["title"] for row in connection.execute(query("chat_titles"))}


def places(
    connection: psycopg.Connection[DictRow], dag_ids: Collection[str], readable: Collection[str], names: dict[int, str]
) -> Places:
    """Return the places of the readable ones among all DAGs; ``names`` are those of all branches.

    All there are where every DAG is readable: an index has them. Else those of each DAG's ``LATEST`` messages.
    """
    if set(dag_ids) <= set(readable):
        destinations = [row["destination"] for row in connection.execute(query("known_destinations"))]
        return Places(names, destinations, [row["chat_id"] for row in connection.execute(query("known_chats"))])
    named = {"dag_ids": sorted(set(readable) & set(dag_ids)), "most": LATEST}
    rows = connection.execute(query("latest_places"), named).fetchall()
    branches = {branch_of(row[column] or "") for row in rows for column in ("subject", "destination")}
    return Places(
        {number: name for number, name in names.items() if number in branches},
        sorted({row["destination"] for row in rows}),
        sorted({row["chat_id"] for row in rows if row["chat_id"] is not None}),
    )


def branch_of(subject: str) -> int | None:
    """Return the branch that a message is about, or for whose chats it is; None where it is another subject."""
    kind, _, number = subject.partition(":")
    return int(number) if kind in {"branch", "team"} and number.isascii() and number.isdecimal() else None
