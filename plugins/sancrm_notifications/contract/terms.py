"""What the source contract is written in: columns with their types, and ranges that values must lie in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString

SCHEMA: LiteralString = "reporting"

# Types of pg_type that hold every value of the wanted type and nothing else; a numeric's scale is checked apart.
ACCEPTED_TYPES: dict[str, frozenset[str]] = {
    "bigint": frozenset({"int2", "int4", "int8"}),
    "boolean": frozenset({"bool"}),
    "date": frozenset({"date"}),
    "numeric(14,2)": frozenset({"numeric", "int2", "int4", "int8"}),
    "text": frozenset({"text", "varchar", "bpchar"}),
    "timestamptz": frozenset({"timestamptz"}),
}


# A text of such characters only looks empty, whatever it holds: their UTF-8 bytes in hexadecimal, since not every
# encoding of a database has them. They are those of text.markup.is_blank.
_BLANKS: LiteralString = (
    "0[0-9a-f]|1[0-9a-f]|20|7f|c2[89][0-9a-f]|c2a0|c2ad|cd8f|d89c|e1859f|e185a0|e19a80|e19eb[45]|e1a08[b-f]"
    "|e2808[0-9a-f]|e280a[89a-f]|e2819f|e281a[0-9a-f]|e2a080|e38080|e385a4|efb88[0-9a-f]|efbbbf|efbea0|efbfb[0-8]"
    "|f09bb2a[0-3]|f09d85b[3-9a]|f3a0[89ab][0-9a-f][89ab][0-9a-f]"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its type as the contract names it (a key of ``ACCEPTED_TYPES``), and whether it may be null.

    ``without`` says what is off where an optional column is not shown.
    """

    name: LiteralString
    type: LiteralString
    nullable: bool = False
    without: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A range that values must lie in.

    ``broken_when`` is a condition of SQL over ``columns`` (those of another relation are written ``relation.column``),
    ``expected`` and ``remedy`` are parts of the sentence about rows that break it; the first of the columns is the one
    that is named and shown.
    """

    columns: tuple[LiteralString, ...]
    broken_when: LiteralString
    expected: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation, its grain, its columns and its key; ``instants`` find recent rows and deserve an index each.

    ``more`` are optional columns; ``without`` says what is off where an optional relation is not shown; ``read_by`` are
    the DAGs that read one of the contract's five.
    """

    name: LiteralString
    grain: str
    columns: tuple[Column, ...]
    key: tuple[LiteralString, ...]
    instants: tuple[LiteralString, ...] = ()
    rules: tuple[Rule, ...] = ()
    more: tuple[Column, ...] = ()
    without: str = ""
    read_by: tuple[str, ...] = ()

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns that must be there, and those that may."""
        return (*self.columns, *self.more)


def is_instant(column: LiteralString) -> LiteralString:
    """Return the condition that an instant is one that a working CRM can mean."""
    return _between(column, "interval '1 year'")


def is_day(column: LiteralString) -> LiteralString:
    """Return the condition that a day is one that a working CRM can mean: guarantees and plans reach years ahead."""
    return _between(column, "interval '10 years'")


def _between(column: LiteralString, ahead: LiteralString) -> LiteralString:
    return "(isfinite(" + column + ") and " + column + " >= '1990-01-01' and " + column + " < now() + " + ahead + ")"


def not_before(column: LiteralString, start: LiteralString) -> Rule:
    """Return the rule that nothing ends before it starts."""
    return Rule(
        (column, start),
        column + " < " + start + " and " + is_instant(column) + " and " + is_instant(start),
        "a moment not before " + start,
        "look which of the two the view takes from the wrong column or time zone",
    )


def not_negative(column: LiteralString) -> Rule:
    """Return the rule for amounts and sizes."""
    return Rule(
        (column,),
        column + " < 0 and " + column + " > -1e12",
        "0 or more",
        "correct the amount in the CRM, or leave out in the view what is no sale or cost",
    )


def not_in_the_future(column: LiteralString) -> Rule:
    """Return the rule for what has happened."""
    return Rule(
        (column,),
        column + " > now() and " + is_instant(column),
        "a moment that has passed",
        "look whether the view names the right time zone",
    )


def known_branch() -> Rule:
    """Return the rule that a branch is one of the branches."""
    return Rule(
        ("branch_id", "branches.branch_id"),
        "branch_id is not null and branch_id not in "
        "(select known.branch_id from reporting.branches as known where known.branch_id is not null)",
        "a branch of reporting.branches",
        "show this branch there too, inactive if it was closed",
    )


def is_blank(column: LiteralString) -> LiteralString:
    """Return the condition that a text shows nothing."""
    # What stands in a database without an encoding is taken as it is.
    encoding: LiteralString = "case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end"
    return "encode(convert_to(" + column + ", " + encoding + "), 'hex') ~ '^(" + _BLANKS + ")*$'"
