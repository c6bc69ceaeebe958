"""A workshop with clients: a CRM that records events, bound people with Telegram, and the DAG's tasks between them."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from sancrm_notifications.events.operators import DeliverEventsOperator

if TYPE_CHECKING:
    from types import ModuleType

    from tests.desk import Desk

ANNA, BORIS = 101, 102
SETTLED = timedelta(minutes=2)
_numbers = itertools.count(1)


@dataclass
class Workshop:
    """What happens in the CRM, and what arrives in people's chats."""

    desk: Desk
    crm: str
    tasks: ModuleType
    chats: set[int] = field(default_factory=set)
    run_id: str = "test"

    def bind(self, user_id: int, phone: str | None = None, customer_id: int | None = None, **columns: Any) -> int:
        """Bind a person by a number or by a link, who has agreed to be written to; return the binding's id."""
        if user_id not in self.chats:
            self.desk.stand_in.create_chat(user_id, f"Клиент {user_id}")
            self.chats.add(user_id)
        row = {"proof": "contact" if phone else "link", "user_id": user_id, "phone": phone, "customer_id": customer_id}
        row |= {"consent_version": "1", **columns}
        names, binds = ", ".join(row), ", ".join(["%s"] * len(row))
        (found,) = self.ledger(
            f"insert into notifications.bindings ({names}, consented_at) values ({binds}, clock_timestamp())"
            " returning binding_id",
            *row.values(),
        )
        return int(found["binding_id"])

    def move(self, repair_id: int, status: str, group: str, former: str = "В работе") -> None:
        """Give a repair another status, as the CRM does: the repair and its event in one transaction."""
        with psycopg.connect(self.crm) as connection:
            connection.execute(
                "update reporting.repairs set status = %s, status_group = %s where repair_id = %s",
                (status, group, repair_id),
            )
            self._record(connection, repair_id, "status", old_status=former, new_status=status)

    def record(self, repair_id: int, kind: str, **values: Any) -> None:
        """Record another event."""
        with psycopg.connect(self.crm) as connection:
            self._record(connection, repair_id, kind, **values)

    def look(self, since: str | None = None) -> dict[str, Any]:
        """Run the tasks up to ``format``; return what is to be delivered."""
        self.computed = self.tasks.compute(self._context(since))
        formatted: dict[str, Any] = self.tasks.format_messages(self._context(since))
        return formatted

    def run(self, since: str | None = None, *, settled: bool = True) -> dict[str, Any]:
        """Run all tasks; ``settled``: what was recorded has lasted by then."""
        self.tasks.compute(self._context(since))
        if settled:
            self.let_pass()
        formatted = self.look(since)
        self.deliver(formatted)
        return formatted

    def let_pass(self) -> None:
        """Let what was seen last until now."""
        self.ledger("update notifications.seen_events set due_at = due_at - %s where outcome is null", SETTLED)

    def deliver(self, delivery: dict[str, Any]) -> dict[str, int]:
        """Run the last task."""
        operator = DeliverEventsOperator(task_id="deliver", delivery=delivery)
        return operator._run(self._context(None), reopen_parked=False)  # type: ignore[arg-type]

    def texts(self, user_id: int) -> list[str]:
        """Return what stands in a person's chat, with plain spaces."""
        return [text.replace("\u00a0", " ") for text in self.desk.texts(user_id)]

    def outcomes(self) -> dict[str, int]:
        """Return how many events came to what."""
        rows = self.ledger(
            "select coalesce(outcome, 'open') as o, count(*) as n from notifications.seen_events group by 1"
        )
        return {row["o"]: row["n"] for row in rows}

    def ledger(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Ask or change the ledger."""
        return self._execute(self.desk.conninfo, statement, values)

    def change_crm(self, statement: str, *values: object) -> None:
        """Change the CRM."""
        self._execute(self.crm, statement, values)

    def _execute(self, conninfo: str, statement: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
        with psycopg.connect(conninfo, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def _record(self, connection: psycopg.Connection, repair_id: int, kind: str, **values: Any) -> None:
        row = {"event_id": next(_numbers), "repair_id": repair_id, "kind": kind, "author": "staff"}
        row |= {"is_for_customer": False, **values}
        names, binds = ", ".join(row), ", ".join(["%s"] * len(row))
        connection.execute(
            f"insert into reporting.repair_events ({names}, occurred_at, recorded_at)"
            f" values ({binds}, clock_timestamp(), clock_timestamp())".encode(),
            list(row.values()),
        )

    def _context(self, since: str | None) -> dict[str, Any]:
        return {
            "dag": SimpleNamespace(dag_id=self.tasks.NOTIFICATION),
            "dag_run": SimpleNamespace(run_id=self.run_id),
            "ti": SimpleNamespace(try_number=1, max_tries=3),
            "params": {"since": since},
        }


def connection_json(conninfo: str) -> str:
    """Return an Airflow connection to a database of the test's server."""
    host, user, database = (entry.split("=")[1] for entry in conninfo.split())
    return json.dumps({"conn_type": "postgres", "host": host, "login": user, "schema": database})
