"""Whether a report came, late or not at all, and why in one sentence: for staff, from the ledger and Airflow's runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sancrm_notifications.pages.words import RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sancrm_notifications.ledger.punctuality import Tally


class Status(StrEnum):
    """How a report stands; of several the worst counts, in this order."""

    NOT_COME = "not_come"
    LATE = "late"
    AWAITED = "awaited"
    CAME = "came"
    NOT_DUE = "not_due"


MARKS = {Status.CAME: "✓", Status.LATE: "◷", Status.NOT_COME: "✕", Status.AWAITED: "…", Status.NOT_DUE: "–"}
WORDS = {
    Status.CAME: "пришёл",
    Status.LATE: "пришёл поздно",
    Status.NOT_COME: "не пришёл",
    Status.AWAITED: "ещё ждём",
    Status.NOT_DUE: "не нужен",
}
_ORDER = list(Status)
_STILL_ON_ITS_WAY = {"stored", "sending"}
_STATES = {
    "held": "неизвестно, дошёл ли: Telegram не ответил",
    "expired": "срок отправки прошёл",
    "not_wanted": "решено, что он больше не нужен",
}
_RUNS = {
    None: "его запуска не было",
    "failed": "его запуск закончился ошибкой",
    "running": "его запуск ещё идёт",
    "queued": "его запуск ждёт очереди",
    "success": "запуск прошёл, а сообщения не было",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """A report that a tick makes; ``by`` is until when it is in time.  Both are aware instants."""

    notification: str
    period: str
    tick_at: datetime
    patience: timedelta

    @property
    def by(self) -> datetime:
        """Until when it comes in time."""
        return self.tick_at + self.patience


@dataclass(frozen=True, slots=True)
class Judged:
    """How one report stands: ``sentence`` says it with its why, ``name`` whom it is about."""

    name: str
    status: Status
    sentence: str
    at: datetime | None = None


def judged(
    expected: Expected,
    messages: Sequence[Mapping[str, Any]],
    run_state: str | None,
    now: datetime,
    clock: Callable[[datetime], str],
) -> list[Judged]:
    """Return how the report about one period stands, for each whom it is about; without any message, one for all.

    ``run_state`` is Airflow's word for the run of the tick, None where there was none; ``clock`` writes an instant.
    """
    if now < expected.tick_at:
        return [Judged("", Status.AWAITED, f"ждём {clock(expected.tick_at)}")]
    if not messages:
        if now < expected.by and run_state != "failed":
            return [Judged("", Status.AWAITED, f"ждём до {clock(expected.by)}")]
        return [Judged("", Status.NOT_COME, f"не пришёл: {_RUNS.get(run_state, _RUNS['running'])}")]
    return [_one(expected, message, now, clock) for message in messages]


def summed(expected: Expected, tally: Tally, now: datetime) -> Status:
    """Return the worst status of the messages about one period, by their numbers alone."""
    if now < expected.tick_at:
        return Status.AWAITED
    if tally.not_come or (tally.under_way and now >= expected.by):
        return Status.NOT_COME
    if tally.late:
        return Status.LATE
    return Status.AWAITED if tally.under_way else Status.CAME


def not_yet() -> list[Judged]:
    """Return how a report stands that was due before there were any notifications."""
    return [Judged("", Status.NOT_DUE, "тогда уведомления ещё не работали")]


def no_call_waited(run_state: str | None) -> bool:
    """Tell whether a list without any message means that nobody waited for a call."""
    return run_state == "success"


def worst(found: Iterable[Judged]) -> Status:
    """Return the status that counts for a day."""
    return min((judgement.status for judgement in found), key=_ORDER.index, default=Status.NOT_DUE)


def _one(expected: Expected, message: Mapping[str, Any], now: datetime, clock: Callable[[datetime], str]) -> Judged:
    name, state = message["label"], message["state"]
    arrived_at = message["arrived_at"] or (message["sent_at"] if state in {"sent", "covered"} else None)
    if arrived_at is not None:
        if arrived_at <= expected.by:
            return Judged(name, Status.CAME, f"пришёл {clock(arrived_at)}", arrived_at)
        return Judged(
            name, Status.LATE, f"пришёл поздно, {clock(arrived_at)}: {_why_late(expected, message)}", arrived_at
        )
    if state in _STILL_ON_ITS_WAY and now < expected.by:
        return Judged(name, Status.AWAITED, f"ждём до {clock(expected.by)}")
    return Judged(name, Status.NOT_COME, f"не пришёл: {_why_not(message)}")


def _why_late(expected: Expected, message: Mapping[str, Any]) -> str:
    if message["stored_at"] > expected.by:
        return "его запуск начался или закончил счёт поздно"
    if message["trouble"]:
        return f"сначала — «{RESULTS.get(message['trouble'], message['trouble'])}»"
    return "отправка ждала своей очереди"


def _why_not(message: Mapping[str, Any]) -> str:
    state = message["state"]
    if state == "parked":
        return message["reason_for_staff"] or "Telegram его не принял"
    if state in _STILL_ON_ITS_WAY:
        trouble = message["trouble"]
        return f"ещё отправляется ({RESULTS.get(trouble, trouble)})" if trouble else "ещё отправляется"
    return _STATES.get(state, "причина неизвестна")
