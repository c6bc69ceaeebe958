"""One update on its way to an answer: who wrote where, and what may be asked and written meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sancrm_notifications.bot.response import Answer

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    import psycopg
    from psycopg.rows import DictRow

    from sancrm_notifications.bot.messages.buttons import Markup
    from sancrm_notifications.crm.clients import Branch, Clients
    from sancrm_notifications.settings import BranchChat, Settings


@dataclass(frozen=True, slots=True)
class Turn:
    """What the parts of a conversation share; ``now`` is in the zone that days are counted in."""

    ledger: psycopg.AsyncConnection[DictRow]
    crm: Clients
    settings: Settings
    bot_username: str
    now: datetime
    chat_id: int
    user_id: int
    office: BranchChat | None = None

    @property
    def region(self) -> str:
        """Where phone numbers without a country code are."""
        return self.settings.phone_region

    def answer(self, html: str, reply_markup: Markup | None = None) -> Answer:
        """Return a message to the chat that asked."""
        return Answer(self.chat_id, html, reply_markup)

    def zone_of(self, branch: Branch | None) -> tzinfo:
        """Return the zone of a branch; where the CRM names none that there is, the network's."""
        default = self.now.tzinfo
        if default is None:
            raise ValueError("the clock must say its zone")
        if branch is None or not branch.time_zone:
            return default
        try:
            return ZoneInfo(branch.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return default
