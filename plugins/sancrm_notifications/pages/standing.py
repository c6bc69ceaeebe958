"""How each report of a month stands for whom it is about, from its messages, its run and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.pages.month_calendar import Cell
from sancrm_notifications.pages.punctuality import (
    Expected,
    Judged,
    Status,
    judged,
    no_call_waited,
    not_yet,
    summed,
    worst,
)
from sancrm_notifications.pages.words import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from psycopg.rows import DictRow

    from sancrm_notifications.ledger.punctuality import Tally

CALLS = "missed_calls"
LONGER = frozenset({"profitability_weekly", "profitability_monthly"})
LISTED = 20
"""Of a report so many are named one by one, unless it is opened: those that came late or not at all."""
BAD = frozenset({Status.LATE, Status.NOT_COME})


@dataclass(frozen=True, slots=True)
class Listed:
    """A report with how it stands for whom it is about; of ``more`` that are as bad nothing else is said here."""

    one: Expected
    judgements: list[Judged]
    more: int = 0
    came: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What judging needs to know beside the messages; ``about`` is the only branch that is looked at, or None."""

    runs: dict[tuple[str, datetime], str]
    now: datetime
    zone: str
    about: int | None
    branches: dict[int, str]
    began: dict[str, datetime | None]

    def judged(
        self,
        one: Expected,
        found: Mapping[tuple[str, str], list[DictRow]],
        tallies: Mapping[tuple[str, str], Tally],
    ) -> list[Judged]:
        """Return how a report stands, for each whom it is about; a list of calls is one."""
        about = (one.notification, one.period)
        messages = found.get(about, [])
        if not messages:
            return self._missing(one)
        judgements = judged(one, messages, None, self.now, self._clock(one))
        return [_of_calls(judgements[0], tallies[about].messages)] if one.notification == CALLS else judgements

    def cell(self, one: Expected, tally: Tally | None) -> Cell:
        """Return the day of the calendar that a report is about."""
        day = date.fromisoformat(one.period)
        if tally is None:
            return Cell(day, worst(self._missing(one)))
        return Cell(day, summed(one, tally, self.now), tally.last_at)

    def listed(
        self,
        one: Expected,
        judgements: list[Judged],
        tallies: Mapping[tuple[str, str], Tally],
        *,
        is_whole: bool = False,
    ) -> Listed:
        """Return a report for a list that names few: of many messages only those that came late or not at all."""
        tally = tallies.get((one.notification, one.period))
        if is_whole or tally is None or one.notification == CALLS or tally.messages <= LISTED:
            return Listed(one, judgements)
        worse = tally.late + tally.not_come + (tally.under_way if self.now >= one.by else 0)
        shown = bad(judgements)[:LISTED]
        return Listed(one, shown, worse - len(shown), tally.messages - tally.not_come - tally.under_way, tally.messages)

    def _missing(self, one: Expected) -> list[Judged]:
        """Return how a report stands that there is no message of."""
        run_state = self.runs.get((one.notification, one.tick_at))
        if run_state is None and self._was_not_yet(one):
            return not_yet()
        if one.notification == CALLS and self.now >= one.tick_at and no_call_waited(run_state):
            return [Judged("", Status.CAME, "никто не ждал звонка")]
        found = judged(one, [], run_state, self.now, self._clock(one))
        if self.about is None or one.notification == CALLS:
            return found
        return [Judged(self.branches[self.about], each.status, each.sentence) for each in found]

    def _clock(self, one: Expected) -> Callable[[datetime], str]:
        return _clock(None if one.notification in LONGER else one.tick_at, self.zone)

    def _was_not_yet(self, one: Expected) -> bool:
        began_at = self.began.get(one.notification)
        return one.tick_at < self.now and (began_at is None or one.tick_at < began_at)


def bad(judgements: Sequence[Judged]) -> list[Judged]:
    """Return what came late or not at all."""
    return [each for each in judgements if each.status in BAD]


def _of_calls(found: Judged, messages: int) -> Judged:
    """Return one judgement for the day's list: whom it names is nobody's business here."""
    return Judged("", found.status, f"{found.sentence} (сообщений: {messages})", found.at)


def _clock(tick_at: datetime | None, zone: str) -> Callable[[datetime], str]:
    """Return what writes an instant: by its hour on the day of the tick, with its day on others."""
    local = ZoneInfo(zone)
    tick_on = tick_at and tick_at.astimezone(local).date()

    def written(at: datetime) -> str:
        there = at.astimezone(local)
        return f"в {there:%H:%M}" if there.date() == tick_on else moment(at, zone)

    return written
