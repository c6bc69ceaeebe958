"""What the check says of databases that differ from the source contract."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from local.demo_crm import SQL_DIRECTORY
from sancrm_notifications.checks.queries import QUERIES
from sancrm_notifications.contract import OPTIONAL_RELATIONS, RELATIONS, SCHEMA, check, switched_off, terms
from sancrm_notifications.contract.terms import ACCEPTED_TYPES
from sancrm_notifications.text.markup import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Databases

ROOT = Path(__file__).parents[2]
STOPPED = (
    "Only profitability_daily, profitability_weekly, profitability_monthly, missed_calls, missed_calls_check and"
    " client_bot cannot run without it."
)

# Rows that keep the contract, to be spoilt one value at a time.
GOOD_ROWS = """
    insert into reporting.branches values (1, 'Тула', 'TL', true), (2, 'Калуга', null, false);
    insert into reporting.repairs (
        repair_id, number, code, branch_id, status, needs_callback, created_at, completed_at, revenue, parts_cost
    )
    values
        (1, 10, 'TL-10', 1, 'Выдан', false, '2026-11-01 10:00+03', '2026-11-02 10:00+03', 1500.50, null),
        (2, 11, 'TL-11', null, 'Готов', true, '2026-11-01 10:00+03', null, null, 0);
    insert into reporting.rentals values (1, 2, '2026-11-01 10:00+03', '2026-11-02 10:00+03', 900);
    insert into reporting.fixed_costs values (1, '2026-11-01', 'Аренда', 70000), (null, '2026-11-01', 'Аренда', 9.99);
    insert into reporting.backups values (1, 'sancrm', '2026-11-01 02:00+03', '2026-11-01 02:10+03', 'succeeded');
