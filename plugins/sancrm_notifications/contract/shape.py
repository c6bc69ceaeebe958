"""What is wrong with the relations' shape: missing relations and columns, types that lose something, missing rights."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psycopg.rows import class_row

from sancrm_notifications.contract.optional import OPTIONAL_RELATIONS
from sancrm_notifications.contract.relations import RELATIONS
from sancrm_notifications.contract.terms import ACCEPTED_TYPES, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from sancrm_notifications.contract.terms import Column, Relation

MAX_SCALE = 2  # kopecks
_FLOAT = "it cannot hold kopecks exactly, so write round({column}::numeric, 2)::numeric(14, 2) in the view"
_NO_ZONE = (
    "it does not say which instant is meant, so write "
    "{column}::timestamp at time zone 'Europe/Moscow' (the zone it was written in) in the view"
)
# What to do about a wrong type, by the wanted and the shown one, where a plain cast is not the answer.
REMEDIES = {
    ("numeric(14,2)", "float4"): _FLOAT,
    ("numeric(14,2)", "float8"): _FLOAT,
    (
        "numeric(14,2)",
        "money",
    ): "its scale is the server's locale's, so write {column}::numeric(14, 2) in the view",
    (
        "numeric(14,2)",
        "numeric",
    ): "reports count kopecks, so write round({column}, 2)::numeric(14, 2) in the view",
    ("timestamptz", "timestamp"): _NO_ZONE,
    ("timestamptz", "date"): _NO_ZONE,
    ("date", "timestamptz"): "which day it is depends on the zone, so write "
    "({column} at time zone 'Europe/Moscow')::date in the view",
}


class ShownColumn(NamedTuple):
    """A row of shape.sql."""

    relation_name: str
    column_name: str | None
    type_name: str | None
    type_modifier: int | None
    type_words: str | None
    may_use_schema: bool
    may_select: bool

    @property
    def scale(self) -> int | None:
        """Digits after the point that a numeric type is declared with; None when it is not."""
        if self.type_name != "numeric" or self.type_modifier is None or self.type_modifier < 0:
            return None
        # as PostgreSQL packs numeric(precision, scale): a header of 4, the scale in the lower eleven bits, signed
        return ((self.type_modifier - 4 & 0x7FF) ^ 0x400) - 0x400


class ShapeFault(NamedTuple):
    """A fault of a relation (``column`` is None) or of one of its columns."""

    relation: str
    column: str | None
    sentence: str


def shown_columns(connection: psycopg.Connection) -> dict[str, list[ShownColumn]]:
    """Return the columns of each of the contract's relations, the optional ones too, that the database has."""
    query = (Path(__file__).parent / "shape.sql").read_bytes()
    names = {"schema_name": SCHEMA, "relation_names": [relation.name for relation in (*RELATIONS, *OPTIONAL_RELATIONS)]}
    with connection.cursor(row_factory=class_row(ShownColumn)) as cursor:
        rows = cursor.execute(query, names).fetchall()
    return {name: list(columns) for name, columns in groupby(rows, key=lambda row: row.relation_name)}


def shape_faults(relation: Relation, shown: list[ShownColumn] | None) -> Iterator[ShapeFault]:
    """Yield what is wrong with one relation; ``shown`` is None when the database does not have it."""
    name = f"{SCHEMA}.{relation.name}"
    stopped = f" Only {_listed(relation.read_by)} cannot run without it." if relation.read_by else ""
    if shown is None:
        wanted = ", ".join(f"{column.name} {column.type}" for column in relation.columns)
        yield ShapeFault(
            relation.name,
            None,
            f"{name} does not exist; expected a view or table, {relation.grain}: create it with the columns {wanted}."
            f"{stopped}",
        )
        return
    if not shown[0].may_use_schema:
        yield ShapeFault(
            relation.name,
            None,
            f"{name} cannot be reached by this role: run grant usage on schema {SCHEMA} to it.{stopped}",
        )
        return
    if not any(column.may_select for column in shown):
        words = f"{name} may not be read by this role: run grant select on {name} to it.{stopped}"
        yield ShapeFault(relation.name, None, words)
        return
    columns = {column.column_name: column for column in shown}
    for wanted_column in (*relation.columns, *(column for column in relation.more if _is_shown(column, shown))):
        if sentence := _column_sentence(name, wanted_column, columns.get(wanted_column.name)):
            yield ShapeFault(relation.name, wanted_column.name, sentence)


def _listed(names: tuple[str, ...]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def absences(relation: Relation, shown: list[ShownColumn] | None) -> Iterator[str]:
    """Yield a sentence for what is optional in a relation and not shown: what is off without it."""
    name = f"{SCHEMA}.{relation.name}"
    if shown is None:
        if relation.without:
            yield f"{name} is not shown, so {relation.without}."
        return
    for column in relation.more:
        if not _is_shown(column, shown):
            yield f"{name}.{column.name} is not shown, so {column.without}."


def _is_shown(column: Column, shown: list[ShownColumn]) -> bool:
    return any(one.column_name == column.name and one.may_select for one in shown)


def _column_sentence(relation_name: str, wanted: Column, shown: ShownColumn | None) -> str | None:
    name = f"{relation_name}.{wanted.name}"
    if shown is None:
        also = ", null where it is not known" if wanted.nullable else ""
        return f"{name} does not exist; expected {wanted.type}: add the column to the view{also}."
    if not shown.may_select:
        return f"{name} may not be read by this role: run grant select ({wanted.name}) on {relation_name} to it."
    fits = shown.type_name in ACCEPTED_TYPES[wanted.type]
    if fits and (shown.scale is None or shown.scale <= MAX_SCALE):
        return None
    remedy = REMEDIES.get((wanted.type, shown.type_name or ""), f"write {{column}}::{wanted.type} in the view")
    return f"{name} is {shown.type_words}; expected {wanted.type}: {remedy.format(column=wanted.name)}."
