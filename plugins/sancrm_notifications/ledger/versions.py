"""What people have written and switched, as a page shows and changes it: versions, and writing over what was seen.

Two people may have the same page open: whoever writes says which version was seen, and a newer one is a conflict.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row, scalar_row

from sancrm_notifications.ledger import wording
from sancrm_notifications.ledger.named_queries import query

if TYPE_CHECKING:
    from datetime import datetime, time

    import psycopg

    from sancrm_notifications.ledger.wording import Audience, Said

PAGE = 20
_LAST_ID = 2**63 - 1


class StaleError(Exception):
    """Somebody has written since this was seen."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """What a text is the text of; a branch or a status that is None means any."""

    audience: Audience
    event: str
    branch_id: int | None = None
    from_status: str | None = None
    to_status: str | None = None


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One version of a text, and what stood there before; ``source`` None: what was written was taken back."""

    text_id: int
    source: str | None
    former: str | None
    written_by: str
    written_at: datetime


def text_versions(ledger: psycopg.Connection[Any], place: TextPlace, before: int | None = None) -> list[TextVersion]:
    """Return the versions of a text, newest first, one page and one more."""
    named = {**asdict(place), "before": before or _LAST_ID, "most": PAGE + 1}
    with ledger.cursor(row_factory=class_row(TextVersion)) as cursor:
        return cursor.execute(query("text_versions"), named).fetchall()


def text_version(ledger: psycopg.Connection[Any], place: TextPlace, text_id: int) -> TextVersion | None:
    """Return one version of a text; None: this place has no such version."""
    with ledger.cursor(row_factory=class_row(TextVersion)) as cursor:
        named = {**asdict(place), "before": text_id + 1, "most": 1}
        found = cursor.execute(query("text_versions"), named).fetchone()
    return found if found is not None and found.text_id == text_id else None


def newest_text(ledger: psycopg.Connection[Any], place: TextPlace) -> TextVersion | None:
    """Return the newest version of a text, also one that took it back; None: nobody has ever written it."""
    return next(iter(text_versions(ledger, place)), None)


def write_text(
    ledger: psycopg.Connection[Any], place: TextPlace, source: str | None, *, written_by: str, seen: int
) -> int | None:
    """Add a version over the one that was seen (0: none); return its id, or None where it says so already.

    :raises StaleError: somebody has written another since
    """
    _alone(ledger)
    newest = newest_text(ledger, place)
    if (newest.source if newest else None) == source:
        return None
    if (newest.text_id if newest else 0) != seen:
        raise StaleError
    where = asdict(place)
    return wording.write_text(ledger, where.pop("audience"), where.pop("event"), source, written_by=written_by, **where)


def newest_switch(
    ledger: psycopg.Connection[Any], audience: Audience, event: str | None, branch_id: int | None, said: Said
) -> int:
    """Return the id of the newest version of what is said of exactly this place, or taken back; 0: there is none."""
    named = {"audience": audience, "event": event, "branch_id": branch_id, "said": said}
    with ledger.cursor(row_factory=scalar_row) as cursor:
        return int(cursor.execute(query("newest_switch"), named).fetchone() or 0)


def switch(
    ledger: psycopg.Connection[Any],
    audience: Audience,
    event: str | None,
    branch_id: int | None,
    *,
    switched_by: str,
    seen: int,
    is_on: bool | None = None,
    quiet_hours: tuple[time, time] | None = None,
    reminders: tuple[int, int] | None = None,
) -> None:
    """Add a version of a switch, of quiet hours or of reminders over the one that was seen (0: none).

    :raises StaleError: somebody has switched it since
    """
    _alone(ledger)
    said: Said = "quiet" if quiet_hours else "reminders" if reminders else "told"
    if newest_switch(ledger, audience, event, branch_id, said) != seen:
        raise StaleError
    wording.switch(
        ledger,
        audience,
        event,
        switched_by=switched_by,
        branch_id=branch_id,
        is_on=is_on,
        quiet_hours=quiet_hours,
        reminders=reminders,
    )


def take_back(
    ledger: psycopg.Connection[Any],
    audience: Audience,
    event: str | None,
    branch_id: int | None,
    said: Said,
    *,
    switched_by: str,
    seen: int,
) -> None:
    """Add a version that says no longer what was said of exactly this place, over the one that was seen.

    :raises StaleError: somebody has switched it since
    """
    _alone(ledger)
    if newest_switch(ledger, audience, event, branch_id, said) != seen:
        raise StaleError
    wording.switch(ledger, audience, event, switched_by=switched_by, branch_id=branch_id, takes_back=said)


def statuses_seen(ledger: psycopg.Connection[Any]) -> list[str]:
    """Return the statuses, as staff see them, that events of late have named, in the order of names."""
    with ledger.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query("statuses_seen")).fetchall()


def _alone(ledger: psycopg.Connection[Any]) -> None:
    """Let nobody else write until the transaction ends: between looking and writing no other version may come."""
    ledger.execute("select pg_advisory_xact_lock(hashtextextended('notifications.wording', 0))")
