"""Whether the CRM's database shows what the contract asks for, and what the settings name."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications import connections, databases
from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.checks.places import readable_settings
from sancrm_notifications.checks.queries import query_lines
from sancrm_notifications.contract import OPTIONAL_RELATIONS, RELATIONS, SCHEMA, check, switched_off
from sancrm_notifications.errors.databases import remedy, said
from sancrm_notifications.settings import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_CONTRACT_COMMAND = "python -m sancrm_notifications.contract"
_BRANCHES = Path(__file__).with_name("unknown_branches.sql")
_STATUSES = Path(__file__).with_name("unseen_statuses.sql")


def contract_lines(since: datetime | None, statement_seconds: float) -> Iterator[Line]:
    """Yield how each relation of the contract stands; with ``since`` only rows with an instant from then on are read.

    :raises AirflowNotFoundException: there is no connection to the CRM
    """
    try:
        with _opened(statement_seconds) as connection:
            faults = check(connection, since)
            off = switched_off(connection)
    except psycopg.OperationalError as error:
        yield fail(
            f"CRM ({connections.SOURCE})",
            said(error),
            remedy(error, connections.SOURCE),
        )
        return
    found = {name: list(of_one) for name, of_one in groupby(faults, key=lambda fault: fault.relation)}
    rows = "every row" if since is None else f"its rows since {since:%Y-%m-%d}"
    for relation in (*RELATIONS, *(relation for relation in OPTIONAL_RELATIONS if relation.name in found)):
        what = f"{SCHEMA}.{relation.name}"
        of_relation = found.get(relation.name, [])
        yield from (note(what, str(fault)) if fault.is_hint else fail(what, str(fault)) for fault in of_relation)
        if all(fault.is_hint for fault in of_relation):
            yield ok(what, f"as the contract says, by {rows if relation.instants else 'every row'}")
    faulty = {fault.relation for fault in faults if not fault.is_hint}
    statuses = readable_settings().missed_call_statuses
    yield from query_lines(connections.source_conninfo(), _use(statement_seconds), statuses, faulty)
    if off:
        yield ok("optional relations and columns", f"{len(off)} are not shown; {_CONTRACT_COMMAND} says what is off")


def named_lines(since: datetime | None, statement_seconds: float) -> Iterator[Line]:
    """Yield whether the branches and statuses that the settings name are there, statuses among repairs since then.

    :raises AirflowNotFoundException: there is no connection to the CRM
    """
    chosen = readable_settings()
    try:
        with _opened(statement_seconds) as connection:
            yield from _branch_lines(connection, "branches with own chats", "branch_chats", chosen.branch_chats)
            yield from _branch_lines(connection, "branches with teams' chats", "team_chats", chosen.team_chats)
            yield from _status_lines(connection, list(chosen.missed_call_statuses), since)
    except psycopg.Error:
        yield note("what the settings name", f"not compared: {SCHEMA}.branches or {SCHEMA}.repairs cannot be read")


def _opened(statement_seconds: float) -> psycopg.Connection:
    return databases.connect(connections.source_conninfo(), _use(statement_seconds))


def _use(statement_seconds: float) -> databases.Use:
    return databases.Use(databases.SOURCE.application, is_reading=True, statement_seconds=statement_seconds)


def _branch_lines(connection: psycopg.Connection, what: str, setting: str, chats: Iterable[int]) -> Iterator[Line]:
    named = sorted(chats)
    rows = connection.execute(_BRANCHES.read_bytes(), {"branch_ids": named}).fetchall()
    for (branch_id,) in rows:
        yield fail(
            what,
            f"{setting} names branch {branch_id}, which is not in {SCHEMA}.branches",
            f"correct its id in the Airflow Variable {VARIABLE}, or take it out",
        )
    if named and not rows:
        yield ok(what, f"all in {SCHEMA}.branches: {', '.join(map(str, named))}")


def _status_lines(connection: psycopg.Connection, named: list[str], since: datetime | None) -> Iterator[Line]:
    what = "missed_call_statuses"
    parameters = {"statuses": named, "since": since or "-infinity"}
    unseen = [row[0] for row in connection.execute(_STATUSES.read_bytes(), parameters)]
    if unseen:
        when = "" if since is None else f" taken in since {since:%Y-%m-%d}"
        yield note(
            what,
            f"no repair{when} has the status {', '.join(f'«{status}»' for status in unseen)}",
            f"if the CRM names it otherwise, its missed calls are never told: correct it in {VARIABLE}",
        )
    else:
        yield ok(what, f"there are repairs with {', '.join(f'«{status}»' for status in named)}")
