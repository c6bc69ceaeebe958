"""What the watch over backups remembers outside the ledger, for the time the ledger is away: two Airflow Variables.

``sancrm_notifications_backups_told`` is a copy of what the chat was notified of by the ledger, so that nothing is
repeated without it.  ``sancrm_notifications_unrecorded`` exists while the ledger is away: since when, and what the chat
was notified of meanwhile; it is removed when the ledger has it.  Both hold names of databases, ids and instants.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Variable

from sancrm_notifications.notifications.backup_failures.facts import Fact, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

log = logging.getLogger(__name__)

COPY = "sancrm_notifications_backups_told"
UNRECORDED = "sancrm_notifications_unrecorded"


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What the chat was notified of since the ledger is away."""

    since: datetime
    facts: tuple[Fact, ...]

    def with_fact(self, fact: Fact) -> Unrecorded:
        """Remember one more fact, at once."""
        grown = replace(self, facts=(*self.facts, fact))
        Variable.set(
            UNRECORDED,
            json.dumps({"since": grown.since.isoformat(), "told": [each.figures() for each in grown.facts]}),
            description="What the chat of backups was notified of while the delivery ledger is away.",
        )
        return grown


def unrecorded() -> Unrecorded | None:
    """Return what the chat was notified of without the ledger, or None when it was there."""
    found = _json(UNRECORDED)
    try:
        return None if found is None else Unrecorded(datetime.fromisoformat(found["since"]), _facts(found["told"]))
    except (KeyError, TypeError, ValueError):
        log.warning("Airflow Variable %s is not what was written there, and is not used", UNRECORDED)
        return None


def forget_unrecorded() -> None:
    """Remove the memory: the ledger has what it held."""
    Variable.delete(UNRECORDED)


def copied() -> list[Fact]:
    """Return what the ledger said when it was last there, oldest first."""
    found = _json(COPY)
    try:
        return [] if found is None else list(_facts(found["told"]))
    except (KeyError, TypeError, ValueError):
        log.warning("Airflow Variable %s is not what was written there, and is not used", COPY)
        return []


def copy(facts: Sequence[Fact], since: datetime) -> None:
    """Keep a copy of what the chat was notified of; which attempts it was about matters only since an instant."""
    text = json.dumps({"told": [each.figures() for each in _shortened(facts, since)]})
    if text != Variable.get(COPY, default=None):
        Variable.set(COPY, text, description="A copy of what the chat of backups was notified of.")


def _shortened(facts: Iterable[Fact], since: datetime) -> list[Fact]:
    return [
        replace(fact, backup_ids=(), reports=()) if fact.kind is Kind.FAILED and fact.at < since else fact
        for fact in facts
    ]


def _facts(figures: Iterable[dict[str, Any]]) -> tuple[Fact, ...]:
    return tuple(map(Fact.from_figures, figures))


def _json(name: str) -> Any:  # noqa: ANN401 - JSON of any shape, judged by who reads it
    """Return a Variable's JSON, or None when it does not exist or is none."""
    text = Variable.get(name, default=None)
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        log.warning("Airflow Variable %s is no JSON, and is not used", name)
        return None
