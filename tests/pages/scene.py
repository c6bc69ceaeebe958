"""A ledger as it looks after some weeks: every state, requests that failed, corrections; for tests of pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from sancrm_notifications.ledger.check_results import CheckResult, keep
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.text.message import Message

BOT_ID = 42
REPORTS_CHAT = "-1001234567890"
CALLS_CHAT = "-1009876543210"
KEEP = timedelta(days=30)
BRANCHES = {1: "Калуга", 2: "Тула", 7: "Обнинск"}
SECRET_NAME = "Ирина Незнамова"
SECRET_PHONE = "+7 912 345-67-89"


@dataclass
class Scene:
    """What a test stores, each with one call; ids are the ledger's."""

    conninfo: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def report(self, branch_id: int | None = 1, period: str = "2026-11-20", **more: Any) -> int:
        """Store a daily report of a branch, or the network's; return its id."""
        about = "network" if branch_id is None else f"branch:{branch_id}"
        label = "Вся сеть" if branch_id is None else BRANCHES.get(branch_id, str(branch_id))
        message = Message(
            subject=about,
            destination=more.pop("destination", "reports" if branch_id is None else about),
            label=more.pop("label", label),
            html=more.pop("html", f"<b>Отчёт</b> · {label}"),
            rich_html=more.pop("rich_html", None),
            figures=more.pop("figures", {"revenue_kopecks": 11_840_000, "profit_kopecks": 4_000_000}),
        )
        notification = more.pop("notification", "profitability_daily")
        return self._store(notification, period, message, **more)

    def call(self, repair_id: int = 12841, period: str = "2026-11-20", **more: Any) -> int:
        """Store a missed call with a name and a phone in its text; return its id."""
        html = f"<b>Перезвонить клиенту · К-{repair_id}</b>\n\nКлиент: {SECRET_NAME}\nТелефон: {SECRET_PHONE}"
        figures = {"repairs": [{"repair_id": repair_id, "called_at": None}]}
        message = Message(f"repair:{repair_id}", "missed_calls", f"К-{repair_id}", html, figures=figures)
        return self._store("missed_calls", period, message, chat_id=more.pop("chat_id", CALLS_CHAT), **more)

    def attempt(
        self,
        message_id: int,
        result: str | None = "sent",
        *,
        ago: timedelta = timedelta(minutes=1),
        status: int | None = 200,
        description: str = "",
        seconds: float = 0.31,
        method: str = "sendMessage",
        chat_id: str = REPORTS_CHAT,
    ) -> None:
        """Write down one request made for a message."""
        began_at = self.now - ago
        self._run(
            "insert into notifications.attempts (attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until,"
            " finished_at, result, http_status, description, dag_id, run_id, try_number) values"
            " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'profitability_daily', 'scheduled__1', 1)",
            uuid4(), message_id, BOT_ID, chat_id, method, began_at, began_at + timedelta(seconds=100),
            None if result is None else began_at + timedelta(seconds=seconds), result, status, description,
        )  # fmt: skip

    def correct(self, message_id: int, **figures: int | None) -> None:
        """Give a message that is in its chat other figures, as an edit that was made does."""
        self._run(
            "insert into notifications.revisions (message_id, revision, figures, sent_at)"
            " select message_id, revision, figures, sent_at from notifications.messages where message_id = %s",
            message_id,
        )
        self._run(
            "update notifications.messages set revision = revision + 1, sent_revision = revision + 1, figures = %s"
            " where message_id = %s",
            json.dumps(figures),
            message_id,
        )

    def row(self, message_id: int) -> dict[str, Any]:
        """Return a message as the ledger has it."""
        with psycopg.connect(self.conninfo, row_factory=dict_row) as connection:
            statement = "select * from notifications.messages where message_id = %s"
            return connection.execute(statement, (message_id,)).fetchone() or {}

    def change(self, message_id: int, **columns: Any) -> None:
        """Change columns of a message."""
        for name, value in columns.items():
            self._run(f"update notifications.messages set {name} = %s where message_id = %s", value, message_id)

    def _store(
        self,
        notification: str,
        period: str,
        message: Message,
        *,
        state: str = "sent",
        ago: timedelta = timedelta(minutes=2),
        chat_id: str = REPORTS_CHAT,
        dag_id: str | None = None,
        run_id: str = "scheduled__1",
        **columns: Any,
    ) -> int:
        dag = dag_id or notification
        batch = Batch(notification, period, f"{notification}/{period}", KEEP, dag_id=dag, run_id=run_id)
        store(self.conninfo, batch, [message])
        with psycopg.connect(self.conninfo) as connection:
            statement = "select max(message_id) from notifications.messages"
            (message_id,) = connection.execute(statement).fetchone() or (0,)
        at = self.now - ago
        self.change(message_id, state=state, stored_at=at, expires_at=at + KEEP)
        if state == "sent":
            sent = {"sent_at": at + timedelta(seconds=5), "sent_revision": 1, "sent_form": "html"}
            self.change(message_id, telegram_message_id=1000 + message_id, chat_id=chat_id, sent_bot_id=BOT_ID, **sent)
            self.attempt(message_id, ago=ago, chat_id=chat_id)
        self.change(message_id, **columns)
        return int(message_id)

    def _run(self, statement: str, *parameters: Any) -> None:
        with psycopg.connect(self.conninfo) as connection:
            connection.execute(statement.encode(), parameters)


