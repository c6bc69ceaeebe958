"""Where a logical destination is today: which connection says its bot, its chat and its topic.

Source: docs/delivery.md, Destinations. Each connection falls back to the next in its chain, and one without a token
speaks through the default bot.
"""

from __future__ import annotations

from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from sancrm_notifications import channels
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.secrets_backends import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sancrm_notifications.channels.channel import Address, AddressReader, Connection
    from sancrm_notifications.settings import Settings

_DEFAULT = "telegram_default"
_TELEGRAM = "telegram"

CHAINS = {
    "staff": (_DEFAULT,),
    "reports": ("telegram_reports", _DEFAULT),
    "missed_calls": ("telegram_missed_calls", _DEFAULT),
    "backups": ("telegram_backups", _DEFAULT),
    "operators": ("telegram_operators", "telegram_backups", _DEFAULT),
}


def addresses(settings: Settings, connection: Callable[[str], Connection | None]) -> Callable[[str], Address]:
    """Return what gives the present address of a logical destination; see :func:`resolve`.

    Each connection is asked for once.
    """
    return partial(resolve, settings=settings, connection=cache(connection))


def resolve(destination: str, settings: Settings, connection: Callable[[str], Connection | None]) -> Address:
    """Return the present address of a logical destination.

    ``connection`` gives an Airflow connection by its id, or None where it does not exist.  Only what is absent, or
    empty, is passed over: what is there and cannot be read leads nowhere else.

    :raises DestinationError: there is no such name, no chat id or no token is configured, or a field has not its form
    :raises SecretsBackendError: nobody can say whether a connection is there
    """
    kind, _, number = destination.partition(":")
    if kind == "branch" and number.removeprefix("-").isdecimal():
        own = settings.branch_chats.get(int(number))
        general = resolve("reports", settings, connection)
        return general if own is None else general.of_chat(own.chat_id, own.message_thread_id)
    if kind == "team" and number.removeprefix("-").isdecimal():
        own = settings.team_chats.get(int(number))
        common = resolve("staff", settings, connection)
        return common if own is None else common.of_chat(own.chat_id, own.message_thread_id)
    if destination not in CHAINS:
        known = ", ".join(CHAINS)
        raise DestinationError(f"there is no destination {destination!r}: known are {known}, branch:<id> and team:<id>")
    return _resolve_chain(CHAINS[destination], connection)


def _resolve_chain(chain: tuple[str, ...], connection: Callable[[str], Connection | None]) -> Address:
    default = _known(_DEFAULT, connection)
    for conn_id in chain:
        found = _known(conn_id, connection)
        address = None if found is None else _reader(found)(conn_id, found, default)
        if address is not None:
            return address
    raise DestinationError(
        f"Airflow connection {_DEFAULT} (type telegram) has no chat id: put the staff chat's id into its field Host"
    )


def _known(conn_id: str, connection: Callable[[str], Connection | None]) -> Connection | None:
    try:
        return connection(conn_id)
    except UnreadableError as error:
        raise DestinationError(str(error)) from None


def _reader(found: Connection) -> AddressReader:
    """Return what reads a connection's address: the channel named as its type, else Telegram."""
    rooms = {room.name for room in iter_modules(channels.__path__) if room.ispkg}
    kind = found.conn_type if found.conn_type in rooms else _TELEGRAM
    reader: AddressReader = import_module(f"{channels.__name__}.{kind}.address").address
    return reader
