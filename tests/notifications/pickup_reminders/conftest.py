"""A workshop whose clerk has switched reminders on a month ago, and a clock whose days can be chosen."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sancrm_notifications.events.operators import DeliverToClientsOperator
from sancrm_notifications.ledger import feeds
from sancrm_notifications.notifications.pickup_reminders import tasks
from tests.notifications.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable

MOSCOW = ZoneInfo("Europe/Moscow")
WEDNESDAY = datetime(2026, 11, 25, 11, 0, tzinfo=MOSCOW)
"""Half a year without a holiday is behind it, but for one."""


class Reminding(Workshop):
    """Runs the tasks of reminders at a moment that a test chooses."""

    patch: pytest.MonkeyPatch
    now: datetime = WEDNESDAY

    def bind(self, user_id: int, phone: str | None = None, customer_id: int | None = None, **columns: Any) -> int:
        """Bind a person who has been bound since the beginning of the month."""
        return super().bind(user_id, phone, customer_id, **{"began_at": day(1), "confirmed_at": day(1), **columns})

    def at(self, now: datetime) -> None:
        """Let it be this moment, by the ledger's clock; by the CRM's everything is that much longer ago."""
        self.change_crm("update reporting.repairs set status_changed_at = status_changed_at - %s", now - self.now)
        self.now = now
        self.patch.setattr(feeds, "ledger_now", lambda _ledger: now)

    def ready(self, repair_id: int, since: datetime, **columns: Any) -> None:
        """Let a repair have become ready at an instant of the ledger's clock."""
        columns = {"status": "Готов", "status_group": "ready", **columns}
        names = ", ".join(f"{name} = %s" for name in columns)
        self.change_crm(
            f"update reporting.repairs set {names}, status_changed_at = now() - %s::interval where repair_id = %s",
            *columns.values(),
            self.now - since,
            repair_id,
        )

    def look(self, since: str | None = None) -> dict[str, Any]:
        """Run the tasks up to ``format``; return what is to be delivered."""
        context: Any = self._context(since)
        self.waiting = tasks.compute(context)
        return tasks.format_messages(self.waiting, context)

    def run(self, since: str | None = None, *, settled: bool = True) -> dict[str, Any]:  # noqa: ARG002 - as the base's
        """Run all tasks; nobody is asked. What was stored is noted as of the present moment."""
        formatted = self.look(since)
        self.ledger(
            "update notifications.pickup_reminders set reminded_at = %s where reminded_at > now() - interval '1 hour'",
            self.now,
        )
        self.deliver(formatted)
        return formatted

    def deliver(self, delivery: dict[str, Any]) -> dict[str, int]:
        """Run the last task."""
        operator = DeliverToClientsOperator(task_id="deliver", delivery=delivery)
        return operator._run(self._context(None), reopen_parked=False)  # type: ignore[arg-type]


@pytest.fixture
def open_reminding(open_workshop: Callable[..., Workshop], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Reminding]:
    """Return what opens the workshop with these settings."""

    def opened(**settings: Any) -> Reminding:
        workshop = open_workshop(tasks, Reminding, **settings)
        assert isinstance(workshop, Reminding)
        workshop.patch = monkeypatch
        workshop.at(WEDNESDAY)
        long_ago = timedelta(days=60)
        workshop.ledger(
            "update notifications.feeds set switched_on_at = switched_on_at - %s, looked_at = %s", long_ago, WEDNESDAY
        )
        return workshop

    return opened


@pytest.fixture
def workshop(open_reminding: Callable[..., Reminding]) -> Reminding:
    """A workshop with clients, reminders on for two months, on a Wednesday at eleven."""
    return open_reminding()


def day(number: int, month: int = 11, at: time = time(11)) -> datetime:
    """Return a moment of November 2026, or of another month."""
    return datetime.combine(date(2026, month, number), at, tzinfo=MOSCOW)
