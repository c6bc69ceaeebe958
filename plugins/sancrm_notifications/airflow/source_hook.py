"""The hook with which Airflow's operators read the CRM's database: the way that everything else takes too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk.exceptions import AirflowFailException

from sancrm_notifications import databases
from sancrm_notifications.connections import DatabaseConnectionError, conninfo

if TYPE_CHECKING:
    import psycopg


class SourceHook(PostgresHook):
    """Runs each statement in a transaction of its own, which only reads; see ``databases.py``.

    Of the connection, host, port, login, password, schema and what libpq knows of its Extra are used.
    """

    # The transaction has begun already when the base would switch the mode.
    supports_autocommit = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The operator says which query it asks; two hundred lines of SQL would bury what a log is read for.
        super().__init__(*args, **{"log_sql": False, **kwargs})

    def get_conn(self) -> psycopg.Connection[Any]:
        """Return a connection whose transaction has begun with its settings.

        :raises AirflowFailException: the connection says what cannot be used
        :raises psycopg.OperationalError: the server cannot be reached
        """
        try:
            return databases.connect(conninfo(self.get_conn_id()), databases.SOURCE)
        except DatabaseConnectionError as error:
            raise AirflowFailException(str(error)) from None
