"""The checks before a report: what stops it, and the sentence the data team then reads in the task's log."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.providers.common.sql.operators.sql import SQLValueCheckOperator
from airflow.sdk.exceptions import AirflowFailException

from sancrm_notifications.contract import RELATIONS
from tests.include.sql.queries import FOLDER, insert, run

if TYPE_CHECKING:
    from tests.conftest import Databases

    Source = psycopg.Connection[dict[str, Any]]

WEEK = {  # 28 September to 4 October in Moscow: two months
    "period_start": "2026-09-27T21:00:00+00:00",
    "period_end": "2026-10-04T21:00:00+00:00",
    "first_on": "2026-09-28",
    "last_on": "2026-10-04",
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "check_relations": {"relations": [relation.name for relation in RELATIONS]},
    "check_unique_ids": WEEK,
}
INSIDE, OUTSIDE = "2026-09-27T21:00:00Z", "2026-10-04T21:00:00Z"


def verdict(source: Source, name: str) -> str:
    rows = run(source, name, PARAMETERS[name])
    assert [list(row) for row in rows] == [["verdict"]]
    text = rows[0]["verdict"]
    assert isinstance(text, str)
    return text


def test_the_contracts_relations_pass(source: Source) -> None:
    assert verdict(source, "check_relations") == "ok"


def test_views_pass_as_tables_do(source: Source) -> None:
    source.execute("alter table reporting.repairs rename to repair_rows")
    source.execute("create view reporting.repairs as select * from reporting.repair_rows")

    assert verdict(source, "check_relations") == "ok"


def test_every_relation_and_column_of_the_contract_is_looked_for(source: Source) -> None:
    source.execute("drop schema reporting cascade")
    source.execute("create schema reporting")
    for relation in RELATIONS:
        source.execute(f"create table reporting.{relation.name} ()")

    named = re.findall(r"reporting\.(\w+) has no ([\w, ]+)", verdict(source, "check_relations"))

    assert {relation: set(columns.split(", ")) for relation, columns in named} == {
        relation.name: {column.name for column in relation.columns} for relation in RELATIONS
    }


def test_every_missing_relation_and_column_is_named(source: Source) -> None:
    source.execute("drop table reporting.backups, reporting.rentals")
    source.execute("alter table reporting.repairs drop column revenue, drop column completed_at")

    assert verdict(source, "check_relations") == (
        "The source contract is broken: reporting.backups is missing; reporting.rentals is missing; "
        "reporting.repairs has no completed_at, revenue. "
        "Create, grant or repair these views, then clear this task."
    )


def test_a_relation_that_is_not_read_may_be_missing(source: Source) -> None:
    source.execute("drop table reporting.backups, reporting.rentals")

    (row,) = run(source, "check_relations", {"relations": ["branches", "repairs"]})
    assert row == {"verdict": "ok"}
    (row,) = run(source, "check_relations", {"relations": ["branches", "rentals"]})
    assert row["verdict"].startswith("The source contract is broken: reporting.rentals is missing. ")


def test_a_missing_schema_is_a_sentence_too(source: Source) -> None:
    source.execute("alter schema reporting rename to elsewhere")

    text = verdict(source, "check_relations")

    assert text.count(" is missing") == 5
    assert all(f"reporting.{name} is missing" in text for name in ("branches", "repairs", "fixed_costs"))


@pytest.mark.parametrize(
    ("granted", "unreadable"),
    [
        (["usage on schema reporting", "select on all tables in schema reporting"], 0),
        (["usage on schema reporting", "select on reporting.branches, reporting.repairs"], 3),
        (["usage on schema reporting"], 5),
        (["select on all tables in schema reporting"], 5),
    ],
)
def test_what_may_not_be_read_is_named_with_the_role(source: Source, granted: list[str], unreadable: int) -> None:
    source.execute("create role crm_reader")
    for right in granted:
        source.execute(f"grant {right} to crm_reader")
    source.execute("set local role crm_reader")

    text = verdict(source, "check_relations")

    assert text.count(" may not be read by crm_reader") == unreadable
    assert ("reporting.rentals may not be read by crm_reader" in text) is (unreadable > 0)
    assert (text == "ok") is (unreadable == 0)


def test_ids_that_occur_once_pass(source: Source) -> None:
    insert(source, "branches", {"branch_id": 7, "name": "Север"}, {"branch_id": 8, "name": "Север"})
    for number in (1, 2):
        insert(source, "repairs", {"repair_id": number, "branch_id": 7, "completed_at": INSIDE})
        insert(source, "rentals", {"rental_id": number, "branch_id": 7, "completed_at": INSIDE})
    for branch_id, month, item in [
        (None, "2026-10-01", "Аренда"),
        (7, "2026-10-01", "Аренда"),
        (7, "2026-10-01", "Связь"),
        (7, "2026-09-01", "Связь"),
    ]:
        insert(source, "fixed_costs", {"branch_id": branch_id, "month": month, "item": item, "amount": "1"})

    assert verdict(source, "check_unique_ids") == "ok"


def test_what_occurs_twice_outside_the_period_does_not_stop_its_report(source: Source) -> None:
    for _ in range(2):
        insert(source, "repairs", {"repair_id": 1, "completed_at": OUTSIDE})
        insert(source, "rentals", {"rental_id": 1, "completed_at": OUTSIDE})
        insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-11-01", "amount": "1"})
        insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-08-01", "amount": "1"})

    assert verdict(source, "check_unique_ids") == "ok"


def test_every_relation_that_repeats_ids_is_named_with_how_many_and_an_example(source: Source) -> None:
    for _ in range(2):
        insert(source, "branches", {"branch_id": 7, "name": "Север"})
        insert(source, "repairs", *({"repair_id": number, "completed_at": INSIDE} for number in (41, 42)))
        insert(source, "rentals", {"rental_id": 5, "completed_at": INSIDE})
        insert(source, "fixed_costs", {"branch_id": None, "month": "2026-09-01", "amount": "1"})

    assert verdict(source, "check_unique_ids") == (
        "Rows are there more than once and would be added twice: "
        "1 in reporting.branches (for example branch_id 7); "
        "1 in reporting.fixed_costs (for example branch_id null, month 2026-09-01, item Аренда); "
        "1 in reporting.rentals (for example rental_id 5); "
        "2 in reporting.repairs (for example repair_id 41). "
        "A join in the view multiplies rows: make it return each row once, then clear this task."
    )


def test_rows_without_an_id_are_not_each_others_repetition(source: Source) -> None:
    for relation, column in [("branches", "branch_id"), ("repairs", "repair_id"), ("rentals", "rental_id")]:
        source.execute(f"alter table reporting.{relation} alter {column} drop not null")
    source.execute("alter table reporting.fixed_costs alter item drop not null")
    for _ in range(2):
        insert(source, "branches", {"branch_id": None, "name": "Север"})
        insert(source, "repairs", {"repair_id": None, "completed_at": INSIDE})
        insert(source, "rentals", {"rental_id": None, "completed_at": INSIDE})

    assert verdict(source, "check_unique_ids") == "ok"

    for _ in range(2):
        insert(source, "fixed_costs", {"branch_id": 7, "month": "2026-09-01", "item": None, "amount": "1"})

    assert verdict(source, "check_unique_ids").startswith(
        "Rows are there more than once and would be added twice: "
        "1 in reporting.fixed_costs (for example branch_id 7, month 2026-09-01, item null). "
    )


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1000000000000"])
def test_what_is_no_amount_or_no_branch_stops_no_report(source: Source, amount: str) -> None:
    for relation, column in [("repairs", "revenue"), ("rentals", "revenue"), ("fixed_costs", "amount")]:
        source.execute(f"alter table reporting.{relation} alter {column} type numeric")
    for column in ("branch_id", "name", "is_active"):
        source.execute(f"alter table reporting.branches alter {column} drop not null")
        insert(source, "branches", {"branch_id": len(column), "name": "Север", column: None})
    insert(source, "repairs", {"repair_id": 1, "completed_at": INSIDE, "revenue": amount})
    insert(source, "rentals", {"rental_id": 5, "completed_at": INSIDE, "revenue": amount})
    insert(source, "fixed_costs", {"branch_id": None, "month": "2026-09-01", "amount": amount})

    assert verdict(source, "check_unique_ids") == "ok"


@pytest.fixture
def crm(databases: Databases, reporting_conninfo: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a database of its own, which Airflow's connection ``sancrm_db`` leads to."""
    assert reporting_conninfo
    conninfo = databases.create("reporting_tables")
    with psycopg.connect(conninfo) as connection:
        name = connection.info.dbname
    uri = {"conn_type": "postgres", "host": databases.server.socket_directory, "login": "postgres", "schema": name}
    monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", json.dumps(uri))
    return conninfo


def check(name: str) -> SQLValueCheckOperator:
    """Return the task as the DAGs have it, the file's text in place of its name."""
    return SQLValueCheckOperator(
        task_id=name,
        conn_id="sancrm_db",
        sql=(FOLDER / f"{name}.sql").read_text(),
        parameters=PARAMETERS[name],
        pass_value="ok",
        retry_on_failure=False,
    )


@pytest.mark.parametrize("name", ["check_relations", "check_unique_ids"])
def test_airflows_own_operator_passes_what_is_right(crm: str, name: str) -> None:
    assert crm
    check(name).execute({})


def test_airflows_own_operator_stops_the_run_with_the_sentence(crm: str) -> None:
    with psycopg.connect(crm) as connection:
        for _ in range(2):
            insert(connection, "repairs", {"repair_id": 41, "completed_at": INSIDE})
    with pytest.raises(AirflowFailException, match=r"1 in reporting\.repairs \(for example repair_id 41\)"):
        check("check_unique_ids").execute({})

    with psycopg.connect(crm) as connection:
        connection.execute("drop table reporting.fixed_costs")
    with pytest.raises(AirflowFailException, match=r"reporting\.fixed_costs is missing"):
        check("check_relations").execute({})
