"""Where a logical destination is today: which bot, which chat, which topic.

Source: docs/delivery.md, Destinations. Each connection falls back to the next in its chain, and one without a token
speaks through the default bot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sancrm_notifications.settings import Settings

PUBLIC_BOT_API = "https://api.telegram.org/bot"
_DEFAULT = "telegram_default"
_GENERAL_TOPIC = 1  # Telegram wants it left out
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_SERVER_SCHEMES = frozenset({"http", "https"})
_PROXY_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})

CHAINS = {
    "staff": (_DEFAULT,),
    "reports": ("telegram_reports", _DEFAULT),
    "missed_calls": ("telegram_missed_calls", _DEFAULT),
    "backups": ("telegram_backups", _DEFAULT),
    "operators": ("telegram_operators", "telegram_backups", _DEFAULT),
}


class DestinationError(ValueError):
    """A destination has no address; the text names the connection and what to fill in, never a token."""


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

    :raises DestinationError: there is no such name, no chat id or no token is configured, or a field has not its form
    """
    kind, _, number = destination.partition(":")
    if kind == "branch" and number.isdecimal():
        own = settings.branch_chats.get(int(number))
        general = resolve("reports", settings, connection)
        return general if own is None else Address(general.bot, own.chat_id, _without_general(own.message_thread_id))
    if destination not in CHAINS:
        known = ", ".join(CHAINS)
        raise DestinationError(f"there is no destination {destination!r}: known are {known} and branch:<id>")
    return _resolve_chain(CHAINS[destination], connection)


def _resolve_chain(chain: tuple[str, ...], connection: Callable[[str], Connection | None]) -> Address:
    default = connection(_DEFAULT)
    for conn_id in chain:
        found = connection(conn_id)
        if found is None or (not found.host and conn_id != _DEFAULT):
            continue
        if not found.host:
            break
        extra = {**(default.extra_dejson if default else {}), **found.extra_dejson}
        token = found.password or (default.password if default else None)
        # A topic belongs to its own chat, so it is never inherited.
        return Address(_bot(token, extra, conn_id), str(found.host).strip(), _own_topic(found, conn_id))
    raise DestinationError(
        f"Airflow connection {_DEFAULT} (type telegram) has no chat id: put the staff chat's id into its field Host"
    )


def _bot(token: str | None, extra: dict[str, object], conn_id: str) -> BotAddress:
    token = (token or "").strip()
    if not _TOKEN.fullmatch(token):
        raise DestinationError(
            f"Airflow connection {conn_id} has no bot token in its field Password:"
            " it looks like 123456789:AAE… and comes from @BotFather"
        )
    proxy = str(extra.get("proxy") or "") or None
    if proxy and not _is_address(proxy, _PROXY_SCHEMES):
        # The address is not repeated: it may hold the proxy's password.
        raise DestinationError(
            f"Airflow connection {conn_id}: proxy in its Extra must be http://, https:// or socks5:// and a host"
        )
    return BotAddress(token, _base_url(str(extra.get("base_url") or PUBLIC_BOT_API), conn_id), proxy)


def _base_url(written: str, conn_id: str) -> str:
    """Return the server's address as python-telegram-bot writes it; the token comes right after its ``/bot``."""
    base_url = written.strip().rstrip("/")
    is_server = _is_address(base_url, _SERVER_SCHEMES) and not re.search(r"[\s?#]", base_url)
    if not (is_server and urlsplit(base_url).path.endswith("/bot")):
        # The address is not repeated: it may hold the server's password or a whole token.
        raise DestinationError(
            f"Airflow connection {conn_id}: base_url in its Extra must be http:// or https://, the server and a path"
            f" that ends in /bot, such as {PUBLIC_BOT_API}"
        )
    return base_url


def _is_address(text: str, schemes: frozenset[str]) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _own_topic(connection: Connection, conn_id: str) -> int | None:
    thread = connection.extra_dejson.get("message_thread_id")
    if thread in (None, ""):
        return None
    if not str(thread).isdecimal():
        raise DestinationError(
            f"Airflow connection {conn_id}: message_thread_id = {thread!r} in its Extra must be the topic's number"
        )
    return _without_general(int(str(thread)))


def _without_general(thread: int | None) -> int | None:
    return None if thread in (0, _GENERAL_TOPIC) else thread
