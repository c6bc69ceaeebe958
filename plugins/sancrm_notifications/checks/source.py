"""Whether the CRM's database shows what the contract asks for, and what the settings name."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications import connections
from sancrm_notifications.checks.databases import opened
from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.checks.places import readable_settings
from sancrm_notifications.contract import RELATIONS, SCHEMA, check
from sancrm_notifications.markup import one_line
from sancrm_notifications.settings import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_BRANCHES = Path(__file__).with_name("unknown_branches.sql")
_STATEMENT_SECONDS = 20


def contract_lines(since: datetime | None, statement_seconds: float) -> Iterator[Line]:
    """Yield how each relation of the contract stands; with ``since`` only rows with an instant from then on are read.

    :raises AirflowNotFoundException: there is no connection to the CRM
    """
    try:
        with opened(connections.source_conninfo(), statement_seconds) as connection:
            connection.read_only = True
            faults = check(connection, since)
    except psycopg.OperationalError as error:
        yield fail(
            f"CRM ({connections.SOURCE})",
            one_line(str(error)),
            f"start PostgreSQL, or correct host, port, login, password and schema of {connections.SOURCE}",
        )
        return
    found = {name: list(of_one) for name, of_one in groupby(faults, key=lambda fault: fault.relation)}
    rows = "every row" if since is None else f"its rows since {since:%Y-%m-%d}"
    for relation in RELATIONS:
        what = f"{SCHEMA}.{relation.name}"
        of_relation = found.get(relation.name, [])
        yield from (note(what, str(fault)) if fault.is_hint else fail(what, str(fault)) for fault in of_relation)
        if all(fault.is_hint for fault in of_relation):
            yield ok(what, f"as the contract says, by {rows if relation.instants else 'every row'}")


def named_lines() -> Iterator[Line]:
    """Yield whether the branches that the settings name are there.

    :raises AirflowNotFoundException: there is no connection to the CRM
    """
    own_chats = sorted(readable_settings().branch_chats)
    if not own_chats:
        return
    what = "branches with own chats"
    try:
        with opened(connections.source_conninfo(), _STATEMENT_SECONDS) as connection:
            rows = connection.execute(_BRANCHES.read_bytes(), {"branch_ids": own_chats}).fetchall()
    except psycopg.Error:
        yield note(what, f"not compared with {SCHEMA}.branches: it cannot be read")
        return
    for (branch_id,) in rows:
        yield fail(
            what,
            f"branch_chats names branch {branch_id}, which is not in {SCHEMA}.branches",
            f"correct its id in the Airflow Variable {VARIABLE}, or take it out",
        )
    if not rows:
        yield ok(what, f"all in {SCHEMA}.branches: {', '.join(map(str, own_chats))}")
