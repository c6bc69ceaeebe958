"""Whether the ledger's database can be reached, brought to this package's version and written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from sancrm_notifications import connections, databases
from sancrm_notifications.checks.line import Line, fail, ok
from sancrm_notifications.errors.databases import remedy, said
from sancrm_notifications.ledger.indexes import pending_indexes
from sancrm_notifications.ledger.schema import SchemaError, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

_USE = databases.Use(statement_seconds=20)
_ANEW = "make another one: create database … encoding 'UTF8' template template0, and name it in the connection's schema"
_PROBE = Path(__file__).with_name("ledger_probe.sql")


def ledger_lines() -> Iterator[Line]:
    """Yield whether the ledger takes what is written into it; what is written here is rolled back.

    :raises AirflowNotFoundException: there is no connection to it
    """
    what = f"ledger ({connections.LEDGER})"
    conninfo = connections.ledger_conninfo()
    try:
        with databases.connect(conninfo, _USE) as connection:
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                yield fail(what, f"its database's encoding {encoding} cannot keep every text", _ANEW)
                return
            upgrade(connection)
            pending = pending_indexes(connection)
            with connection.transaction(force_rollback=True):
                row = connection.execute(_PROBE.read_bytes()).fetchone()
    except SchemaError as error:
        yield fail(what, error.fault, error.remedy)
    except psycopg.Error as error:
        yield fail(what, said(error), _remedy(error))
    else:
        later = f"; erase_old_texts builds at night: {', '.join(pending)}" if pending else ""
        yield ok(what, f"can be written to; its tables have version {row[0] if row else 0}{later}")


def _remedy(error: psycopg.Error) -> str:
    match error:
        case errors.ReadOnlySqlTransaction():
            return f"{connections.LEDGER} must name a server that can be written to, no read-only replica"
        case errors.InsufficientPrivilege():
            return (
                f"the role of {connections.LEDGER} must own the schema notifications, or be allowed to create it:"
                " grant create on database … to …"
            )
        case psycopg.OperationalError():
            return remedy(error, connections.LEDGER)
        case _:
            return "look at the schema notifications of the ledger's database"
