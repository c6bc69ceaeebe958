"""What is wrong with the rows of a relation: nulls, values out of range, rows that are there more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from sancrm_notifications.contract.terms import SCHEMA, Relation, Rule, is_day, is_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sancrm_notifications.contract.terms import Column

COUNT_AND_EXAMPLE = sql.SQL("count(*) filter (where {broken}), min({example}) filter (where {broken})")
# The key of a row that breaks a rule and the value that breaks it, in words.
EXAMPLE = sql.SQL("concat_ws(', ', {key}) || {has} || coalesce({column}::text, 'null')")
# Infinity, 0001-01-01 and 9999-12-31 stand for «not known» in many programs, and for a moment here.
_CALENDAR = {
    "timestamptz": (is_instant, "a moment between 1990 and a year from now"),
    "date": (is_day, "a day between 1990 and ten years from now"),
}
_NO_MOMENT = {
    True: "show null where it is not known",
    False: "correct it in the CRM, or leave such rows out in the view",
}
NOT_UTF8 = sql.SQL(
    "select count(*) from {relation} where {recent} and convert_from(convert_to({column}, 'SQL_ASCII'), 'UTF8') is null"
)
ROWS_THAT_BREAK = sql.SQL("select {counts} from {relation} where {recent}")
ROWS_TWICE = sql.SQL(
    "select count(*), min(example) from ("
    "select concat_ws(', ', {example}) as example from {relation} where {recent} group by {key} having count(*) > 1"
    ") as repeated"
)


def value_sentences(
    connection: psycopg.Connection, relation: Relation, usable: set[str], since: datetime | None
) -> Iterator[tuple[str, str]]:
    """Yield column and sentence for each rule that rows break; one statement that reads the relation once.

    ``usable`` are the columns that are there, readable and of an accepted type; ``since`` limits to recent rows.
    """
    rules = [rule for rule in _all_rules(relation) if usable.issuperset(rule.columns)]
    if not rules or not usable.issuperset(relation.key):
        return
    counts = sql.SQL(", ").join(
        COUNT_AND_EXAMPLE.format(
            broken=sql.SQL(rule.broken_when),
            example=EXAMPLE.format(
                key=_key_in_words(relation), has=f": {rule.columns[0]} is ", column=sql.Identifier(rule.columns[0])
            ),
        )
        for rule in rules
    )
    query = ROWS_THAT_BREAK.format(
        counts=counts, relation=sql.Identifier(SCHEMA, relation.name), recent=_recent(relation, usable, since)
    )
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(query).fetchone() or ()
    for rule, count, example in zip(rules, row[::2], row[1::2], strict=True):
        if count:
            sentence = (
                f"{SCHEMA}.{relation.name}.{rule.columns[0]} breaks the contract in {_rows(count)} "
                f"(for example {example}); expected {rule.expected}: {rule.remedy}."
            )
            yield rule.columns[0], sentence


def unreadable_text(
    connection: psycopg.Connection, relation: Relation, usable: set[str], since: datetime | None
) -> str | None:
    """Return the column whose texts cannot be read, if there is one; only a database without an encoding has such."""
    for column in relation.all_columns:
        if column.type != "text" or column.name not in usable:
            continue
        query = NOT_UTF8.format(
            relation=sql.Identifier(SCHEMA, relation.name),
            column=sql.Identifier(column.name),
            recent=_recent(relation, usable, since),
        )
        try:
            with connection.transaction():
                connection.execute(query)
        except psycopg.errors.CharacterNotInRepertoire:
            return column.name
        except psycopg.Error:
            return None  # that a view cannot be read has been said
    return None


def repetition_sentences(
    connection: psycopg.Connection, relation: Relation, usable: set[str], since: datetime | None
) -> Iterator[tuple[str, str]]:
    """Yield column and sentence when rows have the same key: a report would add them twice."""
    if not usable.issuperset(relation.key):
        return
    query = ROWS_TWICE.format(
        key=sql.SQL(", ").join(map(sql.Identifier, relation.key)),
        example=_key_in_words(relation),
        relation=sql.Identifier(SCHEMA, relation.name),
        recent=_recent(relation, usable, since),
    )
    with connection.cursor(row_factory=tuple_row) as cursor:
        count, example = cursor.execute(query).fetchone() or (0, None)
    if count:
        key = " + ".join(relation.key)
        sentence = (
            f"{SCHEMA}.{relation.name}.{key} is repeated for {count} of its values (for example {example}); "
            f"expected {relation.grain}: look for a join in the view that multiplies rows."
        )
        yield relation.key[0], sentence


def _all_rules(relation: Relation) -> Iterator[Rule]:
    for column in relation.all_columns:
        yield from _rules_of_type(column)
    yield from relation.rules


def _rules_of_type(column: Column) -> Iterator[Rule]:
    if not column.nullable:
        yield Rule(
            (column.name,),
            column.name + " is null",
            "a value in every row",
            "fill it, or leave such rows out in the view",
        )
    if column.type == "numeric(14,2)":
        # A numeric without a scale may hold anything, what is no number included; NaN is above every number.
        yield Rule(
            (column.name,),
            column.name
            + "::numeric <> round("
            + column.name
            + "::numeric, 2) or abs("
            + column.name
            + "::numeric) >= 1e12",
            "whole kopecks below 10^12 roubles",
            f"write round({column.name}, 2)::numeric(14, 2) in the view",
        )

    if column.type in _CALENDAR:
        is_one, span = _CALENDAR[column.type]
        yield Rule((column.name,), "not " + is_one(column.name), span, _NO_MOMENT[column.nullable])


def _key_in_words(relation: Relation) -> sql.Composable:
    return sql.SQL(", ").join(
        sql.SQL("{} || coalesce({}::text, 'null')").format(f"{name} ", sql.Identifier(name)) for name in relation.key
    )


def _recent(relation: Relation, usable: set[str], since: datetime | None) -> sql.Composable:
    instants = [name for name in relation.instants if name in usable]
    if since is None or not instants:
        return sql.SQL("true")
    return sql.SQL(" or ").join(
        sql.SQL("{} >= {}").format(sql.Identifier(name), sql.Literal(since)) for name in instants
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
