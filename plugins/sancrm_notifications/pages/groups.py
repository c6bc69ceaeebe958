"""Groups that the bot has met: which of them get something, and what to do to connect the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.pages.words import destination_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sancrm_notifications.ledger.group_chats import GroupChat
    from sancrm_notifications.pages.chat_addresses import ChatAddress

_GONE = frozenset({"left", "kicked"})


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group: ``uses`` says what it is connected for, in words; empty: for nothing."""

    group: GroupChat
    uses: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        """Whether the bot is still a member."""
        return self.group.bot_status not in _GONE

    @property
    def may_write(self) -> bool:
        """Whether the bot is no member with restricted rights, as far as Telegram has said."""
        return self.is_here and self.group.bot_status != "restricted"


def group_rows(
    groups: Iterable[GroupChat], places: Mapping[str, ChatAddress], branches: dict[int, str]
) -> list[GroupRow]:
    """Return the groups with what they are connected for; those where the bot no longer is stand last."""
    rows = [GroupRow(group, _uses(str(group.chat_id), places, branches)) for group in groups]
    return sorted(rows, key=lambda row: not row.is_here)


def _uses(chat_id: str, places: Mapping[str, ChatAddress], branches: dict[int, str]) -> tuple[str, ...]:
    return tuple(destination_name(name, branches) for name, place in places.items() if place.chat_id == chat_id)
