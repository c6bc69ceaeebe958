"""Where a logical destination is today: which bot, which chat, which topic.

Source: "Names that everything agrees on" of the design: each connection falls back to the next in its chain,
and a connection without a token speaks through the default bot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sancrm_notifications.settings import Settings

PUBLIC_BOT_API = "https://api.telegram.org/bot"
_DEFAULT = "telegram_default"
_GENERAL_TOPIC = 1  # Telegram wants it left out

CHAINS = {
    "staff": (_DEFAULT,),
    "reports": ("telegram_reports", _DEFAULT),
    "missed_calls": ("telegram_missed_calls", _DEFAULT),
    "backups": ("telegram_backups", _DEFAULT),
    "operators": ("telegram_operators", "telegram_backups", _DEFAULT),
}


class DestinationError(ValueError):
    """A destination has no address; the text names the connection and what to fill in."""


class Connection(Protocol):
    """What is read of an Airflow connection of type ``telegram``."""

    @property
    def host(self) -> str | None:
        """The chat id."""

    @property
    def password(self) -> str | None:
        """The bot's token."""

    @property
    def extra_dejson(self) -> dict[str, object]:
        """``base_url``, ``proxy`` and ``message_thread_id``, each optional."""


@dataclass(frozen=True, slots=True)
class BotAddress:
    """Which bot, and through which server."""

    token: str = field(repr=False)
    base_url: str = PUBLIC_BOT_API
    proxy: str | None = field(default=None, repr=False)

    @property
    def bot_id(self) -> int:
        """The bot's public id: the token's part before the colon."""
        return int(self.token.split(":", 1)[0])

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine, where no proxy of the environment belongs in between."""
        return urlsplit(self.base_url).hostname in {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Address:
    """One chat, or one topic of it, as a bot reaches it."""

    bot: BotAddress
    chat_id: str
    message_thread_id: int | None = None

    @property
    def is_group(self) -> bool:
        """Whether the limits of groups apply; channels count as groups, to be safe."""
        return self.chat_id.startswith(("-", "@"))


def resolve(destination: str, settings: Settings, connection: Callable[[str], Connection | None]) -> Address:
    """Return the present address of a logical destination.

    ``connection`` gives an Airflow connection by its id, or None where it does not exist.

    :raises DestinationError: no chat id or no token is configured, or the token has not its form
    """
    kind, _, number = destination.partition(":")
    if kind == "branch":
        own = settings.branch_chats.get(int(number))
        general = resolve("reports", settings, connection)
        return general if own is None else Address(general.bot, own.chat_id, _topic(own.message_thread_id))
    return _resolve_chain(CHAINS[kind], connection)


def _resolve_chain(chain: tuple[str, ...], connection: Callable[[str], Connection | None]) -> Address:
    default = connection(_DEFAULT)
    for conn_id in chain:
        found = connection(conn_id)
        if found is None or (not found.host and conn_id != _DEFAULT):
            continue
        if not found.host:
            break
        extra = {**(default.extra_dejson if default else {}), **found.extra_dejson}
        # A topic belongs to its own chat, so it is never inherited.
        thread = found.extra_dejson.get("message_thread_id")
        token = found.password or (default.password if default else None)
        return Address(_bot(token, extra, conn_id), found.host, _topic(thread))
    raise DestinationError(
        f"Airflow connection {_DEFAULT} (type telegram) has no chat id: put the staff chat's id into its field Host"
    )


def _bot(token: str | None, extra: dict[str, object], conn_id: str) -> BotAddress:
    if not token or not token.split(":", 1)[0].isdigit():
        raise DestinationError(
            f"Airflow connection {conn_id} has no bot token in its field Password:"
            " it looks like 123456789:AAE… and comes from @BotFather"
        )
    proxy = extra.get("proxy")
    return BotAddress(token, str(extra.get("base_url") or PUBLIC_BOT_API), str(proxy) if proxy else None)


def _topic(thread: object) -> int | None:
    number = int(str(thread)) if thread else None
    return None if number == _GENERAL_TOPIC else number