"""


def _make_tables(connection: psycopg.Connection) -> None:
    connection.execute(f"create schema {SCHEMA}")
    for relation in RELATIONS:
        columns = ", ".join(f"{column.name} {column.type}" for column in relation.columns)
        connection.execute(f"create table {SCHEMA}.{relation.name} ({columns})")
    connection.execute(GOOD_ROWS)


@pytest.fixture
def connection(databases: Databases) -> Iterator[psycopg.Connection]:
    dsn = databases.create(databases.template("contract_met", _make_tables))
    with psycopg.connect(dsn) as connection:
        yield connection


def _sentences(connection: psycopg.Connection) -> list[str]:
    return [str(fault) for fault in check(connection)]


def _only(connection: psycopg.Connection, spoil: str) -> str:
    connection.execute(spoil)
    (sentence,) = _sentences(connection)
    return sentence


def test_a_database_that_keeps_the_contract_has_no_faults(connection):
    assert check(connection) == []


def test_the_contracts_types_all_have_accepted_ones():
    types = {column.type for relation in RELATIONS for column in relation.columns}
    assert types == set(ACCEPTED_TYPES)


def test_an_empty_database_lacks_each_relation_by_name(databases):
    with psycopg.connect(databases.create()) as empty:
        sentences = _sentences(empty)
    assert len(sentences) == len(RELATIONS) == 5
    assert sentences[0] == (
        "reporting.branches does not exist; expected a view or table, one row per branch: create it with the columns "
        "branch_id bigint, name text, code_prefix text, is_active boolean. "
        f"{STOPPED}"
    )


def test_a_relation_that_is_missing_is_said_to_stop_the_dags_that_read_it_and_no_other(connection):
    sentence = _only(connection, "drop table reporting.backups")
    assert sentence.endswith(" error text, size_bytes bigint. Only backup_failures cannot run without it.")


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_who_reads_a_relation_is_as_the_queries_of_the_dags_name_it(relation):
    files = {dag: [ROOT / "include" / "sql" / f"{name}.sql" for name in names] for dag, names in QUERIES.items()}
    files["client_bot"] = list((ROOT / "plugins" / "sancrm_notifications" / "crm").glob("client_*.sql"))
    named = re.compile(rf"(from|join) reporting\.{relation.name}\b")
    readers = {dag for dag, texts in files.items() if any(named.search(file.read_text("utf-8")) for file in texts)}
    assert readers == {
        dag.removesuffix("_daily") for dag in relation.read_by if not dag.endswith(("_weekly", "_monthly", "_check"))
    }


def test_a_missing_column_is_named_with_its_type(connection):
    assert _only(connection, "alter table reporting.repairs drop column device_brand") == (
        "reporting.repairs.device_brand does not exist; expected text: add the column to the view, "
        "null where it is not known."
    )


@pytest.mark.parametrize(
    ("column", "lossless_type"),
    [
        ("repairs.repair_id", "smallint"),
        ("repairs.number", "integer"),
        ("repairs.code", "varchar(20)"),
        ("repairs.status", "char(12)"),
        ("repairs.revenue", "numeric"),
        ("repairs.revenue", "numeric(9,1)"),
        ("repairs.parts_cost", "integer"),
    ],
)
def test_lossless_types_are_accepted(connection, column, lossless_type):
    table, name = column.split(".")
    connection.execute("update reporting.repairs set revenue = 1500 where revenue is not null")
    connection.execute(f"alter table reporting.{table} alter {name} type {lossless_type}")
    assert check(connection) == []


@pytest.mark.parametrize(
    ("column", "lossy_type", "said"),
    [
        ("repairs.revenue", "double precision", "revenue is double precision; expected numeric(14,2): it cannot hold"),
        ("rentals.revenue", "real", "revenue is real; expected numeric(14,2): it cannot hold kopecks exactly"),
        ("fixed_costs.amount", "money", "amount is money; expected numeric(14,2): its scale is the server's locale's"),
        ("repairs.parts_cost", "numeric(12,4)", "parts_cost is numeric(12,4); expected numeric(14,2): reports count"),
        ("repairs.completed_at", "timestamp", "completed_at is timestamp without time zone; expected timestamptz"),
        ("rentals.started_at", "date", "started_at is date; expected timestamptz: it does not say which instant"),
        ("fixed_costs.month", "timestamptz", "month is timestamp with time zone; expected date: which day it is"),
        ("branches.branch_id", "text", "branch_id is text; expected bigint: write branch_id::bigint in the view."),
    ],
)
def test_types_that_lose_something_are_refused_with_what_to_write(connection, column, lossy_type, said):
    table, name = column.split(".")
    sentence = _only(
        connection, f"alter table reporting.{table} alter {name} type {lossy_type} using {name}::{lossy_type}"
    )
    assert said in sentence
    assert sentence.startswith(f"reporting.{column} is ")


def test_a_domain_is_judged_by_the_type_below_it(connection):
    connection.execute("create domain roubles as numeric(14, 2); create domain rate as numeric(10, 4)")
    connection.execute("alter table reporting.repairs alter revenue type roubles")
    assert check(connection) == []
    assert "expected numeric(14,2)" in _only(connection, "alter table reporting.repairs alter revenue type rate")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            "update reporting.repairs set revenue = -5 where repair_id = 1",
            "revenue breaks the contract in 1 row (for example repair_id 1: revenue is -5.00); expected 0 or more",
        ),
        ("update reporting.repairs set parts_cost = -1", "reporting.repairs.parts_cost breaks the contract in 2 rows"),
        ("update reporting.rentals set revenue = -0.01", "reporting.rentals.revenue breaks the contract in 1 row"),
        ("update reporting.repairs set status = null", "status is null); expected a value in every row"),
        (
            "update reporting.repairs set completed_at = created_at - interval '1 hour' where repair_id = 1",
            "expected a moment not before created_at",
        ),
        (
            "update reporting.repairs set completed_at = now() + interval '1 hour' where repair_id = 1",
            "expected a moment that has passed",
        ),
        ("update reporting.fixed_costs set month = '2026-11-02' where branch_id = 1", "the first day of a month"),
        ("update reporting.backups set status = 'ok'", "status is ok); expected running, succeeded or failed"),
        ("update reporting.rentals set branch_id = 9", "branch_id is 9); expected a branch of reporting.branches"),
        ("update reporting.branches set name = ' ' where branch_id = 2", "expected a name that people can read"),
        (
            "alter table reporting.repairs alter revenue type numeric; update reporting.repairs set revenue = 1.005",
            "revenue is 1.005); expected whole kopecks",
        ),
        (
            "alter table reporting.rentals alter revenue type numeric; update reporting.rentals set revenue = 'NaN'",
            "revenue is NaN); expected whole kopecks",
        ),
        (
            "insert into reporting.rentals select * from reporting.rentals",
            "reporting.rentals.rental_id is repeated for 1 of its values (for example rental_id 1)",
        ),
        (
            "insert into reporting.fixed_costs values (null, '2026-11-01', 'Аренда', 1)",
            "is repeated for 1 of its values (for example branch_id null, month 2026-11-01, item Аренда)",
        ),
    ],
)
def test_rows_out_of_range_are_counted_with_an_example_and_what_to_do(connection, spoil, said):
    sentence = _only(connection, spoil)
    assert said in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0001-01-01", "9999-12-31", "1989-12-31", "soon"])
@pytest.mark.parametrize(
    "column",
    [
        f"{relation.name}.{column.name}"
        for relation in RELATIONS
        for column in relation.columns
        if column.type in {"timestamptz", "date"}
    ],
)
def test_what_no_calendar_of_a_working_crm_holds_is_one_sentence(connection, column, moment):
    table, name = column.split(".")
    # A year ahead is too far for what happens, ten for a month that costs are planned for.
    soon = {"month": "now() + interval '11 years'"}.get(name, "now() + interval '367 days'")
    connection.execute(f"update reporting.{table} set {name} = {soon if moment == 'soon' else repr(moment)}")
    if table == "fixed_costs":
        connection.execute("delete from reporting.fixed_costs where branch_id is null")
    sentence = _only(connection, "select 1")
    assert sentence.startswith(f"reporting.{column} breaks the contract in ")
    assert "expected a moment between 1990" in sentence or "expected a day between 1990" in sentence


def test_what_is_planned_for_the_next_years_keeps_the_contract(connection):
    connection.execute("update reporting.fixed_costs set month = date_trunc('month', now() + interval '9 years')::date")
    connection.execute("update reporting.rentals set started_at = now() + interval '300 days', completed_at = null")
    assert check(connection) == []


@pytest.mark.parametrize("branch_id", [0, -1])
def test_a_branch_whose_number_is_none_is_named(connection, branch_id):
    assert _only(connection, f"insert into reporting.branches values ({branch_id}, 'Нет', null, true)") == (
        f"reporting.branches.branch_id breaks the contract in 1 row (for example branch_id {branch_id}: branch_id is "
        f"{branch_id}); expected 1 or more: show no row that stands for no branch: what has none has null as its "
        "branch_id."
    )


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1e12", "-1e12"])
def test_an_amount_that_is_no_sum_of_money_is_one_sentence(connection, amount):
    connection.execute("alter table reporting.repairs alter parts_cost type numeric")
    sentence = _only(connection, f"update reporting.repairs set parts_cost = '{amount}' where repair_id = 1")
    assert "expected whole kopecks below 10^12 roubles" in sentence


@pytest.mark.parametrize("name", ["", " ", "\u00a0", "\u200b", "\u2800", "\u3164", "\ufeff", "\t\n", " \u2800\u200b"])
def test_a_branch_whose_name_shows_nothing_is_named(connection, name):
    connection.execute("update reporting.branches set name = %s where branch_id = 1", [name])
    assert "expected a name that people can read" in _only(connection, "select 1")


def test_sql_and_python_agree_on_what_shows_nothing(connection):
    points = [point for point in range(1, sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    shown = terms.is_blank("name").replace("name", "chr(point)")
    rows = connection.execute(f"select point from unnest(%s::integer[]) as points (point) where {shown}", [points])
    assert {point for (point,) in rows} == {point for point in points if is_blank(chr(point))}


class TestOptional:
    """What a CRM may show beside."""

    def test_what_is_not_shown_is_no_fault_and_says_what_is_off(self, connection):
        off = switched_off(connection)
        assert check(connection) == []
        optional = [column for relation in RELATIONS for column in relation.more]
        assert len(off) == len(optional) + len(OPTIONAL_RELATIONS) == 18
        assert "reporting.repairs.due_at is not shown, so the bot does not say until when a repair was promised." in off
        assert "reporting.customers is not shown, so no client is told anything and the bot knows nobody." in off

    def test_all_of_it_in_order_is_neither_off_nor_a_fault(self, connection):
        show_everything(connection)
        assert (switched_off(connection), check(connection)) == ([], [])

    def test_what_is_shown_in_part_is_off_in_part(self, connection):
        show_everything(connection)
        connection.execute("alter table reporting.customer_phones drop column phone_digits")
        connection.execute("drop table reporting.repair_events")
        assert [sentence.partition(" is not")[0] for sentence in switched_off(connection)] == [
            "reporting.customer_phones.phone_digits",
            "reporting.repair_events",
        ]

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (
                "alter table reporting.branches alter phone type bigint using 1",
                "branches.phone is bigint; expected text",
            ),
            ("alter table reporting.repair_events drop column author", "repair_events.author does not exist; expected"),
            (
                "update reporting.repairs set status_group = 'готов'",
                "status_group is готов); expected new, diagnostics",
            ),
            ("update reporting.repair_events set kind = 'call'", "kind is call); expected created, status or comment"),
            ("update reporting.repairs set due_at = 'infinity'", "expected a moment between 1990"),
            ("update reporting.repairs set warranty_until = '3000-01-01'", "expected a day between 1990"),
            ("insert into reporting.customers values (1, 'Пётр', true)", "customer_id is repeated for 1 of its values"),
            ("update reporting.customer_phones set is_current = null", "expected a value in every row"),
        ],
    )
    def test_what_is_shown_wrongly_is_a_fault(self, connection, spoil, said):
        show_everything(connection)
        assert said in _only(connection, spoil)


def show_everything(connection: psycopg.Connection) -> None:
    """Add all that is optional, with a row of each."""
    for relation in RELATIONS:
        for column in relation.more:
            connection.execute(f"alter table reporting.{relation.name} add column {column.name} {column.type}")
    for relation in OPTIONAL_RELATIONS:
        columns = ", ".join(f"{column.name} {column.type}" for column in relation.all_columns)
        connection.execute(f"create table reporting.{relation.name} ({columns})")
    connection.execute(
        """
        update reporting.repairs
        set customer_id = 1, status_group = 'ready', due_at = now(), warranty_until = now() + interval '3 years';
        insert into reporting.customers values (1, 'Пётр', true);
        insert into reporting.customer_phones values (1, '8 912 345-67-89', true, '9123456789');
        insert into reporting.repair_events values (1, 1, 'status', now(), now(), 'Новый', 'Готов', 'staff', null, true)
        """
    )


def test_since_looks_at_recent_rows_only(connection):
    connection.execute("update reporting.rentals set revenue = -1")
    connection.execute("insert into reporting.rentals select * from reporting.rentals")
    started_at = connection.execute("select max(completed_at) from reporting.rentals").fetchone()[0]
    assert len(check(connection, since=started_at)) == 2
    assert check(connection, since=started_at.replace(year=2027)) == []


def test_a_role_without_rights_is_told_which_grants_it_needs(connection):
    connection.execute("create role stranger; set role stranger")
    assert _sentences(connection)[1] == (
        f"reporting.repairs cannot be reached by this role: run grant usage on schema reporting to it. {STOPPED}"
    )
    connection.execute("reset role; grant usage on schema reporting to stranger; set role stranger")
    assert _sentences(connection)[1] == (
        f"reporting.repairs may not be read by this role: run grant select on reporting.repairs to it. {STOPPED}"
    )
    connection.execute("reset role; grant select on all tables in schema reporting to stranger; set role stranger")
    assert check(connection) == []
    connection.execute("reset role; drop owned by stranger; drop role stranger")


def test_a_view_that_fails_is_named_and_the_rest_is_still_checked(connection):
    connection.execute("drop table reporting.rentals; update reporting.backups set status = 'ok'")
    connection.execute(
        "create view reporting.rentals as select 1 / (random() * 0)::int as rental_id, 1 as branch_id, "
        "now() as started_at, now() as completed_at, 1 as revenue"
    )
    sentences = _sentences(connection)
    assert len(sentences) == 2
    assert sentences[0] == (
        "reporting.rentals cannot be read: psycopg.errors.DivisionByZero (SQLSTATE 22012); correct the view."
    )


def test_what_a_failing_view_quotes_of_a_row_is_not_said(connection):
    connection.execute(
        "drop table reporting.rentals; create view reporting.rentals as select 'Иванов Пётр'::text::int as rental_id,"
        " 1 as branch_id, now() as started_at, now() as completed_at, 1 as revenue from reporting.branches"
    )
    (sentence,) = _sentences(connection)
    assert "Иванов" not in sentence
    assert "InvalidTextRepresentation (SQLSTATE 22P02)" in sentence


def test_missing_branches_are_not_taken_for_a_broken_view_of_repairs(connection):
    assert _only(connection, "drop table reporting.branches").startswith("reporting.branches does not exist")


def test_a_big_table_without_an_index_gets_a_hint_through_its_view(connection):
    connection.execute(
        """
        create table orders (id bigint, at timestamptz);
        insert into orders select g, '2020-01-01'::timestamptz + g * interval '1 minute'
        from generate_series(1, 60000) g;
        drop table reporting.rentals;
        create view reporting.rentals as
        select id as rental_id, null::bigint as branch_id, at as started_at, at as completed_at, 1.00 as revenue
        from orders;
        analyze orders
        """
    )
    faults = check(connection)
    assert [(fault.column, fault.is_hint) for fault in faults] == [("completed_at", True), ("started_at", True)]
    assert "reading all of public.orders (about 60000 rows)" in str(faults[0])
    connection.execute("create index on orders (at)")
    assert check(connection) == []


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sancrm_notifications.contract", *arguments],
        env={"PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_the_faults_and_exits_by_them(databases):
    good = databases.create(databases.template("contract_met", _make_tables))
    met = _run(good)
    assert (met.returncode, met.stdout.splitlines()[0]) == (0, "The contract is met.")
    with psycopg.connect(good) as connection:
        connection.execute("alter table reporting.branches drop column is_active")
    broken = _run(good)
    assert broken.returncode == 1
    assert [line for line in broken.stdout.splitlines() if not line.startswith("Off: ")] == [
        "reporting.branches.is_active does not exist; expected boolean: add the column to the view.",
        "1 fault.",
    ]
    assert _run("host=/nonexistent").returncode == 2
    assert "name the database" in _run().stderr


def test_the_demos_views_have_the_contracts_exact_types(databases):
    def fill(connection: psycopg.Connection) -> None:
        for name in ("crm_tables", "crm_indexes", "contract_views"):
            connection.execute((SQL_DIRECTORY / f"{name}.sql").read_bytes())

    with psycopg.connect(databases.create(databases.template("demo_without_data", fill))) as connection:
        rows = connection.execute(
            "select table_name, column_name, format_type(a.atttypid, a.atttypmod) from information_schema.columns "
            "join pg_attribute as a on a.attrelid = format('%I.%I', table_schema, table_name)::regclass "
            "and a.attname = column_name where table_schema = 'reporting' order by table_name, ordinal_position"
        ).fetchall()
    words = {"timestamptz": "timestamp with time zone"}
    expected = [
        (relation.name, column.name, words.get(column.type, column.type))
        for relation in sorted(RELATIONS, key=lambda relation: relation.name)
        for column in relation.columns
    ]
    assert expected
    assert rows == expected
