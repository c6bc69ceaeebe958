"""Compares previews with what is in the chats, and counts what is there of some periods."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import psycopg
    from psycopg.rows import DictRow

_HAS_BEGUN = frozenset({"sending", "held", "sent", "covered"})


class Effect(StrEnum):
    """What would happen to a message."""

    SEND = "send"
    CHANGE = "change"
    NOTHING = "nothing"


def compared(connection: psycopg.Connection[DictRow], dag_id: str, run_ids: Sequence[str]) -> list[DictRow]:
    """Return each message that runs of a DAG have previewed, in order, with the one that is known under its key."""
    return connection.execute(query("compared"), {"dag_id": dag_id, "run_ids": list(run_ids)}).fetchall()


def effect(row: Mapping[str, Any], is_changed: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]) -> Effect:
    """Return what would happen to a message of :func:`compared`, as storing and revising decide it.

    ``is_changed`` tells of the figures in the chat and the new ones whether the message would be edited.
    """
    if row["message_id"] is None:
        return Effect.SEND
    if row["state"] == "not_wanted":
        return Effect.NOTHING
    if not row["is_in_chat"] and row["state"] not in _HAS_BEGUN:
        return Effect.SEND
    return Effect.CHANGE if is_changed(row["shown_figures"], row["new_figures"]) else Effect.NOTHING


def in_chats(
    connection: psycopg.Connection[DictRow], periods: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many messages about each period, a notification and its key, are in their chats and are not."""
    named = {"notifications": [name for name, _ in periods], "periods": [period for _, period in periods]}
    rows = connection.execute(query("in_chats"), named)
    return {(row["notification"], row["period"]): (row["in_chat"], row["waiting"]) for row in rows}
