"""The one way to reach a database: for tasks, checks, the contract's checker, the pages and the ledger alike.

A pooler in transaction mode (PgBouncer, Odyssey) gives every transaction whichever session of the server is free.
So nothing is left in a session: all work is done inside transactions, each of which begins with its own settings, and
no statement is prepared. ``options``, which would set them at the start, is a parameter that poolers refuse.
Source: PgBouncer, Features, SQL feature map for pooling modes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

if TYPE_CHECKING:
    from collections.abc import Mapping

# The name under which we are known to PostgreSQL; a delivery that has stopped inside a transaction loses its locks to
# whoever waits for them (ledger/connecting.sql, end_paused).
APPLICATION = "sancrm_notifications"
# Of what a connection does not say itself: a server that is away, or a firewall that forgets us, is noticed in time.
_DEFAULTS = {
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
_HAS_TRANSACTION_TIMEOUT = 170_000
# What the role or the database may have set otherwise. psycopg reads instants in ISO only, backslashes of ours are no
# escapes, and over millions of rows the planner's guesses are high enough to compile a query of milliseconds.
# The zone and the order of day and month stay: a CRM's views may have been written for them.
_SETTINGS: dict[LiteralString, str] = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class Use:
    """What a connection is for.

    A statement and a wait for a lock may take so many seconds, 0: as long as they do; the server has so many to answer
    where the connection does not say how many: longer than PgBouncer's server_login_retry of 15 seconds, for which it
    keeps a login waiting after another has failed, and then tells why.
    """

    application: str = APPLICATION
    is_reading: bool = False
    statement_seconds: float = 600
    lock_seconds: float = 0
    connect_seconds: int = 20


LEDGER = Use()
SOURCE = Use(f"{APPLICATION} reading", is_reading=True)


def connect(conninfo: str, use: Use) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection whose first transaction has begun; a ``with`` commits it, or takes it back, and closes.

    :raises psycopg.OperationalError: the server, or what stands before it, cannot be reached or refuses us
    """
    connection = psycopg.connect(_complete(conninfo, use), prepare_threshold=None)
    try:
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        connection.read_only = use.is_reading or None
        connection.execute(*settings(connection.info.server_version, use, _encoding(connection, conninfo)))
    except BaseException:
        connection.close()
        raise
    return connection


async def connect_async(conninfo: str, use: Use) -> psycopg.AsyncConnection[DictRow]:
    """Open a connection in autocommit mode, for transactions that each begin with :func:`settings`.

    :raises psycopg.OperationalError: the server, or what stands before it, cannot be reached or refuses us
    """
    connection = await psycopg.AsyncConnection.connect(
        _complete(conninfo, use), autocommit=True, prepare_threshold=None, row_factory=dict_row
    )
    # A claim must see what another process committed a moment ago, whatever the database's default is.
    await connection.set_isolation_level(psycopg.IsolationLevel.READ_COMMITTED)
    return connection


@cache
def settings(server_version: int, use: Use, encoding: str = "UTF8") -> tuple[LiteralString, Mapping[str, str]]:
    """Return the statement, with its parameters, that a transaction begins with."""
    wanted = {
        **_SETTINGS,
        "client_encoding": encoding,
        "statement_timeout": _milliseconds(use.statement_seconds),
        "lock_timeout": _milliseconds(use.lock_seconds),
        # Not the role's own, which may be seconds; nor without end, for what is frozen here holds its locks.
        "idle_in_transaction_session_timeout": _milliseconds(2 * use.statement_seconds),
    }
    if server_version >= _HAS_TRANSACTION_TIMEOUT:
        wanted["transaction_timeout"] = "0"
    calls = ", ".join("set_config('" + name + "', %(" + name + ")s, true)" for name in wanted)
    return "select " + calls, wanted


def _encoding(connection: psycopg.Connection[Any], conninfo: str) -> str:
    """Return in which encoding texts come and go.

    A server translates into UTF-8, unless its database is SQL_ASCII: what stands in that one only people know, who may
    say it as ``client_encoding``.
    """
    said = conninfo_to_dict(conninfo).get("client_encoding")
    is_unknown = connection.info.parameter_status("server_encoding") == "SQL_ASCII"
    return str(said) if said and is_unknown else "UTF8"


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def _complete(conninfo: str, use: Use) -> str:
    """Return the connection string with what is not said in it."""
    said = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value is not None}
    ours = {"client_encoding": "UTF8", "application_name": use.application}
    return make_conninfo(**{"connect_timeout": str(use.connect_seconds), **_DEFAULTS, **said, **ours})
