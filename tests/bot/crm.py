"""A CRM that shows clients: the contract's relations with all that is optional, and a few people of a workshop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from psycopg import sql

from sancrm_notifications.contract import OPTIONAL_RELATIONS, RELATIONS
from tests.include.sql.queries import create_tables, insert

if TYPE_CHECKING:
    import psycopg

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # half past twelve in Moscow, a Wednesday
INDEXES = """
    create index on reporting.customer_phones (phone_digits) include (customer_id, phone, is_current);
    create index on reporting.customers (customer_id) include (name, messages_allowed);
    create index on reporting.repairs (customer_id, closed_at);
    create index on reporting.repairs (number);
    create index on reporting.rentals (customer_id, completed_at);
    create index on reporting.repairs (repair_id);
    create index on reporting.repairs (status_changed_at);
    create index on reporting.repair_events (recorded_at);
"""


def create_everything(connection: psycopg.Connection[Any]) -> None:
    """Create the contract's relations with all that is optional, and the indexes that the documents name."""
    create_tables(connection)
    for relation in RELATIONS:
        for column in relation.more:
            connection.execute(f"alter table reporting.{relation.name} add column {column.name} {column.type}".encode())
    for relation in OPTIONAL_RELATIONS:
        columns = ", ".join(f"{column.name} {column.type}" for column in relation.all_columns)
        connection.execute(f"create table reporting.{relation.name} ({columns})".encode())
    connection.execute(INDEXES.encode())


def fill(connection: psycopg.Connection[Any]) -> None:
    """Add a workshop of two branches and its people.

    Anna (1) has one repair, Boris (2) two and a rental, Vera (3) none; the reception's phone is customers 10 to 15's.
    """
    create_everything(connection)
    insert(
        connection,
        "branches",
        {
            "branch_id": 7,
            "name": "Тула, ул. Ленина",
            "phone": "8 (4872) 30-00-07",
            "address": "ул. Ленина, 5, вход со двора",
            "opening_hours": "ежедневно 9:00–19:00",
        },
        {"branch_id": 8, "name": "Калуга, пр. Мира", "phone": "+7 4842 50-00-08", "time_zone": "Europe/Moscow"},
    )
    add_customer(connection, 1, "Синицына Анна Петровна", "8 (912) 345-67-89")
    add_customer(connection, 2, "Волков Борис", "+7 900 000-00-02")
    add_customer(connection, 3, "Вера", "9000000003")
    for customer_id in range(10, 16):
        add_customer(connection, customer_id, f"Гость {customer_id}", "8-900-000-00-10")
        add_repair(connection, 1000 + customer_id, customer_id, code=f"A-{1000 + customer_id}")
    add_repair(connection, 12841, 1, status_group="in_work", due_at=NOW + timedelta(days=2), estimate=3450, to_pay=3450)
    add_repair(connection, 12842, 2, status_group="ready", status_changed_at=NOW, to_pay=1200)
    add_repair(
        connection,
        12843,
        2,
        status_group="closed_success",
        closed_at=NOW - timedelta(days=10),
        completed_at=NOW - timedelta(days=10),
        warranty_until="2027-05-14",
        to_pay=0,
    )
    rental = {"rental_id": 512, "customer_id": 2, "branch_id": 8, "tool": "Виброплита Zitrek", "to_pay": 1800}
    insert(
        connection,
        "rentals",
        {**rental, "started_at": NOW - timedelta(days=1), "due_at": NOW + timedelta(days=2, hours=5)},
    )


def add_customer(connection: psycopg.Connection[Any], customer_id: int, name: str, *phones: str) -> None:
    """Add a customer with current phones."""
    connection.execute("insert into reporting.customers values (%s, %s, true)", (customer_id, name))
    for phone in phones:
        digits = "".join(filter(str.isdigit, phone))[-10:]
        add = sql.SQL("insert into reporting.customer_phones values (%s, %s, true, %s)")
        connection.execute(add, (customer_id, phone, digits))


def add_repair(connection: psycopg.Connection[Any], repair_id: int, customer_id: int | None, **values: Any) -> None:
    """Add a repair of a screwdriver in Tula."""
    usual = {
        "repair_id": repair_id,
        "number": repair_id,
        "code": f"A-{repair_id}",
        "branch_id": 7,
        "customer_id": customer_id,
        "status": "В работе",
        "status_group": "in_work",
        "device_category": "Шуруповёрт",
        "device_brand": "Makita",
        "device_model": "DF333D",
        "customer_name": "Фамилия-Которой-Не-Видно",
        "customer_phone": "+7 999 999-99-99",
        "created_at": NOW - timedelta(days=3),
        "status_changed_at": NOW - timedelta(days=1),
    }
    insert(connection, "repairs", {**usual, **values})
