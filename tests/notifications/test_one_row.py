"""One row of the CRM that no calendar or reader holds never changes what is said of the others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from sancrm_notifications.crm.rows import json_rows
from sancrm_notifications.notifications.backup_failures.facts import Attempt
from sancrm_notifications.notifications.backup_failures.messages import TextInputs
from sancrm_notifications.notifications.backup_failures.messages import message as backup_message
from sancrm_notifications.notifications.backup_failures.rules import Findings, events_to_notify
from sancrm_notifications.notifications.missed_calls import drafts
from sancrm_notifications.notifications.missed_calls.cards import cards_by_id, waiting_ids
from sancrm_notifications.notifications.missed_calls.routing import destinations
from sancrm_notifications.notifications.missed_calls.rules import History
from sancrm_notifications.notifications.profitability.messages import Options
from sancrm_notifications.notifications.profitability.messages import messages as report_messages
from sancrm_notifications.schedule.periods import Kind, Period, query_parameters
from sancrm_notifications.schedule.working_days import Calendar
from sancrm_notifications.text.delivery_notes import plain_text
from tests.include.sql.queries import FOLDER, TABLES, insert
from tests.notifications.backup_failures.cases import RULES
from tests.notifications.missed_calls.cases import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conftest import Databases

    Source = psycopg.Connection[dict[str, Any]]

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
NO_MOMENT = ["infinity", "-infinity", "9999-12-31", "0001-01-01", "4712-01-01 BC", "1753-01-01", "2150-01-01"]
AHEAD = ["2026-11-23 10:02:01Z", "2026-11-24", "2027-05-01"]
BLANKS = ["", " ", "\u00a0", "\u200b", "\u2800", "\u3164", "\u00ad", "\u202f \ufeff", "\u115f\u2060\t\n"]
VISIBLE = ["Пила", "👩🏽‍🔧" * 30, "<b>&", "a\u0301" * 300, "\u202eabc", "x" * 5000, "123456789012345678901234567890"]
DAY_BEFORE = "2026-11-22 09:00Z"
moments = st.sampled_from([None, *NO_MOMENT, *AHEAD, DAY_BEFORE])
texts = st.sampled_from([None, *BLANKS, *VISIBLE])
numbers = st.sampled_from([None, -1, 0, -(2**63), 2**63 - 1, 7, 99])
often = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)


@pytest.fixture(scope="module")
def crm(databases: Databases) -> Iterator[Source]:
    """Open a CRM whose relations promise nothing, not even values."""
    with psycopg.connect(databases.create(), row_factory=dict_row) as connection:
        text = TABLES.read_text().replace(" not null", "").replace("numeric(14, 2)", "numeric")
        connection.execute(text.encode())
        connection.commit()
        yield connection


def rows(crm: Source, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a query as they travel between tasks."""
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    with crm.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        cursor.execute(text.encode(), parameters)
        return json_rows(cursor)


def with_and_without(crm: Source, relation: str, row: dict[str, Any], said: Any) -> tuple[Any, Any]:
    """Return what is said beside a row, and without it."""
    try:
        without = said()
        insert(crm, relation, row)
        return said(), without
    finally:
        crm.rollback()


def repairs(crm: Source) -> dict[str, str]:
    """Return what the chat is told of each repair that waits."""
    statuses = {"statuses": ["Готов"]}
    asked = list(dict.fromkeys(row["repair_id"] for row in rows(crm, "missed_calls", statuses)))
    cards = cards_by_id(rows(crm, "missed_call_cards", {**statuses, "repair_ids": asked}), NOW)
    history = History.from_ledger(NOW.astimezone(STYLE.zone), [])
    plan = history.plan(
        asked, waiting_ids(cards), destinations(cards, {7}), is_notifying=True, digest_above=100, says_none=False
    )
    new = drafts.new_messages(plan, drafts.DraftInputs(history, cards, Calendar("RU"), STYLE))
    return {message.subject: plain_text(message.html, []) for message in new}


