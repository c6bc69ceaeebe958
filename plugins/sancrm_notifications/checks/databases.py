"""How checks open a database: they wait seconds, not minutes, for the server and for each statement."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications.errors.databases import Outage, is_outage, outage
from sancrm_notifications.errors.redaction import kind

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECT_SECONDS = 10


@contextmanager
def opened(conninfo: str, statement_seconds: float) -> Iterator[psycopg.Connection]:
    """Open a connection in autocommit mode, for the length of a ``with``.

    :raises psycopg.OperationalError: the server cannot be reached or refuses the login
    """
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
        milliseconds = str(int(statement_seconds * 1000))
        connection.execute("select set_config('statement_timeout', %s, false)", (milliseconds,))
        # Over millions of rows the planner's guesses are high enough to compile a query of milliseconds.
        connection.execute("select set_config('jit', 'off', false)")
        yield connection


def said(error: psycopg.Error) -> str:
    """Return what may be said of a database's error: its words name server and login, or quote rows."""
    cause = outage(error) if is_outage(error) else Outage.OTHER
    return kind(error) if cause is Outage.OTHER else f"{kind(error)}: {cause}"
