"""What clients write for staff, and what staff answer; the CRM reads it from the view ``client_comments``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.feeds import Key

    Connection = psycopg.AsyncConnection[DictRow]

Kind = Literal["comment", "callback"]
SAME_CALLBACK = timedelta(hours=1)
"""Whoever asks to be called again so soon has been heard."""
COPIED_WITHIN = timedelta(days=7)
"""So long after it was written a comment may come back as an event of the CRM."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What a client has written; ``user_id`` is the account to answer, None: it is no longer bound."""

    comment_id: int
    kind: Kind
    repair_id: int | None
    branch_id: int | None
    text: str | None
    user_id: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that waits for a word, or has been decided about."""

    reply_id: int
    comment_id: int
    text: str | None
    decided_by: str | None


async def note_comment(
    ledger: Connection,
    kind: Kind,
    binding_id: int,
    *,
    repair_id: int | None = None,
    branch_id: int | None = None,
    text: str | None = None,
) -> int:
    """Note what a client wants; return its number."""
    written = None if text is None else text.replace("\0", "")
    values = {"kind": kind, "binding_id": binding_id, "repair_id": repair_id, "branch_id": branch_id, "text": written}
    row = await (await ledger.execute(query("note_comment"), values)).fetchone()
    if row is None:
        raise LookupError(f"the {kind} of binding {binding_id} was not written down")
    return int(row["comment_id"])


async def is_callback_known(ledger: Connection, user_id: int, repair_id: int | None) -> bool:
    """Tell whether an account has asked of late to be called about a repair."""
    values = {"user_id": user_id, "repair_id": repair_id, "within": SAME_CALLBACK}
    return await (await ledger.execute(query("callback_known"), values)).fetchone() is not None


async def assign(ledger: Connection, comment_id: int, user_id: int, repair_id: int, branch_id: int | None) -> bool:
    """Say of which repair an account's comment is; False: it is none of theirs, or that was said before."""
    values = {"comment_id": comment_id, "user_id": user_id, "repair_id": repair_id, "branch_id": branch_id}
    return (await ledger.execute(query("assign_comment"), values)).rowcount > 0


async def comment(ledger: Connection, comment_id: int) -> Comment | None:
    """Return a comment; None: there is none of this number."""
    row = await (await ledger.execute(query("comment"), {"comment_id": comment_id})).fetchone()
    return Comment(**row) if row else None


async def note_reply(ledger: Connection, comment_id: int, text: str, written_by: str) -> int:
    """Note what staff want to answer; return its number."""
    values = {"comment_id": comment_id, "text": text.replace("\0", ""), "written_by": written_by}
    row = await (await ledger.execute(query("note_reply"), values)).fetchone()
    if row is None:
        raise LookupError(f"the reply to comment {comment_id} was not written down")
    return int(row["reply_id"])


async def reply(ledger: Connection, reply_id: int) -> Reply | None:
    """Return an answer, locked until the transaction ends; None: there is none of this number."""
    row = await (await ledger.execute(query("reply"), {"reply_id": reply_id})).fetchone()
    return Reply(**row) if row else None


async def decide(ledger: Connection, reply_id: int, decided_by: str, *, is_sent: bool) -> None:
    """Note who has sent an answer, or dropped it."""
    values = {"reply_id": reply_id, "decided_by": decided_by, "is_sent": is_sent}
    await ledger.execute(query("decide_reply"), values)


async def erase_person(ledger: Connection, user_id: int) -> None:
    """Forget what an account has written, and what it was answered."""
    await ledger.execute(query("erase_replies_to"), {"user_id": user_id})
    await ledger.execute(query("erase_comments_of"), {"user_id": user_id})


def copied(ledger: psycopg.Connection, comments: Mapping[Key, tuple[int, str]]) -> set[Key]:
    """Return which of the CRM's comments, each about a repair, came from here: staff have read them already."""
    keys = list(comments)
    values = {
        "repair_ids": [comments[key][0] for key in keys],
        "texts": [comments[key][1].strip() for key in keys],
        "within": COPIED_WITHIN,
    }
    rows = ledger.execute(query("copied_comments"), values).fetchall()
    return {keys[int(place) - 1] for (place,) in rows}
