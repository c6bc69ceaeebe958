"""Which chats the settings lead to: each chat or topic once, with the destinations it serves and where it is set."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications import connections, settings
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.address import Address
from sancrm_notifications.checks.line import Line, fail
from sancrm_notifications.delivery.destinations import CHAINS, addresses
from sancrm_notifications.secrets_backends import SecretsBackendError, UnreadableError
from sancrm_notifications.settings import VARIABLE, Settings, SettingsError

if TYPE_CHECKING:
    from sancrm_notifications.channels.telegram.address import BotAddress


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, or a topic of it, as one bot reaches it."""

    address: Address
    destinations: tuple[str, ...]
    set_in: str

    @property
    def what(self) -> str:
        """How lines name it."""
        topic = self.address.message_thread_id
        return f"chat {self.address.chat_id}" + (f", topic {topic}" if topic else "")


def readable_settings() -> Settings:
    """Return the settings, or the defaults where they cannot be read: that is another check's line."""
    try:
        return settings.load()
    except (SettingsError, SecretsBackendError):
        return Settings()


def places() -> tuple[list[Place], list[Line]]:
    """Return every place that messages may go to, and a line for each destination that leads nowhere."""
    chosen = readable_settings()
    resolve = addresses(chosen, connections.telegram_connection)
    found: dict[Address, list[str]] = {}
    faults: dict[str, list[str]] = {}
    for name in (*CHAINS, *chosen.own_chats()):
        try:
            address = resolve(name)
            if isinstance(address, Address):
                found.setdefault(address, []).append(name)
        except (DestinationError, SecretsBackendError) as error:
            faults.setdefault(str(error), []).append(name)
    lines = [fail(f"destination {', '.join(names)}", sentence) for sentence, names in faults.items()]
    return [Place(address, tuple(names), _set_in(names[0])) for address, names in found.items()], lines


def token_connections(bot: BotAddress) -> list[str]:
    """Return the Airflow connections that hold this bot's token."""
    holding = []
    for conn_id in dict.fromkeys(conn_id for chain in CHAINS.values() for conn_id in chain):
        # One that cannot be read has a line of its own.
        with suppress(SecretsBackendError, UnreadableError):
            connection = connections.telegram_connection(conn_id)
            if connection is not None and (connection.password or "").strip() == bot.token:
                holding.append(conn_id)
    return holding


def _set_in(destination: str) -> str:
    """Return where a person corrects the chat of this destination."""
    kind, _, number = destination.partition(":")
    if kind in {"branch", "team"}:
        return f"{kind}_chats.{number} of the Airflow Variable {VARIABLE}"
    own = (conn_id for conn_id in CHAINS[destination] if _has_chat(conn_id))
    return f"the Airflow connection {next(own, CHAINS[destination][-1])}"


def _has_chat(conn_id: str) -> bool:
    connection = connections.telegram_connection(conn_id)
    return connection is not None and bool(connection.host)