def month(scene: Scene) -> None:
    """Store a month's daily reports of three branches: in time but for one that came late and one that did not come."""
    moscow = ZoneInfo("Europe/Moscow")
    for day in range(1, 18):
        due = datetime(2026, 11, day + 1, 9, tzinfo=moscow)
        if due.weekday() == 0 or due > scene.now:
            continue
        for branch_id in BRANCHES:
            lateness = timedelta(hours=5, minutes=20) if (branch_id, day) == (1, 12) else timedelta(minutes=2)
            is_parked = (branch_id, day) == (2, 17)
            message_id = scene.report(
                branch_id,
                f"2026-11-{day:02d}",
                ago=scene.now - due - lateness,
                state="parked" if is_parked else "sent",
                reason_for_staff="бот удалён из чата" if is_parked else None,
                reason="chat_gone: kicked" if is_parked else None,
            )
            if lateness > timedelta(hours=1):
                scene.attempt(message_id, "not_sent", ago=scene.now - due, status=None, description="ConnectError")


def check(conninfo: str, *, faults: int = 0) -> None:
    """Keep the lines of a check, as many of them faults as asked for."""
    keep(
        conninfo,
        "configuration",
        [CheckResult("Variable sancrm_notifications", "ok", "2 fields are set")],
        "scheduled__1",
    )
    title = {"chat_id": REPORTS_CHAT, "chat_title": "Штаб"}
    lines = [CheckResult(f"chat {REPORTS_CHAT}", "ok", "«Штаб»: the bot may write; serves reports", **title)]
    lines += [
        CheckResult(f"chat -100{number}", "FAIL", "Forbidden: bot was kicked", "add the bot to the chat again")
        for number in range(faults)
    ]
    keep(conninfo, "telegram", lines, "scheduled__1")
    keep(conninfo, "databases", [CheckResult("clock of the CRM", "note", "7 s behind this machine's", "set NTP")], None)


def fill(scene: Scene) -> dict[str, int]:
    """Store a message in every state; return their ids by state, and more by what they are."""
    hour = timedelta(hours=1)
    gone = "chat_gone: HTTP 403: Forbidden: bot was kicked from the supergroup chat; add the bot to the chat again"
    ids = {
        "sent": scene.report(1, ago=3 * hour),
        "corrected": scene.report(7, ago=2.9 * hour),
        "network": scene.report(None, ago=2.5 * hour, possible_repeats=1),
        "parked": scene.report(2, ago=2 * hour, state="parked", reason=gone, reason_for_staff="бот удалён из чата"),
        "parked_too": scene.report(
            2, "2026-11-19", ago=26 * hour, state="parked", reason=gone, reason_for_staff="бот удалён из чата"
        ),
        "held": scene.call(12841, ago=hour, state="held", reason="unknown: no answer; look into the chat"),
        "call": scene.call(12842, ago=hour),
        "expired": scene.call(
            12800, "2026-11-18", ago=50 * hour, state="expired",
            reason="its end of use passed before it could be sent",
        ),
        "stored": scene.report(1, "2026-11-21", ago=hour / 2, state="stored"),
        "sending": scene.report(7, "2026-11-21", ago=hour / 2, state="sending"),
        "monthly": scene.report(None, "2026-10", ago=20 * hour, notification="profitability_monthly"),
    }  # fmt: skip
    for name in ("parked", "parked_too"):
        scene.attempt(
            ids[name], "chat_gone", status=403, description="Forbidden: bot was kicked from the supergroup chat"
        )
    scene.attempt(ids["held"], "unknown", status=None, description="ReadTimeout: no answer came", seconds=45.0)
    scene.attempt(ids["sending"], None, status=None)
    scene.correct(ids["corrected"], revenue_kopecks=12_090_000, profit_kopecks=None)
    return ids
