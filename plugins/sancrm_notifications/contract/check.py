"""Holds a database against the source contract and says in one sentence per fault what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications.contract.optional import OPTIONAL_RELATIONS
from sancrm_notifications.contract.relations import RELATIONS
from sancrm_notifications.contract.shape import absences, shape_faults, shown_columns
from sancrm_notifications.contract.speed import speed_sentences
from sancrm_notifications.contract.terms import SCHEMA
from sancrm_notifications.contract.values import repetition_sentences, unreadable_text, value_sentences
from sancrm_notifications.errors.redaction import kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sancrm_notifications.contract.terms import Relation


_NO_ENCODING = (
    "{name} has texts that are no UTF-8, and the database's encoding SQL_ASCII does not say what they are; expected "
    'to be told: write the encoding into the Extra of the connection, such as {{"client_encoding": "WIN1251"}}.'
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that differs from the contract. A hint makes reports slow, every other fault makes them wrong."""

    relation: str
    column: str | None
    sentence: str
    is_hint: bool = False

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence


def check(connection: psycopg.Connection, since: datetime | None = None) -> list[Fault]:
    """Return what in the schema ``reporting`` differs from the contract, in the contract's order; [] if nothing.

    Reads every row, or with ``since`` only those with an instant from then on. Writes nothing; relations that the
    contract does not name are left alone.
    """
    faults: list[Fault] = []
    usable_branches: set[str] = set()
    looked_at: list[tuple[Relation, set[str]]] = []
    with connection.transaction():
        shown = shown_columns(connection)
        for relation in (*RELATIONS, *OPTIONAL_RELATIONS):
            columns = shown.get(relation.name)
            if columns is None and relation.without:
                continue
            wrong = [Fault(*fault) for fault in shape_faults(relation, columns)]
            faults += wrong
            if columns is None or not all(fault.column for fault in wrong):
                continue
            names = {column.column_name for column in columns if column.column_name and column.may_select}
            usable = names - {fault.column for fault in wrong}
            faults += _faults_of_rows(connection, relation, usable | usable_branches, since)
            looked_at.append((relation, usable))
            if relation.name == "branches":
                usable_branches = {f"branches.{column}" for column in usable}
        return [*faults, *_fault_of_encoding(connection, looked_at, since)]


def _fault_of_encoding(
    connection: psycopg.Connection, looked_at: list[tuple[Relation, set[str]]], since: datetime | None
) -> Iterator[Fault]:
    """Yield the one fault of a database that does not say which letters its bytes are."""
    info = connection.info
    if (info.parameter_status("server_encoding"), info.parameter_status("client_encoding")) != ("SQL_ASCII", "UTF8"):
        return
    for relation, usable in looked_at:
        if column := unreadable_text(connection, relation, usable, since):
            yield Fault(relation.name, column, _NO_ENCODING.format(name=f"{SCHEMA}.{relation.name}.{column}"))
            return


def switched_off(connection: psycopg.Connection) -> list[str]:
    """Return a sentence for each optional relation or column that is not shown: what is off without it."""
    with connection.transaction():
        shown = shown_columns(connection)
    relations = (*RELATIONS, *OPTIONAL_RELATIONS)
    return [sentence for relation in relations for sentence in absences(relation, shown.get(relation.name))]


def _faults_of_rows(
    connection: psycopg.Connection, relation: Relation, usable: set[str], since: datetime | None
) -> Iterator[Fault]:
    def attempt(is_hint: bool, sentences: Callable[[], Iterable[tuple[str, str]]]) -> list[Fault]:
        try:
            with connection.transaction():
                return [Fault(relation.name, column, sentence, is_hint) for column, sentence in sentences()]
        except psycopg.Error as error:
            # Its words may quote a row: «invalid input syntax for type integer: "Иванов Пётр"».
            return [
                Fault(relation.name, None, f"{SCHEMA}.{relation.name} cannot be read: {kind(error)}; correct the view.")
            ]

    faults = attempt(False, lambda: value_sentences(connection, relation, usable, since))
    if any(fault.column is None for fault in faults):
        yield from faults
        return
    yield from faults
    yield from attempt(False, lambda: repetition_sentences(connection, relation, usable, since))
    yield from attempt(True, lambda: speed_sentences(connection, relation, usable))
