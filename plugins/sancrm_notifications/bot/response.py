"""What an update is answered with: messages, a notice at the pressed button, edits of what was sent before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg
    from psycopg.rows import DictRow
    from telegram import Update


@dataclass(frozen=True, slots=True)
class Answer:
    """One message to the chat that asked.

    ``html`` is Bot API HTML of at most 4096 characters as shown. ``reply_markup`` is the Bot API's own object
    (inline keyboard, contact request, removal). ``message_thread_id`` is the topic that was asked in.
    ``receiver_user_id`` makes it an ephemeral answer that one member of a group sees, where the server knows those.
    ``figures`` are what the ledger remembers of it, for who presses its buttons or replies to it; nothing personal.
    """

    chat_id: int
    html: str
    reply_markup: Mapping[str, Any] | None = None
    message_thread_id: int | None = None
    receiver_user_id: int | None = None
    figures: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """New text or buttons of a message that the bot sent before; ``html`` None leaves the text as it is."""

    chat_id: int
    message_id: int
    html: str | None
    reply_markup: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """All that follows from one update, beside what was written in the same transaction.

    ``notice`` (at most 200 characters) is shown at the pressed button.
    """

    answers: tuple[Answer, ...] = ()
    edits: tuple[Edit, ...] = ()
    notice: str | None = None


class Respond(Protocol):
    """Decides what an update means.

    It runs inside the ledger's transaction that also holds the update's inbox row: what it writes there is done once,
    however often the update comes. It sends nothing itself and may be called again for the same update when that
    transaction was taken back. What it reads of the CRM it reads through a connection of its own, in two seconds.

    :raises sancrm_notifications.bot.response.CrmSilent: the CRM is needed and does not answer in time
    """

    async def __call__(self, ledger: psycopg.AsyncConnection[DictRow], update: Update) -> Response:
        """Return what the update is answered with."""
        ...


class CrmSilent(Exception):  # noqa: N818 -- the state of another, not a mistake of ours
    """The CRM does not answer within two seconds: the person hears «чуть позже», and is answered when it does."""
