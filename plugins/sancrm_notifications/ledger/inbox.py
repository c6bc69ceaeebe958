"""What came in: each update once, what it led to, and its answers as messages of the ledger."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg
    from psycopg.rows import DictRow

    AsyncConnection = psycopg.AsyncConnection[DictRow]

NOTIFICATION = "client_bot"
WORTH_ANSWERING = timedelta(minutes=10)
"""An answer is worth sending for so long after the question; later it is given together with others."""
_KEPT = timedelta(hours=24)  # so long a question waits for its answer
_MOST_DUE = 100


@dataclass(frozen=True, slots=True)
class Received:
    """An update as it is written down; ``content`` is what may be kept of it, None of other people's talk."""

    bot_id: int
    update_id: int
    kind: str
    state: str = "handled"
    chat_id: str | None = None
    user_id: int | None = None
    content: Mapping[str, Any] | None = None
    asked_at: float | None = None
    """Seconds since 1970; None where the update does not say when."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer, or with ``edits`` another text (empty: only other buttons) of a message in the chat."""

    chat_id: str
    html: str
    message_thread_id: int | None = None
    receiver_user_id: int | None = None
    reply_markup: Mapping[str, Any] | None = None
    edits: int | None = None
    figures: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """The answers to one question that are given together with others, and whether the question is old."""

    inbox_id: int
    answers: Sequence[Outgoing]
    is_old: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """Who stores answers: for which bot, in which run."""

    bot_id: int
    dag_id: str | None
    run_id: str | None

    @property
    def batch(self) -> str:
        """The batch of all answers of the bot: they are delivered as they come."""
        return batch_of(self.bot_id)


def batch_of(bot_id: int) -> str:
    """Return the batch of all answers of a bot."""
    return f"{NOTIFICATION}/{bot_id}"


async def receive(connection: AsyncConnection, received: Received) -> tuple[int, bool] | None:
    """Write an update down; return its number and whether it is an old question, None when it is known already."""
    named = {**asdict(received), "content": _json(received.content), "worth_answering": WORTH_ANSWERING}
    row = await (await connection.execute(query("receive_update"), named)).fetchone()
    return (row["inbox_id"], row["is_old"]) if row else None


async def known_notice(connection: AsyncConnection, bot_id: int, update_id: int) -> str | None:
    """Return what a button was told whose press has come again."""
    named = {"bot_id": bot_id, "update_id": update_id}
    row = await (await connection.execute(query("known_notice"), named)).fetchone()
    return row["notice"] if row else None


async def messages_of_late(connection: AsyncConnection, bot_id: int, user_id: int, within: timedelta) -> int:
    """Return how many messages a person has written within a while."""
    named = {"bot_id": bot_id, "user_id": user_id, "within": within}
    row = await (await connection.execute(query("messages_of_late"), named)).fetchone()
    return int(row["number"]) if row else 0


async def settle(
    connection: AsyncConnection,
    inbox_id: int,
    content: Mapping[str, Any] | None,
    *,
    collected: Sequence[Outgoing] = (),
    notice: str | None = None,
) -> None:
    """Note that an update had its effect; ``collected`` answers are given later, together with others."""
    named = {
        "inbox_id": inbox_id,
        "state": "collected" if collected else "handled",
        "content": _json(content),
        "answers": json.dumps([asdict(one) for one in collected]) if collected else None,
        "notice": notice,
    }
    await connection.execute(query("settle_update"), named)


async def put_off(
    connection: AsyncConnection, inbox_id: int, content: Mapping[str, Any], *, after: timedelta, reason: str
) -> None:
    """Let an update wait, with all that it needs to have its effect later."""
    named = {"inbox_id": inbox_id, "content": _json(content), "after": after, "reason": reason}
    await connection.execute(query("put_off_update"), named)


async def is_first_to_wait(connection: AsyncConnection, bot_id: int, chat_id: str, inbox_id: int) -> bool:
    """Tell whether nothing else of this chat waits."""
    named = {"bot_id": bot_id, "chat_id": chat_id, "inbox_id": inbox_id}
    row = await (await connection.execute(query("is_first_to_wait"), named)).fetchone()
    return bool(row and row["is_first"])


async def due(connection: AsyncConnection, bot_id: int) -> list[tuple[int, str | None]]:
    """Return the numbers of what waits and may be tried again, each with its chat, the oldest first."""
    rows = await (await connection.execute(query("due_updates"), {"bot_id": bot_id, "most": _MOST_DUE})).fetchall()
    return [(row["inbox_id"], row["chat_id"]) for row in rows]


