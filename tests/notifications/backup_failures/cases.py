"""Attempts to back up as tests name them: days and times of November 2026 in Moscow, such as ``23 02:00``."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sancrm_notifications.notifications.backup_failures.facts import SUCCEEDED, Attempt, Event, Fact
from sancrm_notifications.notifications.backup_failures.rules import Findings, Rules, events_to_notify

MOSCOW = ZoneInfo("Europe/Moscow")
RULES = Rules(
    time_zone="Europe/Moscow",
    max_age=timedelta(hours=26),
    longest=timedelta(hours=6),
    lookback=timedelta(hours=72),
    watched=timedelta(days=30),
    reminder_hour=9,
)


def at(words: str) -> datetime:
    """Return the instant that ``23 02:00`` names."""
    return datetime.strptime(f"2026-11-{words}", "%Y-%m-%d %H:%M").replace(tzinfo=MOSCOW)


def attempt(
    backup_id: int | None, started: str, ended: str | None = None, status: str = "succeeded", **more: Any
) -> Attempt:
    """Return an attempt; without an end it ends when it starts."""
    database = more.pop("database", "sancrm")
    return Attempt(backup_id, database, status, at(started), at(ended or started), **more)


def seen(now: str, *attempts: Attempt, fault: Any = None) -> Findings:
    """Return a look at the CRM, its attempts completed by what the query knows of those before."""
    return Findings(at(now), tuple(completed(attempts)), fault)


def completed(attempts: tuple[Attempt, ...]) -> list[Attempt]:
    """Return the attempts with what ``backup_failures.sql`` says of each database's history."""
    found = []
    for one in sorted(attempts, key=lambda each: (each.database, each.ended_at)):
        same = [each for each in attempts if each.database == one.database]
        copies = [each.ended_at for each in same if each.status == SUCCEEDED and each.ended_at < one.ended_at]
        before = one.good_copy_before_at or max(copies, default=None)
        first = one.first_started_at or min(each.started_at for each in same)
        found.append(replace(one, good_copy_before_at=before, first_started_at=first))
    return found


class Watch:
    """A watch that looks again and again, and remembers what it told."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.facts: list[Fact] = []

    def look(self, look: Findings, report: Any = None) -> list[Event]:
        """Return what one look tells, and remember it."""
        events = events_to_notify(look, report, self.facts, self.rules)
        self.facts += [event.fact(look.as_of) for event in events]
        return events

    def told(self, look: Findings, report: Any = None) -> list[str]:
        """Return the kinds of what one look tells, with the ids it is about."""
        return [words(event) for event in self.look(look, report)]


def words(event: Event) -> str:
    """Return an event in short: ``failed 4 5``, ``missing sancrm``."""
    ids = [str(one.backup_id or "reported") for one in event.attempts]
    return " ".join([event.kind, *(ids or [event.database or ""])]).strip()
