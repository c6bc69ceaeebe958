"""What is said of the CRM's database: the contract's faults, and what the settings name and the CRM does not show."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from sancrm_notifications import databases
from sancrm_notifications.checks.queries import query_lines
from tests.checks.conftest import Site, text


def test_a_crm_in_order_has_a_line_for_each_relation(site: Site) -> None:
    assert [re.sub(r" [\d.]+ s$", "", text(line)) for line in site.lines("contract")] == [
        f"ok reporting.{name}: as the contract says, by every row"
        for name in ("branches", "repairs", "rentals", "fixed_costs", "backups")
    ] + [
        *(f"ok queries of {dag}: answered within" for dag in ("profitability", "missed_calls", "backup_failures")),
        "ok optional relations and columns: 18 are not shown; python -m sancrm_notifications.contract says what is off",
        "ok missed_call_statuses: there are repairs with «Готов», «Подбор»",
    ]
    recent = [text(line) for line in site.lines("contract", datetime(2025, 6, 1, tzinfo=UTC))]
    assert recent[0] == "ok reporting.branches: as the contract says, by every row"
    assert recent[1] == "ok reporting.repairs: as the contract says, by its rows since 2025-06-01"


def test_old_rows_are_looked_at_only_when_all_are(site: Site) -> None:
    site.run_in_crm("update reporting.repairs set parts_cost = -1 where repair_id = 1")
    (fault,) = site.faults("contract")
    assert fault.startswith("FAIL reporting.repairs: reporting.repairs.parts_cost breaks the contract in 1 row")
    recent = site.lines("contract", datetime(2025, 6, 1, tzinfo=UTC))
    assert {line.verdict for line in recent} == {"ok", "note"}


def test_a_missing_view_is_named(site: Site) -> None:
    site.run_in_crm("drop table reporting.backups")
    (fault,) = site.faults("contract")
    assert fault.startswith("FAIL reporting.backups: reporting.backups does not exist; expected a view or table")
    assert fault.endswith(" Only backup_failures cannot run without it.")
    answered = [text(line).split(" within")[0] for line in site.lines("contract") if line.what.startswith("queries")]
    assert answered == ["ok queries of profitability: answered", "ok queries of missed_calls: answered"]


def test_a_crm_that_is_away_is_one_fault(site: Site) -> None:
    site.database("sancrm_db", site.crm, host="127.0.0.1", port=9)
    fault, named = site.faults("contract")
    assert named.startswith("note what the settings name: not compared")
    assert fault.startswith("FAIL CRM (sancrm_db): psycopg.OperationalError: the server takes no connections → ")
    assert fault.endswith(" → start PostgreSQL, or correct host, port, login, password and schema of sancrm_db")


def test_a_branch_with_a_chat_must_be_in_the_crm(site: Site) -> None:
    site.variable(branch_chats={"7": {"chat_id": "-1002"}})
    assert text(site.lines("contract")[-2]) == "ok branches with own chats: all in reporting.branches: 7"
    site.variable(branch_chats={"7": {"chat_id": "-1002"}, "77": {"chat_id": "-1003"}})
    assert site.faults("contract") == [
        (
            "FAIL branches with own chats: branch_chats names branch 77, which is not in reporting.branches"
            " → correct its id in the Airflow Variable sancrm_notifications, or take it out"
        )
    ]
    site.run_in_crm("drop table reporting.branches cascade")
    assert site.faults("contract")[-1].startswith("note what the settings name: not compared")


def test_a_team_with_a_chat_must_be_of_a_branch_in_the_crm(site: Site) -> None:
    site.variable(branch_chats={"7": {"chat_id": "-1002"}}, team_chats={"7": {"chat_id": "-1003"}})
    assert [text(line) for line in site.lines("contract")[-3:-1]] == [
        "ok branches with own chats: all in reporting.branches: 7",
        "ok branches with teams' chats: all in reporting.branches: 7",
    ]
    site.variable(team_chats={"78": {"chat_id": "-1002"}})
    assert site.faults("contract") == [
        (
            "FAIL branches with teams' chats: team_chats names branch 78, which is not in reporting.branches"
            " → correct its id in the Airflow Variable sancrm_notifications, or take it out"
        )
    ]


def test_a_status_that_no_repair_has_is_noted_for_it_may_be_misspelt(site: Site) -> None:
    site.variable(missed_call_statuses=["Готов", "Готова", "Выдача"])
    assert site.faults("contract") == [
        (
            "note missed_call_statuses: no repair has the status «Готова», «Выдача» → if the CRM names it otherwise,"
            " its missed calls are never told: correct it in sancrm_notifications"
        )
    ]
    site.variable()
    recent = [text(line) for line in site.lines("contract", datetime(2025, 6, 1, tzinfo=UTC))]
    assert recent[-1].startswith(
        "note missed_call_statuses: no repair taken in since 2025-06-01 has the status «Готов»"
    )


def test_a_view_that_cannot_be_asked_for_a_month_is_named_though_the_contract_is_met(site: Site) -> None:
    # Asked for rows that completed, as reports do, it takes longer than a run may.
    site.run_in_crm(
        "create function reporting.slow(at timestamptz) returns timestamptz language sql volatile as"
        " 'select case when pg_sleep(0.4) is null then at else at end'; alter table reporting.repairs rename to rows;"
        " create view reporting.repairs as select repair_id, number, code, branch_id, status, needs_callback,"
        " device_category, device_brand, device_model, customer_name, customer_phone, created_at, status_changed_at,"
        " reporting.slow(completed_at) as completed_at, revenue, parts_cost from reporting.rows"
    )
    impatient = replace(databases.SOURCE, statement_seconds=0.2)
    lines = [text(line) for line in query_lines(site.crm, impatient, ["Готов"], ())]
    assert lines[0].startswith(
        "FAIL queries of profitability: check_unique_ids.sql is not answered within 0.2 s → create"
    )
    assert lines[-1].startswith("ok queries of backup_failures: answered within ")


def test_a_query_that_the_server_ends_earlier_is_said_to_take_the_seconds_that_it_took(site: Site) -> None:
    site.run_in_crm(
        "create function reporting.ended(at timestamptz) returns timestamptz language plpgsql volatile as"
        " 'begin perform pg_sleep(0.2); raise query_canceled; end'; alter table reporting.repairs rename to rows;"
        " create view reporting.repairs as select repair_id, number, code, branch_id, status, needs_callback,"
        " device_category, device_brand, device_model, customer_name, customer_phone, created_at, status_changed_at,"
        " reporting.ended(completed_at) as completed_at, revenue, parts_cost from reporting.rows"
    )
    line = text(next(query_lines(site.crm, replace(databases.SOURCE, statement_seconds=900), ["Готов"], ())))
    said = (
        r"FAIL queries of profitability: check_unique_ids\.sql was cancelled by the server after 0\.[2-9] s → look for"
    )
    assert re.match(said, line)


def test_queries_of_relations_with_faults_are_not_asked(site: Site) -> None:
    lines = [text(line) for line in query_lines(site.crm, databases.SOURCE, ["Готов"], {"backups", "rentals"})]
    assert [line.split(":")[0] for line in lines] == ["ok queries of missed_calls"]
