"""Shapes what missed calls show, with pandas: in whose message a repair stands, and how long its customer waits.

Source: docs/missed_calls.md, Who is told; What a message says.  The only file of this room that loads pandas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sancrm_notifications.schedule.working_days import Calendar

DIGEST_REPAIRS = 10


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a customer had waited on the day of a message: since a local day, or at least since then.

    ``since_on`` is None when nobody knows; ``working_days`` are those after it, up to and including the message's.
    """

    since_on: date | None
    working_days: int = 0
    is_at_least: bool = False


def groups(waiting: Sequence[int], notified: Collection[int], alone: int) -> tuple[tuple[int, ...], ...]:
    """Share out those waiting whom no chat was notified of, in their order: so many ``alone``, the rest in tens.

    A digest of one repair is a message of its own, and stands with those before the digests.
    """
    new = pd.Series(waiting, dtype="Int64")
    new = new[~new.isin(list(notified))].reset_index(drop=True)
    place = new.index.to_series()
    message = place.where(place < alone, alone + (place - alone) // DIGEST_REPAIRS)
    is_digest = message.groupby(message).transform("size") > 1
    return tuple(tuple(of_message.tolist()) for _, of_message in new.groupby([is_digest, message]))


def waits(
    day: date, since: Sequence[date | None], first_notified: Sequence[date | None], calendar: Calendar
) -> list[Wait]:
    """Return how long each customer had waited on a day.

    Since the day on which the repair came into its status; when the CRM does not know that day, or the chat was
    notified of the repair before, at least since it first was.
    """
    known = pd.DataFrame({"since": since, "first_notified": first_notified}).apply(pd.to_datetime)
    counted_from = known.min(axis="columns")
    is_at_least = counted_from.notna() & (counted_from != known["since"])
    return [
        Wait(None)
        if since_on is pd.NaT
        else Wait(since_on.date(), calendar.working_days_between(since_on.date(), day), is_at_least=at_least)
        for since_on, at_least in zip(counted_from, is_at_least.tolist(), strict=True)
    ]
