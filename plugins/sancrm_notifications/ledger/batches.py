"""What a delivery does to its batch as a whole and asks about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.connecting import Connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sancrm_notifications.ledger.connecting import Rows

# So long a server is not asked again for what it has refused.
_RICH_REFUSED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message (part) that is parked; ``result`` is the word for the refusal, ``reason_for_staff`` is Russian.

    Chat and ``since``, the instant of its first try, are None for one that was parked with others, untried.
    """

    notification: str
    period: str
    label: str
    destination: str
    result: str
    reason_for_staff: str
    chat_id: str | None
    chat_title: str | None
    since: datetime | None


class BatchLedger:
    """The ledger as the delivery of one batch, or of some subjects of it, sees it."""

    def __init__(self, conninfo: str, batch: str, subjects: Sequence[str] | None) -> None:
        self._connection = Connection(conninfo)
        self._batch = {"batch": batch, "subjects": None if subjects is None else list(subjects)}

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    async def begin(self, *, reopen_parked: bool, with_pictures: bool = True) -> None:
        """Begin a delivery: the closing message waits from now on; ``reopen_parked`` when a person asked for it.

        Without ``with_pictures`` those that are in no chat are not wanted any more.
        """
        anew = [("reopen_parked", self._batch), ("forget_waiting", self._batch)]
        reopened = anew if reopen_parked else []
        dropped = [] if with_pictures else [("drop_pictures", self._batch)]
        begun = [*dropped, *reopened, ("begin_waiting", self._batch), ("expire", self._batch)]
        await self._connection.transaction(begun)

    async def forget_waiting(self) -> None:
        """Let the closing message's wait begin with the next delivery: in this one nothing could be sent."""
        await self._ask("forget_waiting", self._batch)

    async def expire(self) -> None:
        """Show as expired what has passed its end of use."""
        await self._ask("expire", self._batch)

    async def destinations(self) -> list[str]:
        """Return the logical destinations that still have messages to deliver."""
        return [row["destination"] for row in await self._ask("destinations", self._batch)]

    async def missing(self) -> list[tuple[str, str]]:
        """Return label and reason (Russian, may be empty) of each message of the batch that is not in its chat."""
        rows = await self._ask("missing_messages", self._batch)
        return [(row["label"], row["reason_for_staff"]) for row in rows]

    async def states(self) -> dict[str, int]:
        """Return how many messages of the batch stand in which state."""
        return {row["state"]: row["count"] for row in await self._ask("batch_states", self._batch)}

    async def undelivered(self) -> list[Undelivered]:
        """Return the messages of the batch that cannot be sent until a person acts."""
        return [Undelivered(**row) for row in await self._ask("undelivered", self._batch)]

    async def parked_reasons(self) -> list[str]:
        """Return a sentence for each reason why messages of the batch cannot be sent."""
        rows = await self._ask("parked_reasons", self._batch)
        return [f"{row['destination']}: {row['reason']} (messages: {row['count']})" for row in rows]

    async def rich_is_known(self, server: str) -> bool:
        """Return whether the server may know rich messages: it has not refused them within a day."""
        rows = await self._ask("rich_is_known", {"server": server, "remembered": _RICH_REFUSED})
        return bool(rows[0]["is_known"])

    async def present_chats(self, bot_id: int, chat_ids: Sequence[str]) -> dict[str, str]:
        """Return the ids that chats have today, by those given: a group that became a supergroup has another."""
        rows = await self._ask("present_chats", {"bot_id": bot_id, "chat_ids": list(chat_ids)})
        return {chat_id: chat_id for chat_id in chat_ids} | {row["chat_id"]: row["migrated_to"] for row in rows}

    async def _ask(self, name: str, parameters: dict[str, Any]) -> Rows:
        return await self._connection.transaction([(name, parameters)])