@often
@given(
    since=moments,
    branch_id=numbers,
    number=numbers,
    typed=st.fixed_dictionaries(
        dict.fromkeys(["code", "device_brand", "device_model", "customer_name", "customer_phone"], texts)
    ),
    repair_id=st.sampled_from([None, 2, 99]),
)
@example(since="infinity", branch_id=-1, number=None, typed={"customer_name": "\u3164"}, repair_id=99)
def test_a_repair_leaves_the_others_as_they_are(
    crm: Source,
    *,
    since: str | None,
    branch_id: int | None,
    number: int | None,
    typed: dict[str, str | None],
    repair_id: int | None,
) -> None:
    usual = {"needs_callback": True, "status": "Готов", "branch_id": 7, "status_changed_at": "2026-11-20T09:00:00Z"}
    insert(crm, "branches", {"branch_id": 7, "name": "Центр"})
    insert(crm, "repairs", *({**usual, "repair_id": good, "number": good, "code": f"B-{good}"} for good in (1, 2, 3)))
    row = {**usual, **typed, "repair_id": repair_id, "number": number, "branch_id": branch_id}

    beside, without = with_and_without(crm, "repairs", {**row, "status_changed_at": since}, lambda: repairs(crm))

    own = beside.pop(f"repair:{repair_id}", "")
    without.pop("repair:2")
    beside.pop("repair:2", None)
    assert beside == {subject: text for subject, text in without.items() if subject != f"repair:{repair_id}"}
    assert (repair_id is None) == (not own)
    if repair_id == 99 and since != DAY_BEFORE:
        assert "Как долго ждёт звонка, неизвестно" in own
    if repair_id == 99 and typed.get("customer_name") in [None, *BLANKS]:
        assert "Клиент: имя не указано" in own


def backups(crm: Source) -> dict[str, list[str]]:
    """Return what the chat is told of each database."""
    findings = {"since": NOW - RULES.lookback - RULES.longest, "as_of": NOW}
    attempts = tuple(map(Attempt.from_row, rows(crm, "backup_failures", findings)))
    ids = {"backup_ids": [one.backup_id for one in attempts if one.backup_id is not None]}
    errors = {row["backup_id"]: row["error"] for row in rows(crm, "backup_errors", ids)}
    said: dict[str, list[str]] = {}
    facts: list[Any] = []
    for now in (NOW, NOW + timedelta(seconds=1)):
        events = events_to_notify(Findings(now, attempts), None, facts, RULES)
        facts += [event.fact(now) for event in events]
        for event in events:
            text = plain_text(backup_message(event, TextInputs(now, RULES, errors)).html, [])
            said.setdefault(event.database or "", []).append(text)
    return said


STATUSES = st.sampled_from(["failed", "succeeded", "running", None, "", "FAILED"])


@often
@given(
    started=moments,
    finished=moments,
    status=STATUSES,
    backup_id=st.sampled_from([None, 99, -1]),
    name=st.sampled_from(["other", *BLANKS, *VISIBLE, None]),
    error=texts,
    size=numbers,
)
@example(started="infinity", finished="-infinity", status="failed", backup_id=99, name="\u2800", error=None, size=None)
def test_an_attempt_to_back_up_leaves_the_other_databases_as_they_are(
    crm: Source,
    *,
    started: str | None,
    finished: str | None,
    status: str | None,
    backup_id: int | None,
    name: str | None,
    error: str | None,
    size: int | None,
) -> None:
    night = {"database_name": "night", "status": "failed", "error": "disk full"}
    insert(crm, "backups", {"backup_id": 1, "started_at": "2026-11-23T01:00Z", "finished_at": "2026-11-23T02:00Z"})
    insert(crm, "backups", {"backup_id": 2, "started_at": "2026-11-21T01:00Z", **night})
    insert(crm, "backups", {"backup_id": 3, "started_at": "2026-11-22T23:00Z", "status": "running"})
    row = {"backup_id": backup_id, "started_at": started, "finished_at": finished, "status": status}
    row |= {"database_name": name, "error": error, "size_bytes": size}

    beside, without = with_and_without(crm, "backups", row, lambda: backups(crm))

    assert {database: beside[database] for database in without} == without
    own = beside.get(name or "", [])
    if status == "failed" and backup_id is not None and not {started, finished} & set(AHEAD):
        assert sum(text.startswith("Резервная копия не сделана") for text in own) == 1
        assert ("когда, неизвестно" in own[0]) == (DAY_BEFORE not in {started, finished})
    if name in BLANKS:
        assert all("база без имени" in text for text in own)


