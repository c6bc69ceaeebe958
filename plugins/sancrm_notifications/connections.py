"""Airflow's connections as this package uses them: libpq strings, and those of type telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSecretsBackendAccessDenied
from psycopg.conninfo import make_conninfo

from sancrm_notifications.errors.suggestions import meant
from sancrm_notifications.secrets_backends import UnreadableError, require_absent_connection

if TYPE_CHECKING:
    from airflow.sdk import Connection

LEDGER = "notifications_db"
SOURCE = "sancrm_db"
# The form's fields, as libpq names them.
_FIELDS = {"host": "host", "port": "port", "login": "user", "password": "password", "schema": "dbname"}
# What the Extra may say to Airflow's own hook, or to a driver, and what is ours to choose: nothing is lost without it.
_LEFT_OUT = frozenset(
    {
        "cursor", "prepare_threshold", "autocommit", "application_name", "enable_log_db_messages", "log_sql",
        "sqlalchemy_scheme", "sqlalchemy_query", "aws_conn_id", "azure_conn_id",
    }
)  # fmt: skip


class DatabaseConnectionError(psycopg.ProgrammingError):
    """An Airflow connection to a database says what cannot be used; the text says what and what to do."""


def ledger_conninfo() -> str:
    """Return the libpq connection string of the ledger's database.

    :raises AirflowNotFoundException: the connection ``notifications_db`` does not exist
    :raises DatabaseConnectionError: it says what cannot be used
    """
    return conninfo(LEDGER)


def source_conninfo() -> str:
    """Return the libpq connection string of the CRM's database.

    :raises AirflowNotFoundException: the connection ``sancrm_db`` does not exist
    :raises DatabaseConnectionError: it says what cannot be used
    """
    return conninfo(SOURCE)


def telegram_connection(conn_id: str) -> Connection | None:
    """Return an Airflow connection, or None where it does not exist.

    :raises UnreadableError: it is there and cannot be read
    :raises SecretsBackendError: nobody can say whether it is there
    """
    try:
        found = existing_connection(conn_id)
    except AirflowNotFoundException:
        return None
    # Server, proxy and topic would be lost, and the message with them.
    if not _has_object(found):
        raise UnreadableError(f'Airflow connection {conn_id}: its Extra is no JSON object, such as {{"proxy": "…"}}')
    return found


def existing_connection(conn_id: str) -> Connection:
    """Return an Airflow connection.

    :raises AirflowNotFoundException: it does not exist
    :raises UnreadableError: it is there and cannot be read
    :raises SecretsBackendError: nobody can say whether it is there
    """
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        require_absent_connection(conn_id)
        raise
    except AirflowSecretsBackendAccessDenied:
        words = f"Airflow connection {conn_id} may not be read by this task: Airflow's API server denies it"
        raise UnreadableError(words) from None


def conninfo(conn_id: str) -> str:
    """Return the libpq connection string of an Airflow connection to a database.

    :raises AirflowNotFoundException: the connection does not exist
    :raises UnreadableError: it is there and cannot be read
    :raises SecretsBackendError: nobody can say whether it is there
    :raises DatabaseConnectionError: it says what libpq cannot use
    """
    connection = existing_connection(conn_id)
    fields = {ours: getattr(connection, name) for name, ours in _FIELDS.items()}
    said = {name: value for name, value in {**fields, **_extra(connection)}.items() if value not in {None, ""}}
    try:
        return make_conninfo(**said)
    except psycopg.ProgrammingError as error:
        raise DatabaseConnectionError(f"the connection {conn_id} cannot be used: {error}; correct it") from None


def _has_object(connection: Connection) -> bool:
    """Tell whether the Extra is a JSON object or empty; Airflow takes what is no JSON for empty, without an error."""
    said = connection.extra_dejson
    return isinstance(said, dict) and not (connection.extra and not said and connection.extra.strip() != "{}")


def _extra(connection: Connection) -> dict[str, str | int]:
    """Return what the Extra says to libpq."""
    where = f"the Extra of the connection {connection.conn_id}"
    if not _has_object(connection):
        raise DatabaseConnectionError(f'{where} is no JSON object: write it as {{"sslmode": "require"}}')
    said = connection.extra_dejson
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    extra = {}
    for name, value in said.items():
        if name in _LEFT_OUT or value is None:
            continue
        if name not in known:
            raise DatabaseConnectionError(f"{where} names {name!r}, which is no parameter of libpq{meant(name, known)}")
        if not isinstance(value, str | int):
            raise DatabaseConnectionError(f"{where} gives {name} as {type(value).__name__}: write text or a number")
        extra[name] = int(value) if isinstance(value, bool) else value
    return extra
