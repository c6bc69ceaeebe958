"""Which branch a form means, what a run holds back, and which reports in the chat it corrects: pure.

Source: docs/delivery.md, Corrections.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.notifications.profitability.corrections import Correction, is_corrected
from sancrm_notifications.schedule.runs import is_too_late

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sancrm_notifications.ledger.history import StoredMessage
    from sancrm_notifications.ledger.storing import Batch
    from sancrm_notifications.schedule.periods import Period
    from sancrm_notifications.schedule.runs import RunFacts
    from sancrm_notifications.text.message import Message

# Who reads last quarter's report again? An older message is changed only when somebody asks for it.
CORRECTED_WITHIN = timedelta(days=35)
# What a person types the beginning of; that of a number is another branch's whole one.
_TYPED = ("code_prefix", "name")


def find_branch(wanted: str, branches: Sequence[Mapping[str, Any]]) -> int:
    """Return the id of the branch that is meant: by its id, its code prefix, its name, or a beginning that only it has.

    ``branches`` are rows of ``branches.sql``.

    :raises LookupError: no branch, or several, are meant; the text, for who has typed it, names those to choose from
    """
    name = _comparable(wanted)
    for column in ("branch_id", "code_prefix", "name"):
        found = [branch for branch in branches if _comparable(branch[column]) == name]
        if len(found) == 1:
            return int(found[0]["branch_id"])
    begun = [branch for branch in branches if any(_comparable(branch[c]).startswith(name) for c in _TYPED)]
    if len(begun) == 1:
        return int(begun[0]["branch_id"])
    choices = ", ".join(f"{branch['branch_id']} ({branch['name']})" for branch in begun or branches)
    fault = "подходит не один филиал" if begun else "такого филиала нет"
    raise LookupError(
        f"Поле branch = «{wanted}»: {fault}. Можно выбрать: {choices or 'в CRM нет ни одного'}. Годится номер, префикс"
        " кода или начало названия, если оно подходит одному филиалу."
    )


def has_report(branch_id: int, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether rows of ``profitability.sql`` have a report of this branch; of a closed one without figures not."""
    return any(row["branch_id"] == branch_id and row["period_name"] == "reported" for row in rows)


def withheld(period: Period, facts: RunFacts, batch: Batch, lateness: timedelta, now: datetime) -> str | None:
    """Return the sentence why a stored batch is not delivered by this run, or None."""
    if batch.is_preview:
        return (
            "preview: nothing is sent. Read it on this run's tab «Предпросмотр», or find it in the menu"
            f" «Предпросмотры уведомлений»: {batch.name}"
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
    return "" if name is None else " ".join(str(name).split()).casefold()