@pytest.mark.parametrize("finished", AHEAD)
def test_a_copy_finished_in_the_future_is_no_news_and_hides_nothing(crm: Source, finished: str) -> None:
    crm_row = {"database_name": "crm", "status": "succeeded"}
    old = {"backup_id": 1, "started_at": "2026-11-20T01:00Z", "finished_at": "2026-11-20T02:00Z", **crm_row}
    insert(crm, "backups", old, {"backup_id": 2, "started_at": "2026-11-23T02:00Z", **crm_row, "status": "running"})
    row = {"backup_id": 3, "started_at": "2026-11-23T01:00Z", "finished_at": finished, **crm_row}

    beside, without = with_and_without(crm, "backups", row, lambda: backups(crm))

    assert beside == without
    assert [text.split("\n")[0] for text in without["crm"]] == [
        "Нет свежей резервной копии",
        "Резервное копирование не заканчивается",
    ]


def test_two_minutes_are_left_to_the_clocks(crm: Source) -> None:
    row = {"backup_id": 3, "started_at": "2026-11-23T01:00Z", "finished_at": "2026-11-23T10:01:59Z"}
    insert(crm, "backups", {"backup_id": 1, "started_at": "2026-11-22T01:00Z", "status": "failed"})

    beside, _ = with_and_without(crm, "backups", row, lambda: backups(crm))

    assert beside["crm"][-1].startswith("Резервная копия сделана")


def reports(crm: Source) -> dict[str, str]:
    """Return the reports of a Friday, by what they are about."""
    period = Period.containing(Kind.DAILY, date(2026, 11, 20), "Europe/Moscow")
    figures = rows(crm, "profitability", query_parameters(period.computed()))
    bounds = {"period_start": period.start, "period_end": period.end, "as_of": NOW}
    (doubts,) = rows(crm, "profitability_doubts", {**bounds, "first_on": period.first_on, "last_on": period.last_on})
    return {one.subject: plain_text(one.html, []) for one in report_messages(period, figures, doubts, Options())}


NO_AMOUNT = ["NaN", "Infinity", "-Infinity", "1000000000000", "-1e12", "1e40"]
amounts = st.sampled_from([None, *NO_AMOUNT])


@often
@given(
    relation=st.sampled_from(["repairs", "rentals", "fixed_costs"]),
    amount=amounts,
    parts_cost=amounts,
    of_branch=st.sampled_from([None, 7, 99]),
    has_id=st.booleans(),
)
@example(relation="repairs", amount="NaN", parts_cost="1e40", of_branch=7, has_id=False)
def test_what_is_no_amount_is_unknown_and_leaves_the_others_as_they_are(
    crm: Source, *, relation: str, amount: str | None, parts_cost: str | None, of_branch: int | None, has_id: bool
) -> None:
    number = 99 if has_id else None
    at = {"completed_at": "2026-11-20T08:00Z", "branch_id": of_branch}
    row = {
        "repairs": {"repair_id": number, **at, "revenue": amount, "parts_cost": parts_cost},
        "rentals": {"rental_id": number, **at, "revenue": amount},
        "fixed_costs": {"branch_id": of_branch, "month": "2026-11-01", "item": "Связь", "amount": amount},
    }[relation]

    two_branches(crm)
    beside, without = with_and_without(crm, relation, row, lambda: reports(crm))
    two_branches(crm)
    unknown, _ = with_and_without(crm, relation, row | amountless(row), lambda: reports(crm))

    assert beside["branch:8"] == without["branch:8"]
    assert beside == unknown


