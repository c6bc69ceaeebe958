"""An office that calls customers back: a CRM, a chat, and the two DAGs between them, on days that a test names."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
from airflow.utils.types import DagRunType
from psycopg.rows import dict_row
from telegram import Update

from sancrm_notifications import databases
from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.ledger.storing import Batch
from sancrm_notifications.notifications.missed_calls import tasks
from sancrm_notifications.settings import Limits, Settings
from tests.desk import STAFF, TOKEN, Desk
from tests.include.sql.queries import insert, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sancrm_notifications.bot.response import Response

MOSCOW = ZoneInfo("Europe/Moscow")
SQL = Path(__file__).parents[3] / "include" / "sql"
CARDS_SQL = (SQL / "missed_call_cards.sql").read_text(encoding="utf-8")
FAST = Limits(chat_gap_seconds=0, group_messages=10_000, bot_messages=10_000)
SPACE = "\N{NO-BREAK SPACE}"
NAME, PHONE = "Имя-Неповторимое", "8 (900) 000-12-34"
WAITING = {
    "branch_id": 7,
    "status": "Готов",
    "needs_callback": True,
    "status_changed_at": "2026-11-17T09:00:00Z",
    "customer_name": NAME,
    "customer_phone": PHONE,
}


@dataclass
class Office:
    """A CRM, chats, and the two DAGs between them, on days that a test names."""

    desk: Desk
    crm: str
    set_now: Callable[[datetime], None]
    set_variable: Callable[[dict[str, Any]], None]

    def repair(self, *repair_ids: int, **values: Any) -> None:
        """Let customers wait for a call."""
        with self._connect() as connection:
            for repair_id in repair_ids:
                row = {"number": repair_id, "code": f"B-{repair_id}", "branch_id": 7, "customer_name": NAME}
                insert(
                    connection, "repairs", {"repair_id": repair_id, **row, "customer_phone": PHONE} | WAITING | values
                )

    def update(self, repair_id: int, change: str) -> None:
        """Change a repair in the CRM; ``change`` is SQL."""
        with self._connect() as connection:
            connection.execute(f"update reporting.repairs set {change} where repair_id = {repair_id}".encode())

    def call(self, *repair_ids: int) -> None:
        """Call customers: the CRM's flag is gone."""
        for repair_id in repair_ids:
            self.update(repair_id, "needs_callback = false")

    def format(self, at: str, *, is_notifying: bool = True, preview: bool = False) -> dict[str, Any]:
        """Run the tasks up to ``format`` at a local time: ``2026-11-20 10:00``."""
        now = datetime.fromisoformat(at).replace(tzinfo=MOSCOW)
        self.set_now(now)
        context = a_run(now, preview=preview)
        chosen = tasks.choose_day(context)
        with self._connect() as connection:
            rows = run(connection, "missed_calls", chosen["waiting_parameters"])
        waiting = json.loads(json.dumps(list(rows), default=str))
        return tasks.format_messages(chosen["day"], waiting, CARDS_SQL, context, is_notifying=is_notifying)

    def tell(self, at: str, **more: Any) -> dict[str, Any]:
        """Run the DAG that tells, to its end."""
        formatted = self.format(at, **more)
        assert formatted["withheld"] in {None, "nothing of what was told has changed"}
        if formatted["withheld"] is None:
            assert set(self.deliver(formatted["batch"], formatted["subjects"])) <= {"sent", "expired"}
        return formatted

    def check(self, at: str) -> dict[str, Any]:
        """Run the DAG that only changes what was told, to its end."""
        return self.tell(at, is_notifying=False)

    def deliver(self, name: str, subjects: Sequence[str] | None = None) -> dict[str, int]:
        """Deliver a batch by its name, or these subjects of it, as the operator does."""
        only = None if subjects is None else tuple(subjects)
        return self.desk.deliver(Batch("", "", name, keep=None), subjects=only)  # type: ignore[arg-type]

    def messages(self, chat_id: int = STAFF) -> list[dict[str, Any]]:
        """Return what stands in a chat."""
        return self.desk.stand_in.messages(chat_id)

    def titles(self, chat_id: int = STAFF) -> list[str]:
        """Return the first line of each message in a chat."""
        return [message["text"].split("\n")[0] for message in self.messages(chat_id)]

    def listen(self) -> None:
        """Have somebody listen to the bot, so that messages have buttons that need it."""
        with psycopg.connect(self.desk.conninfo) as connection:
            connection.execute(
                "insert into notifications.listeners (bot_id, number, instance, lease_until)"
                f" values ({TOKEN.partition(':')[0]}, 1, gen_random_uuid(), 'infinity')".encode()
            )

    def press(self, number: int, repair_id: int, at: str, who: str = "Кира", chat_id: int = STAFF) -> Response:
        """Press the button under a message of a chat, by the bot's own code."""

        async def pressed() -> Response:
            now = datetime.fromisoformat(at).replace(tzinfo=MOSCOW)
            respond = responder(self.crm, Settings(), "bot", lambda: now)
            connection = await databases.connect_async(self.desk.conninfo, databases.LEDGER)
            async with connection, connection.transaction():
                response = await respond(connection, Update.de_json(query, None))
                await connection.execute("update notifications.callbacks set called_at = %s", (now,))
            return response

        sender = {"id": 77, "is_bot": False, "first_name": who}
        chat = {"id": chat_id, "type": "supergroup", "title": "Штаб"}
        message = {"message_id": number, "date": 1, "chat": chat, "from": {**sender, "is_bot": True, "id": 42}}
        content = {"id": "1", "from": sender, "chat_instance": "1", "message": message, "data": f"called:{repair_id}"}
        query: Any = {"update_id": 1, "callback_query": content}
        return asyncio.run(pressed())

    def _connect(self) -> psycopg.Connection[dict[str, Any]]:
        return psycopg.connect(self.crm, row_factory=dict_row, autocommit=True)


def a_run(tick_at: datetime, run_type: DagRunType = DagRunType.SCHEDULED, *, preview: bool = False) -> Any:
    """Return the context of a task of a run."""
    run = SimpleNamespace(run_type=run_type, run_id="run_1", run_after=tick_at, clear_number=0)
    dag = SimpleNamespace(dag_id="missed_calls")
    return {"dag": dag, "dag_run": run, "params": {"preview": preview}, "data_interval_end": tick_at}


def connection_json(conninfo: str) -> str:
    """Return a database of the tests as an Airflow connection."""
    host, user, database = (entry.split("=")[1] for entry in conninfo.split())
    return json.dumps({"conn_type": "postgres", "host": host, "login": user, "schema": database})
