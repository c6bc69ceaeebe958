"""Where destinations lead now, as far as Airflow's connections say it: the chat, never a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications import connections, settings
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.address import Address
from sancrm_notifications.delivery.destinations import addresses

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class ChatAddress:
    """A chat that a destination leads to, or ``problem``: a sentence why it leads nowhere."""

    chat_id: str = ""
    topic: int | None = None
    bot_id: int | None = None
    problem: str = ""


def now(destinations: Iterable[str]) -> dict[str, ChatAddress]:
    """Return where each destination leads; what leads to no chat of Telegram is left out."""
    chosen, _ = readable_settings()
    resolve = addresses(chosen, connections.telegram_connection)
    found: dict[str, ChatAddress] = {}
    for name in dict.fromkeys(destinations):
        try:
            address = resolve(name)
        except DestinationError as error:
            found[name] = ChatAddress(problem=str(error))
            continue
        if isinstance(address, Address):
            found[name] = ChatAddress(address.chat_id, address.message_thread_id, address.bot.bot_id)
    return found


def readable_settings() -> tuple[settings.Settings, str]:
    """Return the settings, or the defaults with what is wrong with those that were set."""
    try:
        return settings.load(), ""
    except settings.SettingsError as error:
        return settings.Settings(), str(error)