async def lock_waiting(connection: AsyncConnection, inbox_id: int) -> DictRow | None:
    """Take an update that waits; None when it waits no more."""
    named = {"inbox_id": inbox_id, "kept": _KEPT}
    return await (await connection.execute(query("lock_waiting"), named)).fetchone()


async def give_up(connection: AsyncConnection, inbox_id: int, reason: str) -> None:
    """Try an update no more, and say why."""
    await connection.execute(query("give_up_update"), {"inbox_id": inbox_id, "reason": reason})


async def collected_chats(connection: AsyncConnection, bot_id: int, soon: timedelta) -> list[str]:
    """Return the chats whose answers are to be given together, unless more of theirs is due ``soon``."""
    named = {"bot_id": bot_id, "soon": soon}
    rows = await (await connection.execute(query("collected_chats"), named)).fetchall()
    return [row["chat_id"] for row in rows]


async def take_collected(connection: AsyncConnection, bot_id: int, chat_id: str) -> list[Collected]:
    """Return a chat's collected answers, question by question; they are given now."""
    named = {"bot_id": bot_id, "chat_id": chat_id, "worth_answering": WORTH_ANSWERING}
    rows = await (await connection.execute(query("take_collected"), named)).fetchall()
    return [
        Collected(row["inbox_id"], [Outgoing(**one) for one in row["answers"] or ()], row["is_old"]) for row in rows
    ]


async def store_answers(
    connection: AsyncConnection, origin: Origin, subject: str, answers: Sequence[Outgoing]
) -> list[tuple[str, str]]:
    """Store answers to one update, or to several together; return their destinations with their chats.

    ``subject`` is the update's number in the inbox.
    """
    stored = []
    for number, answer in enumerate(answers, start=1):
        destination = await _destination(connection, origin.bot_id, answer)
        parts = split(answer.html, PART_LIMIT) or [""]
        for part, html in enumerate(parts, start=1):
            row = {
                **_common(origin, f"{subject}.{number}", destination, answer),
                "key": f"{NOTIFICATION}/{origin.bot_id}/{subject}.{number}/{part}",
                "part": part,
                "parts": len(parts),
                "html": html,
                "reply_markup": _json(answer.reply_markup) if part == len(parts) else None,
            }
            await connection.execute(query("store_answer"), row)
        stored.append((destination, answer.chat_id))
    return stored


async def expire_answers(connection: AsyncConnection, bot_id: int) -> int:
    """Show as expired what is no longer worth sending; return how many messages that were."""
    return (await connection.execute(query("expire_answers"), {"batch": batch_of(bot_id)})).rowcount


async def unsent(connection: AsyncConnection, bot_id: int) -> list[tuple[str, str]]:
    """Return destinations that something is still to be sent to, with their chats."""
    named = {"batch": batch_of(bot_id), "bot_id": bot_id}
    rows = await (await connection.execute(query("unsent_answers"), named)).fetchall()
    return [(row["destination"], row["chat_id"]) for row in rows]


async def erase_person(connection: AsyncConnection, user_id: int) -> None:
    """Forget what a person has sent and was told, and who it was."""
    await connection.execute(query("erase_person"), {"user_id": user_id})


def topic_of(destination: str) -> int | None:
    """Return the topic that a destination of answers says."""
    *_, topic = destination.split(":")
    return int(topic) if destination.count(":") > 1 else None


async def _destination(connection: AsyncConnection, bot_id: int, answer: Outgoing) -> str:
    named = {"bot_id": bot_id, "chat_id": answer.chat_id}
    row = await (await connection.execute(query("chat_number"), named)).fetchone()
    topic = f":{answer.message_thread_id}" if answer.message_thread_id else ""
    return f"chat:{row['chat_number'] if row else 0}{topic}"


def _common(origin: Origin, subject: str, destination: str, answer: Outgoing) -> dict[str, Any]:
    return {
        "batch": origin.batch,
        "notification": NOTIFICATION,
        "period": str(origin.bot_id),
        "subject": subject,
        "destination": destination,
        "receiver_user_id": answer.receiver_user_id,
        "dag_id": origin.dag_id,
        "run_id": origin.run_id,
        "keep": WORTH_ANSWERING,
        "edits": answer.edits,
        "figures": _json(answer.figures or {}),
        "edited_chat_id": answer.chat_id if answer.edits else None,
        "edited_bot_id": origin.bot_id if answer.edits else None,
    }


def _json(value: Mapping[str, Any] | None) -> str | None:
    """Return JSON that PostgreSQL takes: it has no character of number 0."""
    return None if value is None else json.dumps(value, ensure_ascii=False).replace("\\u0000", "")
