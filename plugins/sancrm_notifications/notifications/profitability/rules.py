"""Which branch a form means, what a run holds back, and which reports in the chat it corrects: pure.

Source: docs/delivery.md, Corrections.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.notifications.profitability.corrections import Correction, is_corrected
from sancrm_notifications.schedule.runs import is_too_late

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sancrm_notifications.ledger.history import StoredMessage
    from sancrm_notifications.ledger.storing import Batch
    from sancrm_notifications.schedule.periods import Period
    from sancrm_notifications.schedule.runs import RunFacts
    from sancrm_notifications.text.message import Message

# Who reads last quarter's report again? An older message is changed only when somebody asks for it.
CORRECTED_WITHIN = timedelta(days=35)


def find_branch(wanted: str | None, rows: Sequence[dict[str, Any]]) -> int | None:
    """Return the id of the branch named by id, code prefix or name; None when none was asked for.

    :raises LookupError: there is no such branch, or two have this name; the text lists those known
    """
    name = _comparable(wanted)
    if not name:
        return None
    reported = [row for row in rows if row["period_name"] == "reported" and row["subject"] == "branch"]
    branches = {row["branch_id"]: row for row in reported}
    for column in ("branch_id", "code_prefix", "branch_name"):
        found = [branch_id for branch_id, row in branches.items() if _comparable(row[column]) == name]
        if len(found) == 1:
            return int(found[0])
    known = ", ".join(f"{row['branch_id']} ({row['branch_name']})" for row in branches.values())
    raise LookupError(f"parameter branch = {wanted!r} names no single branch; those with a report here are {known}")


def withheld(period: Period, facts: RunFacts, batch: Batch, lateness: timedelta, now: datetime) -> str | None:
    """Return the sentence why a stored batch is not delivered by this run, or None."""
    if batch.is_preview:
        return (
            "preview: nothing is sent. Read it on this run's tab «Notification preview», or find it in the menu"
            f" Browse → Notification previews: {batch.name}"
        )
    if is_too_late(facts, now, lateness):
        # From the last day, on which the period ends: from its first, all its days' reports would be sent too.
        return (
            f"this run started more than {lateness / timedelta(hours=1):g} h after its time, so its messages were"
            f" stored and not sent. To send them, clear this run, or backfill the reported day {period.last_on}"
        )
    return None


def corrections(
    known: Iterable[StoredMessage], written: Iterable[Message], now: datetime
) -> dict[str, Correction | None]:
    """Return what is corrected, by subject: messages in the chat, or on their way, whose own figures have changed.

    None stands for an edit on its way that is taken back: the chat shows these very figures.
    """
    figures = {message.subject: message.figures for message in written}
    changed: dict[str, Correction | None] = {}
    for message in known:
        if not message.has_begun or message.subject not in figures:
            continue
        if is_corrected(message.shown_figures, figures[message.subject]):
            changed[message.subject] = Correction(message.shown_figures, now)
        elif is_corrected(message.figures, figures[message.subject]):
            changed[message.subject] = None
    return changed


def is_corrected_unasked(period: Period, now: datetime) -> bool:
    """Tell whether a period has ended so lately that its messages are corrected without a word in the form."""
    return now - period.end <= CORRECTED_WITHIN


def _comparable(name: object) -> str:
    return "" if name is None else str(name).strip().casefold()