def two_branches(crm: Source) -> None:
    """Fill a CRM with what two branches have earned."""
    sold = {"completed_at": "2026-11-20T09:00Z", "created_at": "2026-11-19T09:00Z", "revenue": 1000, "parts_cost": 10}
    for good in (7, 8):
        insert(crm, "branches", {"branch_id": good, "name": f"Филиал-{good}", "code_prefix": str(good)})
        insert(crm, "repairs", {"repair_id": good, "branch_id": good, **sold})
        insert(crm, "fixed_costs", {"branch_id": good, "month": "2026-11-01", "item": "Аренда", "amount": 3000})


def amountless(row: dict[str, Any]) -> dict[str, Any]:
    """Return the amounts of a row as unknown ones."""
    return dict.fromkeys(row.keys() & {"revenue", "parts_cost", "amount"})


@pytest.mark.parametrize("nameless", [{"branch_id": None}, {"name": None}, {"is_active": None}], ids=str)
def test_a_branch_that_lacks_what_reports_name_leaves_the_others_as_they_are(
    crm: Source, nameless: dict[str, Any]
) -> None:
    two_branches(crm)

    row = {"branch_id": 9, "name": "Филиал-9", "code_prefix": "9", **nameless}
    beside, without = with_and_without(crm, "branches", row, lambda: reports(crm))

    assert {name: beside[name] for name in ("branch:7", "branch:8")} == {
        name: without[name] for name in ("branch:7", "branch:8")
    }
    assert ("branch:9" in beside) == (row["branch_id"] == 9)
    assert "None" not in "".join(beside.values())
    assert row["name"] or "№\N{NO-BREAK SPACE}9" in beside["branch:9"]


@often
@given(
    branch_id=st.sampled_from([-1, 0, -(2**63), 2**63 - 1]),
    name=texts,
    prefix=texts,
    created=moments,
    completed=st.sampled_from([None, *NO_MOMENT, *AHEAD, "2026-11-20 08:00Z"]),
    of_branch=st.sampled_from([None, -1, 0, 7]),
)
@example(branch_id=-1, name="\u3164", prefix=None, created="-infinity", completed="infinity", of_branch=-1)
def test_a_branch_and_its_repair_leave_the_other_branches_as_they_are(
    crm: Source,
    *,
    branch_id: int,
    name: str | None,
    prefix: str | None,
    created: str | None,
    completed: str | None,
    of_branch: int | None,
) -> None:
    sold = {"completed_at": "2026-11-20T09:00Z", "created_at": "2026-11-19T09:00Z", "revenue": 1000, "parts_cost": 10}
    for good in (7, 8):
        insert(crm, "branches", {"branch_id": good, "name": f"Филиал-{good}", "code_prefix": str(good)})
        insert(crm, "repairs", {"repair_id": good, "branch_id": good, **sold})
    insert(crm, "repairs", {"repair_id": 9, "branch_id": None, **sold})
    insert(crm, "rentals", {"rental_id": 1, "branch_id": 7, "started_at": "2026-11-22T09:00Z"})
    row = {"repair_id": 99, "branch_id": of_branch, "created_at": created, "completed_at": completed, "revenue": 5}
    branch = {"branch_id": branch_id, "name": name, "code_prefix": prefix}

    def said() -> dict[str, str]:
        if rows(crm, "branches", {})[2:]:
            insert(crm, "repairs", row)
        return reports(crm)

    beside, without = with_and_without(crm, "branches", branch, said)

    if completed != "2026-11-20 08:00Z" or of_branch != 7:
        assert beside["branch:7"] == without["branch:7"]
    assert beside["branch:8"] == without["branch:8"]
    assert f"branch:{branch_id}" in beside
    assert f"№\N{NO-BREAK SPACE}{branch_id}" in beside[f"branch:{branch_id}"] or name not in [None, *BLANKS]
    assert "Без филиала" in beside["network"]
