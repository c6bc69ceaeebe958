"""Which bot, which chat and which topic a Telegram connection says, and through which server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sancrm_notifications.channels.channel import DestinationError

if TYPE_CHECKING:
    from sancrm_notifications.channels.channel import Connection
    from sancrm_notifications.channels.telegram.hook import BotHook

PUBLIC_BOT_API = "https://api.telegram.org/bot"
_GENERAL_TOPIC = 1  # Telegram wants it left out
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_SERVER_SCHEMES = frozenset({"http", "https"})
_PROXY_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})


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

    def channel(self) -> BotHook:
        """Return the hook that speaks as this bot."""
        from sancrm_notifications.channels.telegram.hook import BotHook

        return BotHook(self)

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

    def of_chat(self, chat_id: str, message_thread_id: int | None) -> Address:
        """Return another chat's address, through the same bot."""
        return Address(self.bot, chat_id, _without_general(message_thread_id))


def address(conn_id: str, found: Connection, default: Connection | None) -> Address | None:
    """Return the address that a connection says, None where it says no chat.

    ``default`` is the connection whose bot, server and proxy speak for one that has none of its own; a topic belongs
    to its own chat and is never inherited.

    :raises DestinationError: there is no token, or a field has not its form
    """
    if not found.host:
        return None
    extra = {**(default.extra_dejson if default else {}), **found.extra_dejson}
    token = found.password or (default.password if default else None)
    return Address(_bot(token, extra, conn_id), str(found.host).strip(), _own_topic(found, conn_id))


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
