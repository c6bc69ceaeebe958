"""The source contract as data: relations, columns, types, keys, ranges.

Source: docs/adopting.md. What else names these relations and columns, as the queries before a report do
(``include/sql/check_relations.sql``), is held against these tables by a test.
"""

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


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its type as the contract names it (a key of ``ACCEPTED_TYPES``), and whether it may be null."""

    name: LiteralString
    type: LiteralString
    nullable: bool = False


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
    """A relation, its grain, its columns and its key; ``instants`` find recent rows and deserve an index each."""

    name: LiteralString
    grain: str
    columns: tuple[Column, ...]
    key: tuple[LiteralString, ...]
    instants: tuple[LiteralString, ...] = ()
    rules: tuple[Rule, ...] = ()


def _not_negative(column: LiteralString) -> Rule:
    return Rule(
        (column,),
        column + " < 0",
        "0 or more",
        "correct the amount in the CRM, or leave out in the view what is no sale or cost",
    )


def _not_in_the_future(column: LiteralString) -> Rule:
    return Rule(
        (column,),
        column + " > now()",
        "a moment that has passed",
        "look whether the view names the right time zone",
    )


def _known_branch() -> Rule:
    return Rule(
        ("branch_id", "branches.branch_id"),
        "branch_id is not null and branch_id not in "
        "(select known.branch_id from reporting.branches as known where known.branch_id is not null)",
        "a branch of reporting.branches",
        "show this branch there too, inactive if it was closed",
    )


RELATIONS: tuple[Relation, ...] = (
    Relation(
        "branches",
        "one row per branch",
        (
            Column("branch_id", "bigint"),
            Column("name", "text"),
            Column("code_prefix", "text", nullable=True),
            Column("is_active", "boolean"),
        ),
        key=("branch_id",),
        rules=(Rule(("name",), "btrim(name) = ''", "a name that people can read", "give the branch a name"),),
    ),
    Relation(
        "repairs",
        "one row per repair order",
        (
            Column("repair_id", "bigint"),
            Column("number", "bigint"),
            Column("code", "text"),
            Column("branch_id", "bigint", nullable=True),
            Column("status", "text"),
            Column("needs_callback", "boolean"),
            Column("device_category", "text", nullable=True),
            Column("device_brand", "text", nullable=True),
            Column("device_model", "text", nullable=True),
            Column("customer_name", "text", nullable=True),
            Column("customer_phone", "text", nullable=True),
            Column("created_at", "timestamptz"),
            Column("status_changed_at", "timestamptz", nullable=True),
            Column("completed_at", "timestamptz", nullable=True),
            Column("revenue", "numeric(14,2)", nullable=True),
            Column("parts_cost", "numeric(14,2)", nullable=True),
        ),
        key=("repair_id",),
        instants=("completed_at", "created_at"),
        rules=(
            _not_negative("revenue"),
            _not_negative("parts_cost"),
            Rule(
                ("completed_at", "created_at"),
                "completed_at < created_at",
                "a moment not before created_at",
                "look which of the two the view takes from the wrong column or time zone",
            ),
            _not_in_the_future("completed_at"),
            _not_in_the_future("created_at"),
            _known_branch(),
        ),
    ),
    Relation(
        "rentals",
        "one row per rental order",
        (
            Column("rental_id", "bigint"),
            Column("branch_id", "bigint", nullable=True),
            Column("started_at", "timestamptz"),
            Column("completed_at", "timestamptz", nullable=True),
            Column("revenue", "numeric(14,2)", nullable=True),
        ),
        key=("rental_id",),
        instants=("completed_at", "started_at"),
        rules=(
            _not_negative("revenue"),
            Rule(
                ("completed_at", "started_at"),
                "completed_at < started_at",
                "a moment not before started_at",
                "look which of the two the view takes from the wrong column or time zone",
            ),
            _not_in_the_future("completed_at"),
            _known_branch(),
        ),
    ),
    Relation(
        "fixed_costs",
        "one row per branch, month and item",
        (
            Column("branch_id", "bigint", nullable=True),
            Column("month", "date"),
            Column("item", "text"),
            Column("amount", "numeric(14,2)"),
        ),
        key=("branch_id", "month", "item"),
        rules=(
            _not_negative("amount"),
            Rule(
                ("month",),
                "extract(day from month) <> 1",
                "the first day of a month",
                "take date_trunc('month', …)::date in the view and add up what falls together",
            ),
            _known_branch(),
        ),
    ),
    Relation(
        "backups",
        "one row per attempt to back up a database",
        (
            Column("backup_id", "bigint"),
            Column("database_name", "text"),
            Column("started_at", "timestamptz"),
            Column("finished_at", "timestamptz", nullable=True),
            Column("status", "text"),
            Column("error", "text", nullable=True),
            Column("size_bytes", "bigint", nullable=True),
        ),
        key=("backup_id",),
        instants=("started_at",),
        rules=(
            Rule(
                ("status",),
                "status not in ('running', 'succeeded', 'failed')",
                "running, succeeded or failed",
                "translate the CRM's own words in the view",
            ),
            Rule(
                ("finished_at", "started_at"),
                "finished_at < started_at",
                "a moment not before started_at",
                "look which of the two the view takes from the wrong column or time zone",
            ),
            _not_negative("size_bytes"),
            _not_in_the_future("started_at"),
        ),
    ),
)
