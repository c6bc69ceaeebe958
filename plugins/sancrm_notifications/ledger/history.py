"""Reads the messages of a notification: about which objects, with which figures, and whether they are in the chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from sancrm_notifications import databases
from sancrm_notifications.ledger.named_queries import query
from sancrm_notifications.ledger.schema import upgrade

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as the ledger has it; ``is_in_chat`` also while an edit of it is on its way.

    ``sent_at`` is when Telegram last took it or an edit of it.
    """

    period: str
    subject: str
    destination: str
    state: str
    figures: dict[str, Any]
    stored_at: datetime
    sent_at: datetime | None
    is_in_chat: bool
    shown_figures: dict[str, Any] = field(default_factory=dict)
    """Those of the text that is in the chat, while an edit of it is on its way or came too late."""

    @property
    def has_begun(self) -> bool:
        """Whether it is, or may be, in the chat."""
        return self.is_in_chat or self.state in {"sending", "held"}


def messages_about(conninfo: str, notification: str, period: str) -> list[StoredMessage]:
    """Return the messages of a notification about one period, in the order of storing; previews are left out.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    return _read(conninfo, query("messages_about"), {"notification": notification, "period": period})


def messages_since(conninfo: str, notification: str, since: datetime) -> list[StoredMessage]:
    """Return the messages of a notification that were stored at or after an aware instant, oldest first.

    Previews are left out.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    return _read(conninfo, query("messages_since"), {"notification": notification, "since": since})


def _read(conninfo: str, statement: bytes, parameters: dict[str, Any]) -> list[StoredMessage]:
    with databases.connect(conninfo, databases.LEDGER) as connection:
        upgrade(connection)
        with connection.cursor(row_factory=class_row(StoredMessage)) as cursor:
            return cursor.execute(statement, parameters).fetchall()
