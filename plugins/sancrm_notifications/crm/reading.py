"""Asks the CRM's database, outside of Airflow's own operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sancrm_notifications import databases
from sancrm_notifications.crm.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping


def rows(
    conninfo: str, statement: str, parameters: Mapping[str, Any], use: databases.Use = databases.SOURCE
) -> list[dict[str, Any]]:
    """Return the rows of a statement, each a dict by column name; instants and days are ISO strings.

    :raises psycopg.Error: the database cannot be reached, or refuses the statement
    """
    with databases.connect(conninfo, use) as connection:
        return json_rows(connection.execute(statement.encode(), parameters))
