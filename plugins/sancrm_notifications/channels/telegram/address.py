"""Which bot, which chat and which topic a Telegram connection says, and through which server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.errors.suggestions import meant
from sancrm_notifications.text.markup import beginning

if TYPE_CHECKING:
    from sancrm_notifications.channels.channel import Connection
    from sancrm_notifications.channels.telegram.hook import BotHook

PUBLIC_BOT_API = "https://api.telegram.org/bot"
_GENERAL_TOPIC = 1  # Telegram wants it left out
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_CHAT_ID = re.compile(r"-?[0-9]+|@[A-Za-z0-9_]+")
_EXTRA = ("base_url", "proxy", "message_thread_id")
_SHOWN_CHARACTERS = 60
_SERVER_SCHEMES = frozenset({"http", "https"})
_PROXY_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})


@dataclass(frozen=True, slots=True)
class BotAddress:
    """Which bot, and through which server."""

    token: str = field(repr=False)
    base_url: str = field(default=PUBLIC_BOT_API, repr=False)
    proxy: str | None = field(default=None, repr=False)

    @property
    def bot_id(self) -> int:
        """The bot's public id: the token's part before the colon."""
        return int(self.token.split(":", 1)[0])

    @property
    def server(self) -> str:
        """The server's host and port: its whole address may hold a login and a password."""
        url = urlsplit(self.base_url)
        return f"{url.hostname}:{url.port}" if url.port else str(url.hostname)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be shown nowhere: the token, and passwords of the server and the proxy, as typed and as meant."""
        passwords = {urlsplit(address).password for address in (self.base_url, self.proxy) if address}
        typed = [password for password in passwords if password]
        return (self.token, *dict.fromkeys([*typed, *map(unquote, typed)]))

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
    """Return the address that a connection says, None where nothing is filled in.

    ``default`` is the connection whose bot, server and proxy speak for one that has none of its own; a topic belongs
    to its own chat and is never inherited.

    :raises DestinationError: no chat or no token is said, or a field has not its form
    """
    chat_id = (found.host or "").strip()
    if not chat_id and not _filled(found):
        return None
    _require_chat(chat_id, found, conn_id)
    _require_known(found.extra_dejson, conn_id)
    extra = {**(default.extra_dejson if default else {}), **found.extra_dejson}
    if found.login and not found.password:
        raise DestinationError(f"Airflow connection {conn_id}: the bot's token belongs into Password, not into Login")
    token = found.password or (default.password if default else None)
    return Address(_bot(token, extra, conn_id), chat_id, _own_topic(found, conn_id))


def _filled(found: Connection) -> list[str]:
    """Return the fields beside Host that are filled in, as Airflow's form names them."""
    fields = {
        "Login": found.login,
        "Password": found.password,
        "Schema": found.schema,
        "Port": found.port,
        "Extra": found.extra_dejson,
    }
    return [name for name, value in fields.items() if value]


def _require_chat(chat_id: str, found: Connection, conn_id: str) -> None:
    """Refuse a connection whose chat is not where it belongs: what is passed over becomes another chat."""
    if not chat_id:
        raise DestinationError(
            f"Airflow connection {conn_id} has no chat id: put it into its field Host, or delete the connection;"
            f" filled in: {', '.join(_filled(found))}"
        )
    if not _CHAT_ID.fullmatch(chat_id):
        # An address may hold a password, a token is one.
        shown = "what stands there" if re.search(r"[:/]", chat_id) else beginning(repr(chat_id), _SHOWN_CHARACTERS)
        raise DestinationError(
            f"Airflow connection {conn_id}: {shown} in its field Host is no chat id, such as -1001234567890 or @channel"
        )
    misplaced = [name for name, value in (("Schema", found.schema), ("Port", found.port)) if _may_be_id(value)]
    if misplaced:
        raise DestinationError(
            f"Airflow connection {conn_id}: empty its field {misplaced[0]}; a topic's number belongs into the Extra, as"
            " message_thread_id"
        )


def _may_be_id(value: str | int | None) -> bool:
    return bool(re.search(r"[0-9@]", str(value or "")))


def _require_known(extra: dict[str, Any], conn_id: str) -> None:
    """Refuse a misspelt field of the Extra: server, proxy or topic would be another."""
    for name in extra:
        if name not in _EXTRA and (suggestion := meant(name, _EXTRA)):
            raise DestinationError(f"Airflow connection {conn_id}: its Extra has no field {name!r}{suggestion}")


def _bot(token: str | None, extra: dict[str, Any], conn_id: str) -> BotAddress:
    token = (token or "").strip()
    if not _TOKEN.fullmatch(token):
        raise DestinationError(
            f"Airflow connection {conn_id} has no bot token in its field Password:"
            " it looks like 123456789:AAE… and comes from @BotFather"
        )
    proxy = _said(extra, "proxy")
    if proxy and not _is_address(proxy, _PROXY_SCHEMES):
        # The address is not repeated: it may hold the proxy's password.
        raise DestinationError(
            f"Airflow connection {conn_id}: proxy in its Extra must be http://, https:// or socks5:// and a host"
        )
    return BotAddress(token, _base_url(_said(extra, "base_url") or PUBLIC_BOT_API, conn_id), proxy)


def _said(extra: dict[str, Any], name: str) -> str | None:
    """Return a field of the Extra as text; what is of another type fails where its form is looked at."""
    value = extra.get(name)
    return None if value is None else str(value).strip() or None


def _base_url(written: str, conn_id: str) -> str:
    """Return the server's address as python-telegram-bot writes it; the token comes right after its ``/bot``."""
    base_url = written.rstrip("/")
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
