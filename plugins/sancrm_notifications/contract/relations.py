"""The source contract as data: the relations that a CRM must show, their columns, keys and ranges.

Source: docs/adopting.md. What else names these relations and columns, as the queries before a report do
(``include/sql/check_relations.sql``), is held against these tables by a test. What a CRM may show beside is in
``optional.py``.
"""

from __future__ import annotations

from sancrm_notifications.contract.optional import BRANCHES_MORE, RENTALS_MORE, REPAIRS_MORE, REPAIRS_MORE_RULES
from sancrm_notifications.contract.terms import (
    Column,
    Relation,
    Rule,
    is_blank,
    is_day,
    known_branch,
    not_before,
    not_in_the_future,
    not_negative,
)

_PROFITABILITY = ("profitability_daily", "profitability_weekly", "profitability_monthly")
_ALL_BUT_BACKUPS = (*_PROFITABILITY, "missed_calls", "missed_calls_check", "client_bot")

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
        rules=(
            Rule(
                ("branch_id",),
                "branch_id < 1",
                "1 or more",
                "show no row that stands for no branch: what has none has null as its branch_id",
            ),
            Rule(("name",), is_blank("name"), "a name that people can read", "give the branch a name"),
        ),
        more=BRANCHES_MORE,
        read_by=_ALL_BUT_BACKUPS,
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
            not_negative("revenue"),
            not_negative("parts_cost"),
            not_before("completed_at", "created_at"),
            not_in_the_future("completed_at"),
            not_in_the_future("created_at"),
            not_in_the_future("status_changed_at"),
            known_branch(),
            *REPAIRS_MORE_RULES,
        ),
        more=REPAIRS_MORE,
        read_by=_ALL_BUT_BACKUPS,
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
            not_negative("revenue"),
            not_before("completed_at", "started_at"),
            not_in_the_future("completed_at"),
            known_branch(),
        ),
        more=RENTALS_MORE,
        read_by=(*_PROFITABILITY, "client_bot"),
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
            not_negative("amount"),
            Rule(
                ("month",),
                "extract(day from month) <> 1 and " + is_day("month"),
                "the first day of a month",
                "take date_trunc('month', …)::date in the view and add up what falls together",
            ),
            known_branch(),
        ),
        read_by=_PROFITABILITY,
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
            not_before("finished_at", "started_at"),
            not_negative("size_bytes"),
            not_in_the_future("started_at"),
            not_in_the_future("finished_at"),
        ),
        read_by=("backup_failures",),
    ),
)
