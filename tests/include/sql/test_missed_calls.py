"""Which repairs ``missed_calls.sql`` finds waiting, in which order, and what ``missed_call_cards.sql`` says of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from local.demo_crm import DemoCrm, DemoSize
from tests.include.sql.queries import FOLDER, insert, run

if TYPE_CHECKING:
    from tests.conftest import Databases

    Source = psycopg.Connection[dict[str, Any]]

STATUSES = ["Готов", "Подбор"]


def repair(repair_id: int, **values: Any) -> dict[str, Any]:
    """Return a repair that waits for a call unless ``values`` say otherwise."""
    usual = {
        "branch_id": 7,
        "number": 10_000 + repair_id,
        "code": f"B-{10_000 + repair_id}",
        "status": "Готов",
        "needs_callback": True,
        "status_changed_at": "2026-11-18T09:00:00Z",
    }
    return {"repair_id": repair_id, **usual, **values}


def waiting_ids(source: Source, statuses: list[str] = STATUSES) -> list[int]:
    return [row["repair_id"] for row in run(source, "missed_calls", {"statuses": statuses})]


def cards(source: Source, *repair_ids: int) -> list[dict[str, Any]]:
    return list(run(source, "missed_call_cards", {"repair_ids": list(repair_ids), "statuses": STATUSES}))


def test_nobody_waits_where_there_is_no_repair(source: Source) -> None:
    assert waiting_ids(source) == []


def test_status_and_flag_must_both_say_so(source: Source) -> None:
    insert(
        source,
        "repairs",
        repair(1),
        repair(2, status="Подбор"),
        repair(3, status="Выдан"),
        repair(4, needs_callback=False),
        repair(5, status="готов"),
    )

    assert waiting_ids(source) == [1, 2]
    assert waiting_ids(source, ["Выдан"]) == [3]


def test_branches_stand_together_by_name_and_the_longest_waiting_comes_first(source: Source) -> None:
    insert(source, "branches", {"branch_id": 7, "name": "Юг"}, {"branch_id": 8, "name": "Север"})
    insert(
        source,
        "repairs",
        repair(1, branch_id=None),
        repair(2, branch_id=99),
        repair(3, branch_id=7, status_changed_at="2026-11-19T09:00:00Z"),
        repair(4, branch_id=7),
        repair(5, branch_id=8, status_changed_at="2026-11-19T09:00:00Z"),
        repair(7, branch_id=8),
        repair(6, branch_id=8),
        repair(8, branch_id=8, status_changed_at=None),
    )

    assert waiting_ids(source) == [8, 6, 7, 5, 4, 3, 2, 1]


def test_branches_of_one_name_do_not_mix(source: Source) -> None:
    insert(source, "branches", {"branch_id": 7, "name": "Центр"}, {"branch_id": 8, "name": "Центр"})
    later = "2026-11-19T09:00:00Z"
    insert(
        source,
        "repairs",
        repair(1, branch_id=8),
        repair(2, branch_id=7),
        repair(3, branch_id=8, status_changed_at=later),
        repair(4, branch_id=7, status_changed_at=later),
    )

    assert waiting_ids(source) == [2, 4, 1, 3]


def test_what_travels_between_tasks_has_no_name_and_no_phone(source: Source) -> None:
    insert(source, "repairs", repair(1, customer_name="Имя", customer_phone="89123456789"))

    (row,) = run(source, "missed_calls", {"statuses": STATUSES})

    since = datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert row == {"repair_id": 1, "branch_id": 7, "waiting_since": since}


def test_a_card_has_everything_a_message_says(source: Source) -> None:
    insert(source, "branches", {"branch_id": 7, "name": "Центральный"})
    device = {"device_category": "Шуруповёрт", "device_brand": "Makita", "device_model": "DF333D"}
    customer = {"customer_name": "Имя", "customer_phone": "8 (912) 345-67-89"}
    insert(source, "repairs", repair(1, **device, **customer), repair(2))

    assert cards(source, 1) == [
        {
            "repair_id": 1,
            "number": 10_001,
            "code": "B-10001",
            "branch_id": 7,
            "branch_name": "Центральный",
            "status": "Готов",
            "is_waiting": True,
            "waiting_since": datetime(2026, 11, 18, 9, tzinfo=UTC),
            **device,
            **customer,
        }
    ]


def test_a_card_is_asked_for_by_its_repair_and_says_whether_it_still_waits(source: Source) -> None:
    insert(source, "repairs", repair(1), repair(2, needs_callback=False), repair(3, status="Выдан"), repair(4))

    found = {row["repair_id"]: row["is_waiting"] for row in cards(source, 3, 2, 1, 5)}

    assert found == {1: True, 2: False, 3: False}
    assert cards(source) == []


class TestOnALargeHistory:
    """The questions are answered from indexes, however long the CRM's history."""

    @pytest.fixture(scope="class")
    def demo(self, databases: Databases) -> str:
        """Make a CRM of 20 000 repairs."""
        conninfo = databases.create()
        with psycopg.connect(conninfo) as connection:
            DemoCrm(connection).create(DemoSize(repairs=20_000, branches=3, days=400, details_days=1))
        return conninfo

    @staticmethod
    def plan(conninfo: str, name: str, parameters: dict[str, Any]) -> str:
        """Return how PostgreSQL answers a query."""
        statement = "explain " + (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        with psycopg.connect(conninfo) as connection:
            return "\n".join(line for (line,) in connection.execute(statement.encode(), parameters))

    def test_waiting_repairs_are_found_by_their_own_small_index(self, demo: str) -> None:
        plan = self.plan(demo, "missed_calls", {"statuses": STATUSES})
        assert "repairs_waiting_for_a_call" in plan
        assert "Seq Scan on repairs" not in plan

    def test_cards_are_found_by_their_key(self, demo: str) -> None:
        plan = self.plan(demo, "missed_call_cards", {"statuses": STATUSES, "repair_ids": list(range(1, 151))})
        assert "repairs_pkey" in plan
        assert "Seq Scan on repairs" not in plan
