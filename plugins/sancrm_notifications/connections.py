"""Airflow's connections as this package uses them: libpq strings, and those of type telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from airflow.sdk import Connection

LEDGER = "notifications_db"
SOURCE = "sancrm_db"
_LIBPQ_EXTRAS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "options", "connect_timeout", "target_session_attrs")


def ledger_conninfo() -> str:
    """Return the libpq connection string of the ledger's database.

    :raises AirflowNotFoundException: the connection ``notifications_db`` does not exist
    """
    return _conninfo(LEDGER)


def source_conninfo() -> str:
    """Return the libpq connection string of the CRM's database.

    :raises AirflowNotFoundException: the connection ``sancrm_db`` does not exist
    """
    return _conninfo(SOURCE)


def telegram_connection(conn_id: str) -> Connection | None:
    """Return an Airflow connection, or None where it does not exist."""
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None


def _conninfo(conn_id: str) -> str:
    connection = BaseHook.get_connection(conn_id)
    extra = connection.extra_dejson
    return make_conninfo(
        host=connection.host,
        port=connection.port,
        user=connection.login,
        password=connection.password,
        dbname=connection.schema,
        application_name="sancrm_notifications",
        **{name: extra[name] for name in _LIBPQ_EXTRAS if name in extra},
    )
